//! How much of a list is wanted.

use clap::Args;

use crate::gitlab::Paging;

/// The most rows that GitLab puts on a page.
const LARGEST_PAGE: u32 = 100;

/// The rows of a list where nothing is said.
const DEFAULT_LIMIT: u64 = 30;

/// How much of a list is wanted.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "How much")]
pub(super) struct PagingArgs {
    /// At most this many rows [default: 30]
    #[arg(short = 'L', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Every page
    #[arg(long, conflicts_with_all = ["limit", "page"])]
    paginate: bool,

    /// Rows a request, up to 100
    #[arg(short = 'P', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(LARGEST_PAGE)))]
    per_page: Option<u32>,

    /// Exactly this page
    #[arg(short = 'p', long, value_name = "N", conflicts_with = "limit", value_parser = clap::value_parser!(u64).range(1..))]
    page: Option<u64>,
}

impl PagingArgs {
    /// The most rows that are printed; `None` for all.
    pub(super) fn limit(&self) -> Option<u64> {
        if self.paginate {
            None
        } else if self.page.is_some() {
            Some(u64::from(self.rows_a_request()))
        } else {
            Some(self.limit.unwrap_or(DEFAULT_LIMIT))
        }
    }

    /// Whether what was asked for is all there is to show: every page, or exactly one.
    pub(super) fn is_whole(&self) -> bool {
        self.paginate || self.page.is_some()
    }

    /// Whether exactly one page was asked for.
    pub(super) fn is_one_page(&self) -> bool {
        self.page.is_some()
    }

    /// The most pages that are needed for the rows that are wanted; `None` for all.
    pub(super) fn most_pages(&self) -> Option<u64> {
        self.limit().map(|limit| limit.div_ceil(u64::from(self.rows_a_request())))
    }

    /// What GitLab is asked for.
    pub(super) fn paging(&self) -> Paging {
        Paging { per_page: self.rows_a_request(), page: self.page }
    }

    fn rows_a_request(&self) -> u32 {
        let wanted = match (self.paginate, self.page) {
            (false, None) => self.limit.unwrap_or(DEFAULT_LIMIT),
            (false, Some(_)) => DEFAULT_LIMIT,
            (true, _) => u64::from(LARGEST_PAGE),
        };
        let fitting = u32::try_from(wanted).unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
        self.per_page.unwrap_or(fitting)
    }
}
