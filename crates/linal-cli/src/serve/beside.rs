//! The protocols beside HTTP, which are features of the build.

use linal_server::config::Config;
use linal_server::{Server, StartError};

/// Where they listen.
pub struct Addresses {
    flight: Option<String>,
    pg: Option<String>,
}

impl Addresses {
    /// Those of a configuration.
    pub fn of(config: &Config) -> Addresses {
        Addresses { flight: config.flight_bind.clone(), pg: config.pg_bind.clone() }
    }

    /// Starts them; returns their URLs.
    ///
    /// # Errors
    /// As `Server::add`; usage for a protocol that the build does not have.
    pub fn start(&self, server: &mut Server) -> Result<Vec<String>, StartError> {
        let mut urls = Vec::new();
        if let Some(host) = &self.flight {
            urls.push(flight(server, host)?);
        }
        if let Some(host) = &self.pg {
            urls.push(pg(server, host)?);
        }
        Ok(urls)
    }
}

#[cfg(feature = "flight")]
fn flight(server: &mut Server, host: &str) -> Result<String, StartError> {
    let address = server.add(host, linal_flight::ALPN, linal_flight::serve)?;
    let scheme = if server.app().config.has_tls() { "grpc+tls" } else { "grpc" };
    Ok(format!("{scheme}://{address}"))
}

#[cfg(not(feature = "flight"))]
fn flight(_: &mut Server, _: &str) -> Result<String, StartError> {
    Err(StartError::usage("flight_bind: this build has no Arrow Flight SQL; its feature is `flight`"))
}

#[cfg(feature = "pgwire")]
fn pg(server: &mut Server, host: &str) -> Result<String, StartError> {
    let address = server.add(host, linal_pgwire::ALPN, linal_pgwire::serve)?;
    Ok(format!("postgresql://{address}"))
}

#[cfg(not(feature = "pgwire"))]
fn pg(_: &mut Server, _: &str) -> Result<String, StartError> {
    Err(StartError::usage("pg_bind: this build has no PostgreSQL protocol; its feature is `pgwire`"))
}
