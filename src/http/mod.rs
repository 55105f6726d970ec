//! One request, done right: which origin may see the credential, redirects by hand, retries,
//! limits of time and size, pages, streams, WebSockets, TLS and proxies. Nothing above names the HTTP
//! library.

mod answer;
mod client;
mod connector;
mod content;
mod error;
mod event_reader;
mod exchange;
mod failure;
mod incoming;
mod link;
mod options;
mod pages;
mod proxy;
mod redirect;
mod renewal;
mod request;
mod retry;
mod runtime;
mod sse;
mod stream;
mod tls;
mod tls_failure;
mod trace;
mod websocket;

#[cfg(test)]
mod tests;

pub use client::{Client, LastAnswer};
pub use error::{AnswerHead, HttpError, HttpErrorKind, Phase};
pub use event_reader::EventReader;
pub use options::{CaFile, Options, Proxies};
pub use pages::{Page, Pages};
pub use renewal::{Identity, Renewal};
pub use request::{Accept, Advice, Method, Request, Resend, Response};
pub use sse::{Event, EventTooLarge, SseParser};
pub use stream::Stream;
pub use tls_failure::TlsFailure;
pub use websocket::{SocketError, SocketEvent, WebSocket};
