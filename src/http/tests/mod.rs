//! The room as a whole, against servers on 127.0.0.1 that say exactly what a test scripted.

mod answers;
mod connections;
mod lists;
mod origins;
mod repeats;
mod streams;
mod support;
mod ways;
