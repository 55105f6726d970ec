//! A WebSocket to a server, opened by the client that sends every other request: the same origin
//! check, TLS, proxy, retries and trace.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use futures_util::{SinkExt as _, Stream as _};
use reqwest::Upgraded;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::client::Client;
use super::error::{HttpError, HttpErrorKind, Phase};
use super::renewal::with_renewal;
use super::request::Request;
use super::runtime::Runtime;
use crate::system::notify::Notify;

/// How long the other side may take to read a message.
const SEND_LIMIT: Duration = Duration::from_secs(30);
/// How long the closing handshake may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

/// An open WebSocket. Pings are answered while it is read.
pub struct WebSocket {
    stream: WebSocketStream<Upgraded>,
    runtime: Runtime,
}

/// What came over a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// A message, text or binary.
    Message(Vec<u8>),
    /// A ping or pong.
    Ping,
    /// The server closed it; RFC 6455 §7.4 lists the codes.
    Closed {
        /// 1005 if the server gave none.
        code: u16,
        /// The server's text.
        reason: String,
    },
}

/// Why a WebSocket cannot be used any longer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocketError {
    /// The connection broke.
    #[error("{0}")]
    Broken(String),
    /// The server does not follow the protocol, or sent a message that is too long.
    #[error("{0}")]
    Malformed(String),
}

impl Client {
    /// Opens a WebSocket whose messages have at most so many bytes. Fails with `NotUpgraded` if
    /// the answer is an ordinary one.
    pub fn open_websocket(
        &self,
        request: &Request,
        longest_message: usize,
    ) -> Result<WebSocket, HttpError> {
        let key = generate_key();
        let mut request = request.clone();
        let handshake = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", &key),
        ];
        request.headers.extend(handshake.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let config = WebSocketConfig::default()
            .max_message_size(Some(longest_message))
            .max_frame_size(Some(longest_message));
        let accept = derive_accept_key(key.as_bytes());
        with_renewal(&request, |request| {
            self.repeating(request, || self.upgraded(request, &accept, config))
        })
    }

    fn upgraded(
        &self,
        request: &Request,
        accept: &str,
        config: WebSocketConfig,
    ) -> Result<WebSocket, HttpError> {
        let limits = self.limits(Phase::Total);
        let answer = self.answer(request, limits)?;
        let (response, runtime) = answer.into_upgrade(accept, self.clock())?;
        let open = async {
            let upgraded = response.upgrade().await?;
            let stream = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config));
            Ok::<_, reqwest::Error>(stream.await)
        };
        let opened = runtime.wait(Some(limits.limit), open);
        let kind = match opened {
            Ok(Ok(stream)) => return Ok(WebSocket { stream, runtime }),
            Ok(Err(error)) => HttpErrorKind::Interrupted { reason: error.to_string() },
            Err(_) => HttpErrorKind::Timeout { phase: Phase::Total, limit: limits.limit },
        };
        Err(HttpError::at(&request.url, kind))
    }
}

impl WebSocket {
    /// Waits for what comes next, at most this long; `None` if nothing came or `notify` was
    /// notified.
    pub fn receive(
        &mut self,
        notify: &Notify,
        limit: Duration,
    ) -> Result<Option<SocketEvent>, SocketError> {
        let stream = &mut self.stream;
        let next = poll_fn(|context| {
            if let Poll::Ready(message) = Pin::new(&mut *stream).poll_next(context) {
                return Poll::Ready(Some(message));
            }
            notify.poll(context).map(|()| None)
        });
        let message = match self.runtime.wait_quietly(limit, pin!(next)) {
            Err(_) | Ok(None) => return Ok(None),
            Ok(Some(message)) => message,
        };
        match message {
            Some(Ok(Message::Text(text))) => {
                Ok(Some(SocketEvent::Message(text.as_bytes().to_vec())))
            }
            Some(Ok(Message::Binary(bytes))) => Ok(Some(SocketEvent::Message(bytes.to_vec()))),
            Some(Ok(Message::Close(frame))) => {
                let code = frame.as_ref().map_or(1005, |frame| frame.code.into());
                let reason = frame.map(|frame| frame.reason.to_string()).unwrap_or_default();
                // Sends the answer to it.
                let _ = self.runtime.wait_quietly(CLOSE_LIMIT, self.stream.close(None));
                Ok(Some(SocketEvent::Closed { code, reason }))
            }
            Some(Ok(_)) => Ok(Some(SocketEvent::Ping)),
            Some(Err(error)) => Err(self.fail(&error)),
            None => Err(SocketError::Broken("the connection ended".to_owned())),
        }
    }

    /// Sends a text message.
    pub fn send(&mut self, text: String) -> Result<(), SocketError> {
        self.send_message(Message::text(text))
    }

    /// Sends a ping.
    pub fn ping(&mut self) -> Result<(), SocketError> {
        self.send_message(Message::Ping(Bytes::new()))
    }

    fn send_message(&mut self, message: Message) -> Result<(), SocketError> {
        match self.runtime.wait_quietly(SEND_LIMIT, self.stream.send(message)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(SocketError::Broken(error.to_string())),
            Err(_) => {
                let seconds = SEND_LIMIT.as_secs();
                Err(SocketError::Broken(format!("the server read nothing for {seconds} s")))
            }
        }
    }

    /// Ends what is not the protocol with the code for it (RFC 6455 §7.4.1).
    fn fail(&mut self, error: &Error) -> SocketError {
        let code = match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => CloseCode::Size,
            Error::Utf8(_) => CloseCode::Invalid,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                return SocketError::Broken("the connection was reset".to_owned());
            }
            Error::Protocol(_) | Error::Capacity(_) => CloseCode::Protocol,
            other => return SocketError::Broken(other.to_string()),
        };
        let frame = CloseFrame { code, reason: "".into() };
        let _ = self.runtime.wait_quietly(CLOSE_LIMIT, self.stream.close(Some(frame)));
        SocketError::Malformed(error.to_string())
    }
}
