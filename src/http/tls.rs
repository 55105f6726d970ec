//! Whom TLS trusts: the machine's own roots, read at the first handshake and not before, and
//! the CA files that the settings name.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::error::HttpErrorKind;
use super::options::{CaFile, Options};
use super::tls_failure::NO_ROOTS;

/// The roots, each kind read when it is needed first: reading the system's store costs 5 ms,
/// which plain http and a replaced store should not pay.
#[derive(Debug)]
pub(super) struct Trust {
    only: Option<CaFile>,
    extra: Vec<CaFile>,
    provider: Arc<CryptoProvider>,
    named: OnceLock<RootCertStore>,
    verifier: OnceLock<Arc<WebPkiServerVerifier>>,
}

impl Trust {
    pub(super) fn new(options: &Options) -> Arc<Self> {
        Arc::new(Self {
            only: options.only_roots.clone(),
            extra: options.extra_roots.clone(),
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            named: OnceLock::new(),
            verifier: OnceLock::new(),
        })
    }

    /// What the HTTP client and any other TLS connection of this run are made with.
    pub(super) fn client_config(self: &Arc<Self>) -> Result<ClientConfig, rustls::Error> {
        let trust: Arc<dyn ServerCertVerifier> = Arc::<Self>::clone(self);
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(trust)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// The certificates of the files that the settings name. Asked before a TLS connection is
    /// tried, because a handshake can only say that nobody is trusted.
    pub(super) fn named(&self) -> Result<&RootCertStore, HttpErrorKind> {
        if let Some(named) = self.named.get() {
            return Ok(named);
        }
        let mut roots = RootCertStore::empty();
        for file in self.only.iter().chain(&self.extra) {
            read_file(&file.path, &mut roots)
                .map_err(|reason| HttpErrorKind::CaFile { file: Box::new(file.clone()), reason })?;
        }
        Ok(self.named.get_or_init(|| roots))
    }

    fn verifier(&self) -> Result<&WebPkiServerVerifier, rustls::Error> {
        if let Some(verifier) = self.verifier.get() {
            return Ok(verifier);
        }
        let general = |reason: String| rustls::Error::General(reason);
        let mut roots = self.named().map_err(|kind| general(kind.to_string()))?.clone();
        if self.only.is_none() {
            // Single files of the store that cannot be read do not matter while others can.
            let system = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(system.certs);
        }
        if roots.is_empty() {
            return Err(general(NO_ROOTS.to_owned()));
        }
        let provider = Arc::clone(&self.provider);
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| general(error.to_string()))?;
        Ok(self.verifier.get_or_init(|| verifier))
    }
}

fn read_file(path: &Path, roots: &mut RootCertStore) -> Result<(), String> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| words(&error))?;
    let before = roots.len();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| words(&error))?;
        roots.add(certificate).map_err(|_| "a certificate in it is damaged".to_owned())?;
    }
    if roots.len() == before {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(())
}

/// The system's words if the file cannot be read; the library's show bytes.
fn words(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "there is no certificate in it".to_owned(),
        _ => "it is not a PEM file".to_owned(),
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verifier = self.verifier()?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
