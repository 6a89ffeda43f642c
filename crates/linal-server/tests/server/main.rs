//! Tests over real HTTP: each starts a server of its own on a free port.

mod access;
mod datasets;
mod errors;
mod execute;
mod formats;
mod governance;
mod jobs;
mod routes;
mod sessions;
mod stop;
mod streaming;
mod support;
