//! `glduo mr list` and `glduo mr show`: what is asked of GitLab, and what is shown of it.

mod branch;
mod complete;
mod job_token;
mod json;
mod list;
mod paging;
mod patch;
mod review;
mod show;
mod which;
