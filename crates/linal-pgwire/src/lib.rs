//! The PostgreSQL wire protocol for the service of linal: psql, psycopg, DBeaver, Metabase, Grafana.
//!
//! # The life of a statement
//!
//! 1. [`listener`] accepts a connection; [`startup`] takes the token as the password, and the database. The
//!    connection has a session of its own ([`connection`]), whose dialect is ANSI.
//! 2. [`query`] takes statements of the simple and of the extended protocol. What only PostgreSQL has, such as
//!    `SET client_encoding`, is answered by [`settings`]; questions to `pg_catalog` by [`catalog`]; all others run as
//!    those of HTTP do ([`Task`](linal_server::run::Task)): rights, queue, limits, list of queries, log.
//! 3. The rows are encoded as they are made ([`rows`], [`types`]) and go to the client as it takes them.
//!
//! The protocol itself is the crate `pgwire`.

#![allow(rustdoc::private_intra_doc_links)] // The map above links modules, which are private.

mod catalog;
mod connection;
mod listener;
mod parameters;
mod query;
mod results;
mod rows;
mod savepoints;
mod settings;
mod startup;
mod status;
mod types;

pub use self::listener::serve;

/// The name of the protocol in a TLS handshake.
pub const ALPN: &[&[u8]] = &[b"postgresql"];
