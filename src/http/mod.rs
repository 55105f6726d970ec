//! One request, done right: which origin may see the credential, redirects by hand, retries,
//! limits of time and size, pages, streams, TLS and proxies. Nothing above names the HTTP
//! library.

mod client;
mod error;
mod options;
mod pages;
mod redirect;
mod request;
mod retry;
mod stream;
mod tls;
mod trace;

pub use client::Client;
pub use error::{HttpError, HttpErrorKind, Phase};
pub use options::{Options, Proxies};
pub use pages::{Page, Pages};
pub use request::{Accept, Method, Request, Resend, Response};
pub use stream::Stream;
