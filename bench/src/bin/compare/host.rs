//! The engine that cases run in.

use std::path::PathBuf;

use linal::{Engine, EngineOptions, Session};

use crate::Result;

/// An engine and its session, which are opened when they are first asked for.
pub(crate) struct Host {
    options: EngineOptions,
    /// The database directory; `None` for an engine in memory.
    directory: Option<PathBuf>,
    open: Option<(Engine, Session)>,
}

impl Host {
    pub fn new(options: EngineOptions, directory: Option<PathBuf>) -> Host {
        Host { options, directory, open: None }
    }

    /// The session that cases share.
    pub fn session(&mut self) -> Result<&mut Session> {
        Ok(&mut self.engine_and_session()?.1)
    }

    /// A session of its own.
    pub fn another_session(&mut self) -> Result<Session> {
        Ok(self.engine_and_session()?.0.session())
    }

    /// Ends the engine; the next use opens the directory again.
    pub fn close(&mut self) {
        self.open = None;
    }

    fn engine_and_session(&mut self) -> Result<&mut (Engine, Session)> {
        if self.open.is_none() {
            let options = self.options.clone();
            let engine = match &self.directory {
                Some(directory) => Engine::open(directory, options)?,
                None => Engine::new(options),
            };
            let session = engine.session();
            self.open = Some((engine, session));
        }
        self.open.as_mut().ok_or_else(|| "no engine".into())
    }
}
