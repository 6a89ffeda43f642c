//! What all requests of a server share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use linal::jobs::Queue;
use linal::{Engine, Limits, Session};
use linal_error::Code;
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

use crate::access::{Access, Audit, AuditEntry};
use crate::config::Config;
use crate::http::{ApiError, ApiResult};
use crate::metrics::Metrics;
use crate::run::{Idle, Lent, Place, Queries, Scheduler, Sessions};

/// What the names of temporary files begin with.
pub(crate) const TEMPORARY: &str = "upload-";

/// The state of a server. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// See [`App`].
pub struct Shared {
    /// Jobs and schedules. They are closed before the directory, as are tokens.
    pub jobs: Queue,
    /// Tokens.
    pub access: Access,
    /// The configuration.
    pub config: Config,
    /// The engine.
    pub engine: Engine,
    /// Which statements run.
    pub scheduler: Arc<Scheduler>,
    /// The sessions that are kept.
    pub sessions: Sessions,
    /// Those that wait for a request.
    pub idle: Arc<Idle>,
    /// The running and recent requests.
    pub queries: Arc<Queries>,
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
        jobs: Queue,
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
            scheduler: Scheduler::new(config.concurrency, config.queue, {
                let engine = engine.clone();
                Box::new(move |database: &str| engine.places(database))
            }),
            sessions: Sessions::new(config.session_idle, config.max_sessions, config.session_queue),
            idle: Idle::new(2 * config.concurrency),
            queries,
            metrics: Metrics::default(),
            files: config.files.clone().into(),
            is_draining: AtomicBool::new(false),
            boot: u32::from_ne_bytes(boot),
            requests: AtomicU64::new(0),
            config,
            engine,
            jobs,
            access,
            audit,
            runtime,
            spill,
        }))
    }

    /// A session for the statements of one request, in a database.
    ///
    /// # Errors
    /// 404 for an unknown database.
    pub fn lend(&self, database: Option<&str>) -> ApiResult<Lent> {
        let mut lent = self.idle.lend(|| self.new_session());
        let session = lent.session_mut();
        session.set_limits(Limits { timeout: self.config.timeout, memory: None });
        if let Some(database) = database {
            enter(session, database)?;
        }
        Ok(lent)
    }

    fn new_session(&self) -> Session {
        let mut session = self.engine.session();
        session.confine_files(Some(self.files.clone()));
        session.set_limits(Limits { timeout: self.config.timeout, memory: None });
        session
    }

    /// A new session for statements of clients, in a database.
    ///
    /// # Errors
    /// 404 for an unknown database.
    pub fn session(&self, database: Option<&str>) -> ApiResult<Session> {
        let mut session = self.new_session();
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

    /// Waits for a place again, on a thread that may block; `None` when the server ends.
    pub fn take_place(&self, database: &str) -> Option<Place> {
        self.runtime.block_on(self.scheduler.place_again(database)).ok()
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

    /// Writes what was refused before it could run to the audit log. `what` is the request: a method and a path, or
    /// the protocol and what was asked.
    pub fn audit_refusal(&self, what: &str, database: &str, query_id: &str, error: &ApiError) {
        self.audit_entry(&AuditEntry {
            time: crate::time::now(),
            token: error.token(),
            database,
            statement: what,
            status: error.status().as_u16(),
            milliseconds: 0.0,
            rows: 0,
            query_id,
        });
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
        let message = known.into_iter().fold(message.to_owned(), |text, (path, name)| match path {
            Some(path) => without(&text, path, name),
            None => text,
        });
        self.files.iter().fold(message, |text, root| without_root(&text, root))
    }
}

/// A message in which the files below a directory are named as statements name them.
fn without_root(text: &str, root: &Path) -> String {
    let resolved = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    [root, &resolved].into_iter().fold(text.to_owned(), |text, path| {
        let path = path.display().to_string();
        if path.len() < 3 { text } else { text.replace(&format!("{path}/"), "").replace(&path, "the files") }
    })
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
