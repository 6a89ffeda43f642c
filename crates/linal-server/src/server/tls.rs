//! TLS.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::StartError;
use crate::config::Config;

/// The acceptor of the configured certificate, for protocols that it offers by name; `None` without one.
///
/// # Errors
/// Files that cannot be read, or do not belong together.
pub(super) fn acceptor(config: &Config, alpn: &[&[u8]]) -> Result<Option<TlsAcceptor>, StartError> {
    let (Some(certificates), Some(key)) = (&config.tls_cert, &config.tls_key) else { return Ok(None) };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(|chain| chain.collect::<Result<Vec<_>, _>>())
        .map_err(|error| unreadable("tls_cert", certificates, &error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("tls_key", key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .and_then(|server| server)
        .map_err(|error| StartError::usage(format!("tls_cert and tls_key cannot be used: {error}")))?;
    server.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Ok(Some(TlsAcceptor::from(Arc::new(server))))
}

fn unreadable(key: &str, path: &Path, error: &dyn std::fmt::Display) -> StartError {
    StartError::usage(format!("{key}: cannot read {}: {error}", path.display()))
}
