//! What tests share.

pub(crate) mod broken;
pub(crate) mod model;
pub(crate) mod raw;
pub(crate) mod world;
