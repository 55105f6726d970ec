//! A command-line client for GitLab Duo: [`run`] is the whole program, given its arguments and
//! the world.

pub mod config;
pub mod http;
pub mod model;
pub mod sandbox;
pub mod system;
pub mod view;
