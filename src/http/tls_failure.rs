//! What the TLS library's errors mean. Its own words name types and numbers of the library, so
//! none of them is passed on.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, OtherError};

use crate::model::timestamp;

/// Why no TLS connection was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFailure {
    /// No trusted authority issued the certificate.
    UnknownIssuer,
    /// The certificate has expired; when, if that is known.
    Expired(Option<SystemTime>),
    /// The certificate is not valid yet; from when, if that is known.
    NotYetValid(Option<SystemTime>),
    /// The certificate is for these names and not for the host.
    WrongName(Vec<String>),
    /// The certificate of an authority was presented as the server's own.
    Authority,
    /// The certificate was revoked.
    Revoked,
    /// The certificate cannot be used: the reason.
    BadCertificate(&'static str),
    /// This machine has no trusted root certificates.
    NoRoots,
    /// The server wants a certificate of the client.
    ClientCertificate,
    /// The server does not serve this host name.
    UnknownHost,
    /// There is no version or cipher that both sides support.
    NothingInCommon,
    /// The server ended the handshake with this alert (RFC 8446 §6).
    Alert(u8),
    /// The server broke the protocol.
    Protocol,
}

/// The name of an error that [`TlsFailure::NoRoots`] is read from.
pub(super) const NO_ROOTS: &str = "no trusted root certificates";

/// The meaning of an error; `None` if the server's answer is no TLS at all.
pub(super) fn meaning(error: &Error) -> Option<TlsFailure> {
    Some(match error {
        Error::InvalidMessage(_) => return None,
        Error::InvalidCertificate(reason) => of_certificate(reason),
        Error::AlertReceived(alert) => of_alert(*alert),
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => TlsFailure::NothingInCommon,
        Error::General(words) if words == NO_ROOTS => TlsFailure::NoRoots,
        _ => TlsFailure::Protocol,
    })
}

fn of_certificate(error: &CertificateError) -> TlsFailure {
    use CertificateError as Cert;
    match error {
        Cert::UnknownIssuer => TlsFailure::UnknownIssuer,
        Cert::Expired => TlsFailure::Expired(None),
        Cert::ExpiredContext { not_after, .. } => TlsFailure::Expired(time(*not_after)),
        Cert::NotValidYet => TlsFailure::NotYetValid(None),
        Cert::NotValidYetContext { not_before, .. } => TlsFailure::NotYetValid(time(*not_before)),
        Cert::NotValidForName => TlsFailure::WrongName(Vec::new()),
        Cert::NotValidForNameContext { presented, .. } => {
            TlsFailure::WrongName(presented.iter().map(|name| plain_name(name)).collect())
        }
        Cert::Revoked => TlsFailure::Revoked,
        Cert::BadEncoding | Cert::UnhandledCriticalExtension => {
            TlsFailure::BadCertificate("it is damaged or has unknown extensions")
        }
        Cert::BadSignature => TlsFailure::BadCertificate("its signature is wrong"),
        Cert::InvalidPurpose | Cert::InvalidPurposeContext { .. } => {
            TlsFailure::BadCertificate("it is not for servers")
        }
        Cert::Other(OtherError(reason)) if reason.to_string().contains("CaUsedAsEndEntity") => {
            TlsFailure::Authority
        }
        _ => TlsFailure::BadCertificate("its key or signature is of an unsupported kind"),
    }
}

fn of_alert(alert: AlertDescription) -> TlsFailure {
    use AlertDescription as Alert;
    match alert {
        Alert::UnrecognisedName => TlsFailure::UnknownHost,
        Alert::CertificateRequired
        | Alert::BadCertificate
        | Alert::UnknownCA
        | Alert::AccessDenied => TlsFailure::ClientCertificate,
        Alert::HandshakeFailure
        | Alert::ProtocolVersion
        | Alert::InsufficientSecurity
        | Alert::NoApplicationProtocol => TlsFailure::NothingInCommon,
        other => TlsFailure::Alert(other.into()),
    }
}

fn time(time: UnixTime) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs()))
}

/// The library writes a name as `DnsName("host")` or `IpAddress(192.0.2.7)`.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"').to_owned()
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |time: &Option<SystemTime>| {
            let text = time.and_then(timestamp::to_iso_utc)?;
            Some(text.split('T').next()?.to_owned())
        };
        match self {
            Self::UnknownIssuer => f.write_str("no trusted authority issued its certificate"),
            Self::Expired(end) => match day(end) {
                Some(day) => write!(f, "its certificate expired on {day}"),
                None => f.write_str("its certificate has expired"),
            },
            Self::NotYetValid(start) => match day(start) {
                Some(day) => write!(f, "its certificate is not valid before {day}"),
                None => f.write_str("its certificate is not valid yet"),
            },
            Self::WrongName(names) if names.is_empty() => {
                f.write_str("its certificate names no host")
            }
            Self::WrongName(names) => {
                write!(f, "its certificate is for {} and not for this host", names.join(", "))
            }
            Self::Authority => {
                f.write_str("it presents the certificate of an authority as its own")
            }
            Self::Revoked => f.write_str("its certificate was revoked"),
            Self::BadCertificate(reason) => write!(f, "its certificate cannot be used: {reason}"),
            Self::NoRoots => f.write_str("this machine has no trusted root certificates"),
            Self::ClientCertificate => f.write_str("it requires a certificate of the client"),
            Self::UnknownHost => f.write_str("it does not serve this host name"),
            Self::NothingInCommon => {
                f.write_str("it supports no TLS version or cipher that glduo supports")
            }
            Self::Alert(number) => write!(f, "it ended the handshake with TLS alert {number}"),
            Self::Protocol => f.write_str("it broke the TLS protocol"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_own_text_and_none_is_the_librarys() {
        use CertificateError as Cert;
        let time = UnixTime::since_unix_epoch(Duration::from_hours(20_149 * 24));
        let presented = vec!["DnsName(\"a.example\")".to_owned(), "IpAddress(192.0.2.7)".into()];
        let expected = rustls::pki_types::ServerName::try_from("b.example").expect("a name");
        let certificates = [
            Cert::UnknownIssuer,
            Cert::ExpiredContext { time, not_after: time },
            Cert::NotValidYetContext { time, not_before: time },
            Cert::NotValidForNameContext { expected: expected.to_owned(), presented },
            Cert::Revoked,
            Cert::BadEncoding,
            Cert::BadSignature,
            Cert::InvalidPurpose,
            Cert::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: vec![1],
                supported_algorithms: Vec::new(),
            },
        ];
        let alerts = [
            AlertDescription::UnrecognisedName,
            AlertDescription::CertificateRequired,
            AlertDescription::ProtocolVersion,
            AlertDescription::InternalError,
        ];
        let errors = certificates.into_iter().map(Error::InvalidCertificate);
        let errors = errors.chain(alerts.into_iter().map(Error::AlertReceived));
        let errors = errors.chain([Error::General(NO_ROOTS.to_owned()), Error::DecryptError]);
        let texts: Vec<String> =
            errors.map(|error| meaning(&error).expect("TLS").to_string()).collect();
        let different: std::collections::BTreeSet<&String> = texts.iter().collect();
        assert_eq!(different.len(), texts.len(), "{texts:#?}");
        for text in &texts {
            assert!(!text.contains(['{', '(', '"', '_']), "{text}");
        }
        assert!(texts.contains(&"its certificate expired on 2025-03-02".to_owned()));
        let names = "its certificate is for a.example, 192.0.2.7 and not for this host";
        assert!(texts.contains(&names.to_owned()), "{texts:#?}");
    }
}
