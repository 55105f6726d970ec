//! The workflow service: its REST calls, the way in to its socket, what is refused there, and
//! the scripts that run on it.

mod faults;
mod handshake;
mod rest;
mod scripts;
mod strict;
