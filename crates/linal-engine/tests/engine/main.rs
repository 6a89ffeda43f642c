//! The engine from outside: text in, tensors out.

mod arrays;
mod datasets;
mod expressions;
mod gravitational_wave;
mod numerics;
mod reference;
mod threads;
mod views;

use linal_engine::{Engine, EngineOptions, Session};

/// A session of its own engine.
fn session() -> Session {
    Engine::default().session()
}

/// A session whose statements use so many threads.
fn session_with_threads(threads: usize) -> Session {
    Engine::new(EngineOptions { threads: Some(threads), ..EngineOptions::default() }).session()
}

/// The path of a file or folder of the workspace.
fn workspace(path: &str) -> String {
    format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))
}
