//! `glduo mr list` and `glduo mr show`: what is asked of GitLab, and what is shown of it.

mod list;
mod paging;
