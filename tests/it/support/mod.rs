//! What tests share.

pub(crate) mod broken;
pub(crate) mod gitlab;
#[cfg(unix)]
pub(crate) mod process;
pub(crate) mod raw;
pub(crate) mod world;
