//! The PostgreSQL wire protocol.

/// The name of the protocol in a TLS handshake.
pub const ALPN: &[&[u8]] = &[b"postgresql"];

/// Serves the protocol until the server stops.
pub async fn serve(beside: linal_server::Beside) {
    drop(beside);
}
