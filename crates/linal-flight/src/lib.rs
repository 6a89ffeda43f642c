//! Arrow Flight SQL for the service of linal: ADBC, JDBC and other tools read Arrow batches without a conversion.
//!
//! # The life of a statement
//!
//! 1. [`listener`] accepts a connection, which has a [`connection::Connection`]: its session, which keeps tensors,
//!    settings and an open transaction, its prepared statements and its tickets.
//! 2. `GetFlightInfo` plans a query ([`statement`]), so that mistakes and the columns are known, and gives out a
//!    ticket. A ticket runs once, so that a statement is not done twice.
//! 3. `DoGet` takes the ticket and runs the statement as the routes of HTTP do
//!    ([`Task`](linal_server::run::Task)): rights, queue, limits, list of queries, log. The batches go to the client
//!    as it takes them ([`results`]).
//!
//! Tokens are the same as for HTTP ([`authentication`]). What tools ask about the catalog and the server is in
//! [`catalog`] and [`info`], rows that they send in [`ingest`].

#![allow(rustdoc::private_intra_doc_links)] // The map above links modules, which are private.

mod authentication;
mod catalog;
mod connection;
mod info;
mod ingest;
mod listener;
mod parameters;
mod prepared;
mod results;
mod service;
mod statement;
mod status;
mod transaction;

pub use self::listener::serve;

/// The name of the protocol in a TLS handshake.
pub const ALPN: &[&[u8]] = &[b"h2"];
