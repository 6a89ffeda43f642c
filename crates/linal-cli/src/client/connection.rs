//! Requests to a server.

use std::io::Read;
use std::time::Duration;

use linal::render::Format;
use ureq::http::{Request, Response, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use super::Remote;

/// Time in which a connection must be made.
const CONNECT: Duration = Duration::from_secs(10);

/// A server, a token and a format.
#[derive(Debug)]
pub struct Connection {
    agent: Agent,
    url: String,
    /// Headers of each request.
    headers: Vec<(&'static str, String)>,
    accept: &'static str,
    format: Format,
}

/// Why there is no result.
#[derive(Debug)]
pub enum Refused {
    /// No answer has come: a sentence.
    Unreachable(String),
    /// The answer is an error: its body.
    Answer(String),
}

impl Connection {
    /// What the options say; nothing is sent.
    ///
    /// # Errors
    /// A sentence: no URL or a malformed one, a token that cannot be read, a format that servers do not have.
    pub fn open(remote: &Remote, format: Format) -> Result<Connection, String> {
        let url = remote.url.as_deref().ok_or("--url URL names the server")?;
        let parsed: Uri = url.parse().map_err(|error| format!("{url} is no URL: {error}"))?;
        if !matches!(parsed.scheme_str(), Some("http" | "https")) {
            return Err(format!("{url} is no URL that begins with http:// or https://"));
        }
        let mut headers = Vec::new();
        if let Some(database) = &remote.database {
            headers.push(("X-Linal-Database", database.clone()));
        }
        if let Some(token) = token(remote)? {
            headers.push(("Authorization", format!("Bearer {token}")));
        }
        let mut config = Agent::config_builder().http_status_as_error(false).timeout_connect(Some(CONNECT));
        if let Some(roots) = roots(remote)? {
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        Ok(Connection {
            agent: config.build().into(),
            url: url.trim_end_matches('/').to_owned(),
            headers,
            accept: accept(format)?,
            format,
        })
    }

    /// The format of results.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Runs statements; returns the body of their results.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn execute(&self, statements: &str) -> Result<impl Read, Refused> {
        let response = self.send("POST", "/execute", statements)?;
        Ok(response.into_body().into_reader())
    }

    /// Sends a request without a body; returns the text of its answer.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn call(&self, method: &str, path: &str) -> Result<String, Refused> {
        self.send(method, path, "")?.body_mut().read_to_string().map_err(|error| unreachable(&error))
    }

    /// Gets a body that may be large.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn read(&self, path: &str) -> Result<impl Read, Refused> {
        Ok(self.send("GET", path, "")?.into_body().into_reader())
    }

    /// Keeps the state of statements from now on.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn begin_session(&mut self) -> Result<(), Refused> {
        let mut response = self.send("POST", "/sessions", "")?;
        let text = response.body_mut().read_to_string().map_err(|error| unreachable(&error))?;
        let body: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(id) = body["id"].as_str() else { return Err(Refused::Answer(text)) };
        self.headers.retain(|(name, _)| *name != "X-Linal-Database");
        self.headers.push(("X-Linal-Session", id.to_owned()));
        Ok(())
    }

    /// Ends the session. It would end by itself, so that a failure does not matter.
    pub fn end_session(&self) {
        if let Some((_, id)) = self.headers.iter().find(|(name, _)| *name == "X-Linal-Session") {
            let _ = self.send("DELETE", &format!("/sessions/{id}"), "");
        }
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Result<Response<Body>, Refused> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        request = request.header("Accept", self.accept).header("Content-Type", "text/plain; charset=utf-8");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let sent = match method {
            "DELETE" | "GET" => self.agent.run(request.body(()).map_err(|error| unreachable(&error))?),
            _ => self.agent.run(request.body(body).map_err(|error| unreachable(&error))?),
        };
        let mut response = sent.map_err(|error| unreachable(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = response.body_mut().read_to_string().unwrap_or_default();
        Err(Refused::Answer(if text.is_empty() { status.to_string() } else { text }))
    }
}

fn unreachable(error: &dyn std::fmt::Display) -> Refused {
    Refused::Unreachable(format!("the server cannot be reached: {error}"))
}

fn token(remote: &Remote) -> Result<Option<String>, String> {
    let text = match &remote.token_file {
        Some(file) => {
            let read = std::fs::read_to_string(file);
            Some(read.map_err(|error| format!("cannot read {}: {error}", file.display()))?)
        }
        None => std::env::var("LINAL_TOKEN").ok(),
    };
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// The certificates that a file names, for servers whose own authority signs.
fn roots(remote: &Remote) -> Result<Option<RootCerts>, String> {
    let Some(file) = &remote.ca_cert else { return Ok(None) };
    let pem = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(format!("{} has no certificate in PEM", file.display()));
    }
    Ok(Some(RootCerts::new_with_certs(&certificates)))
}

fn accept(format: Format) -> Result<&'static str, String> {
    match format {
        Format::Table => Ok("text/plain"),
        Format::Csv => Ok("text/csv"),
        Format::Json => Ok("application/json"),
        Format::Jsonl => Ok("application/jsonl"),
        Format::Arrow => Ok("application/vnd.apache.arrow.stream"),
        Format::Markdown => {
            Err("servers do not answer in markdown; the formats are table, csv, json, jsonl and arrow"
                .to_owned())
        }
    }
}
