//! The real binary: what only a process of its own can show.

mod input;
mod sandbox;
mod streams;
mod surroundings;
