//! The HTTP service of linal.
//!
//! # The life of a request
//!
//! 1. [`server`] accepts the connection, with TLS if it is configured, and hyper reads the headers.
//! 2. The layers of [`routes`] give the request an id, check the size of its headers, and find out who asks
//!    ([`access`]).
//! 3. The handler of the route ([`routes`], one file for each resource) reads headers and body ([`http`]) and
//!    takes a session: one of its own, or a kept one.
//! 4. [`run`] waits for a place, fairly among databases, and runs the statements on a thread that may block. Each is
//!    parsed and compared with the rights of the token first.
//! 5. [`render`] writes each outcome in the format of the answer. Short answers go out in one piece with their
//!    status; long ones are streamed, and wait for the client without holding a place.
//! 6. A client that goes away, a timeout, a DELETE and the end of the server stop the statements through one
//!    switch ([`run::Stop`]).
//!
//! This crate holds no language logic: it calls the facade `linal`. What goes over the wire is defined in
//! [`wire`] and nowhere else.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use linal::{Engine, EngineOptions};
//! use linal_server::access::MemoryTokens;
//! use linal_server::{Config, Server};
//!
//! let engine = Engine::new(EngineOptions::default());
//! let config = Config { bind: "127.0.0.1:0".to_owned(), ..Config::default() };
//! let server = Server::start(config, engine, Arc::new(MemoryTokens::default()))?;
//! println!("{}", server.url());
//! server.stop();
//! # Ok::<(), linal_server::StartError>(())
//! ```

pub mod access;
pub mod app;
pub mod config;
pub mod http;
pub mod log;
mod metrics;
pub mod render;
pub mod routes;
pub mod run;
pub mod server;
mod time;
pub mod wire;

pub use self::app::App;
pub use self::config::Config;
pub use self::server::{Beside, Server, StartError};
