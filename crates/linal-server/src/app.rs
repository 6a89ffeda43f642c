//! What all requests of a server share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use linal::{Engine, Limits, Session};
use linal_error::Code;
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

use crate::access::{Access, Audit, AuditEntry};
use crate::config::Config;
use crate::http::{ApiError, ApiResult};
use crate::metrics::Metrics;
use crate::run::{Place, Queries, Scheduler, Sessions};

/// What the names of temporary files begin with.
pub(crate) const TEMPORARY: &str = "upload-";

/// The state of a server. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// See [`App`].
pub struct Shared {
    /// The configuration.
    pub config: Config,
    /// The engine.
    pub engine: Engine,
    /// Which statements run.
    pub scheduler: Arc<Scheduler>,
    /// The sessions that are kept.
    pub sessions: Sessions,
    /// The running and recent requests.
    pub queries: Arc<Queries>,
    /// Tokens.
    pub access: Access,
    /// The audit log, for a server with a directory.
    pub audit: Option<Audit>,
    /// Counters.
    pub metrics: Metrics,
    /// The runtime of the server.
    pub runtime: Handle,
    /// The folder of uploads and answers that take a file.
    pub spill: PathBuf,
    /// The directories that statements may use.
    files: Arc<[PathBuf]>,
    is_draining: AtomicBool,
    /// The first half of query ids, new for each start.
    boot: u32,
    requests: AtomicU64,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// The state of a new server. `spill` is a folder that exists.
    pub fn new(
        config: Config,
        engine: Engine,
        access: Access,
        audit: Option<Audit>,
        spill: PathBuf,
        runtime: Handle,
    ) -> App {
        let mut boot = [0; 4];
        // Ids need not be secret: who may see a query is checked.
        let _ = getrandom::fill(&mut boot);
        let queries: Arc<Queries> = Arc::default();
        engine.set_query_list(queries.clone());
        App(Arc::new(Shared {
            scheduler: Scheduler::new(config.concurrency, config.queue),
            sessions: Sessions::new(config.session_idle, config.max_sessions, config.session_queue),
            queries,
            metrics: Metrics::default(),
            files: config.files.clone().into(),
            is_draining: AtomicBool::new(false),
            boot: u32::from_ne_bytes(boot),
            requests: AtomicU64::new(0),
            config,
            engine,
            access,
            audit,
            runtime,
            spill,
        }))
    }

    /// A new session for statements of clients, in a database.
    ///
    /// # Errors
    /// 404 for an unknown database.
    pub fn session(&self, database: Option<&str>) -> ApiResult<Session> {
        let mut session = self.engine.session();
        session.confine_files(Some(self.files.clone()));
        session.set_limits(Limits { timeout: self.config.timeout, memory: None });
        if let Some(database) = database {
            enter(&mut session, database)?;
        }
        Ok(session)
    }

    /// A new session for the server's own statements, which read and write files of the folder of uploads.
    ///
    /// # Errors
    /// 404 for an unknown database.
    pub fn own_session(&self, database: Option<&str>) -> ApiResult<Session> {
        let mut session = self.session(database)?;
        session.confine_files(Some(Arc::new([self.spill.clone()])));
        Ok(session)
    }

    /// The directories that statements may use.
    pub fn files(&self) -> Arc<[PathBuf]> {
        self.files.clone()
    }

    /// The id of the next request.
    pub fn next_query_id(&self) -> String {
        format!("{:08x}{:08x}", self.boot, self.requests.fetch_add(1, Ordering::Relaxed))
    }

    /// Waits for a place on a thread that may block; `None` when the queue is full, in which case the work goes
    /// on without one: it was admitted before.
    pub fn take_place(&self, database: &str) -> Option<Place> {
        self.runtime.block_on(self.scheduler.place(database)).ok()
    }

    /// Whether the server takes no new work.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::SeqCst)
    }

    /// From now on the server takes no new work.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::SeqCst);
    }

    /// Writes a line to the audit log, if there is one.
    pub fn audit_entry(&self, entry: &AuditEntry<'_>) {
        if let Some(audit) = &self.audit {
            audit.write(entry);
        }
    }

    /// A new file of the folder of uploads with an extension, which says its format.
    ///
    /// # Errors
    /// A disk without room.
    pub fn temporary(&self, suffix: &str) -> std::io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix(TEMPORARY).suffix(suffix).tempfile_in(&self.spill)
    }

    /// A message without the paths of the server.
    pub fn without_paths(&self, message: &str) -> String {
        let data = self.config.data.as_deref();
        let known = [(Some(self.spill.as_path()), "the server's folder"), (data, "the database directory")];
        known.into_iter().fold(message.to_owned(), |text, (path, name)| match path {
            Some(path) => without(&text, path, name),
            None => text,
        })
    }
}

fn without(text: &str, path: &Path, name: &str) -> String {
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    [path, &resolved].into_iter().fold(text.to_owned(), |text, path| {
        let path = path.display().to_string();
        // A path such as `.` is no secret, and stands in every sentence.
        if path.len() < 3 { text } else { text.replace(&path, name) }
    })
}

/// Makes a database the current one.
///
/// # Errors
/// 404 for an unknown one.
pub fn enter(session: &mut Session, database: &str) -> ApiResult<()> {
    if session.database().eq_ignore_ascii_case(database) {
        return Ok(());
    }
    let quoted = quoted(database).ok_or_else(|| ApiError::not_found("database", database))?;
    match session.execute(&format!("USE {quoted}")) {
        Ok(_) => Ok(()),
        Err(error) if error.is(Code::UnknownName) => {
            let missing = ApiError::not_found("database", database);
            Err(match error.help() {
                Some(help) => missing.with_help(help),
                None => missing,
            })
        }
        Err(error) => Err(ApiError::of_engine(&error)),
    }
}

/// A path as a string of a statement.
pub fn literal(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "''"))
}

/// A name in backticks; `None` for one that cannot be written so, which nothing has.
pub fn quoted(name: &str) -> Option<String> {
    let is_writable = !name.is_empty() && !name.contains(['`', '\n', '\r', '\0']);
    is_writable.then(|| format!("`{name}`"))
}
