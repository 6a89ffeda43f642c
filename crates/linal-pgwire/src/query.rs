//! Statements of the simple and of the extended protocol.

mod extended;
mod run;
mod simple;

pub use self::extended::Prepared;

use std::sync::Arc;

use crate::connection::Connection;

/// The statements of a connection.
#[derive(Clone)]
pub struct Queries(pub Arc<Connection>);
