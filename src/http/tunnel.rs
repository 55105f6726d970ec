//! The way through a proxy (`CONNECT`), and the head of an answer, byte by byte.

use std::io;

use super::connection::Duplex;
use super::error::HttpErrorKind;
use crate::model::address::Url;

/// The head of an answer, in bytes.
const LONGEST_HEAD: usize = 16 << 10;

/// Asks a proxy for a way to the URL's server (RFC 9110 §9.3.6).
pub(super) fn tunnel(
    stream: &mut Box<dyn Duplex>,
    url: &Url,
    proxy: &Url,
) -> Result<(), HttpErrorKind> {
    let port = url.port_or_known_default().unwrap_or_default();
    let place = format!("{}:{port}", url.host_str().unwrap_or_default());
    let mut head = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
    if !proxy.username().is_empty() || proxy.password().is_some() {
        let user = format!("{}:{}", proxy.username(), proxy.password().unwrap_or_default());
        head.push_str("Proxy-Authorization: Basic ");
        head.push_str(&base64(&unescaped(&user)));
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    let answer = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.flush())
        .and_then(|()| read_head(stream))
        .map_err(|error| HttpErrorKind::Connect { reason: format!("proxy: {error}") })?;
    let status = answer.split_whitespace().nth(1).unwrap_or_default();
    if status.starts_with('2') {
        return Ok(());
    }
    let line = answer.lines().next().unwrap_or_default();
    Err(HttpErrorKind::Connect { reason: format!("the proxy refused: {line}") })
}

/// Byte by byte, so that nothing behind the head is taken.
pub(super) fn read_head(stream: &mut Box<dyn Duplex>) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
        if head.len() > LONGEST_HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an endless answer"));
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Percent-decoded (RFC 3986 §2.1).
fn unescaped(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let escaped = hex.filter(|_| byte == b'%');
        plain.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    plain
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_user_is_sent_as_it_was_meant() {
        assert_eq!(unescaped("user:h%75nter%2B%zz"), b"user:hunter+%zz");
        assert_eq!(base64(b"Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(base64(b"a:bc+"), "YTpiYys=");
    }
}
