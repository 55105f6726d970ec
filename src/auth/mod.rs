//! Getting, keeping, refreshing and revoking credentials: the login in the browser and by
//! device code, the store that processes share, and what a token is.

mod browser_login;
mod callback;
mod connection;
mod device_login;
mod document;
mod error;
mod inspect;
mod listener;
pub mod opencode;
mod pages;
mod pkce;
mod server;
mod sessions;
mod store;
mod waiting;

#[cfg(test)]
mod tests;

pub use browser_login::{BrowserLogin, Consent, Farewell};
pub use callback::Ignored;
pub use connection::{Application, Connection, Renewal, TokenKind};
pub use device_login::DeviceLogin;
pub use error::{AuthError, Purpose, Way};
pub use inspect::{TokenFacts, inspect, kind_of};
pub use server::{AuthorizationServer, SentRefreshes};
pub use sessions::{Revocation, Sessions, log_out};
pub use store::{LockedStore, Store};
pub use waiting::Event;

use std::net::SocketAddr;

use crate::system::environment::Environment;

/// Whether a browser can be sent back to this URL, and a login listen there.
pub fn check_callback_url(text: &str) -> Result<(), AuthError> {
    callback::CallbackUrl::parse(text).map(drop)
}

/// What a login with this callback URL would serve.
pub fn callback_place(text: &str) -> Result<CallbackPlace, AuthError> {
    let url = callback::CallbackUrl::parse(text)?;
    let addresses = url.addresses().map(|address| SocketAddr::new(address, url.port));
    Ok(CallbackPlace { path: url.path().to_owned(), addresses })
}

/// Whether a login could listen there now, on both loopback families.
pub fn check_callback_port(text: &str) -> Result<(), AuthError> {
    let url = callback::CallbackUrl::parse(text)?;
    listener::Listener::bind(&url).map(drop)
}

/// What the listener of a login serves.
#[derive(Debug, Clone)]
pub struct CallbackPlace {
    /// The one path that is answered.
    pub path: String,
    /// Where connections are taken, one address of each family.
    pub addresses: [SocketAddr; 2],
}

/// A login needs a person, and a CI job has none.
pub fn needs_person(env: &Environment) -> Result<(), AuthError> {
    if env.is_gitlab_ci() {
        return Err(AuthError::InCi);
    }
    Ok(())
}
