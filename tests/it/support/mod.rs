//! What tests share.

pub(crate) mod broken;
pub(crate) mod gitlab;
pub(crate) mod model;
#[cfg(unix)]
pub(crate) mod process;
pub(crate) mod raw;
pub(crate) mod socket;
pub(crate) mod workflow;
pub(crate) mod world;
