//! Sessions: names, settings, and the execution of statements.

mod cache;
mod datasets;
mod describe;
mod expressions;
mod frames;
mod host;
mod jobs;
mod limits;
mod prepared;
mod queries;
mod recycle;
mod streaming;
mod tensors;
mod transaction;
mod watched_patterns;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use linal_bind::binder::Binder;
use linal_bind::functions::{FileAccess, Registry};
use linal_bind::settings::Settings;
use linal_bind::{CatalogView, Parameters, QueryValue, Value, Variables};
use linal_dataset::catalog::{Catalog, DEFAULT_DATABASE, own_database};
use linal_dataset::{Dataset, Error, Result};
use linal_error::{Code, catch_panic};
use linal_lang::ast::Statement;
use linal_lang::{Dialect, Span, ansi_names, parse_statement, substitute};
use linal_query::{PhysicalQuery, PlanCache, PlanCounts, Planner, Spill};
use linal_store::database::{JobMark, ReadLease};
use linal_tensor::graph::Program;
use linal_tensor::{Bytes, Cancellation, Control, ExecutionContext, MemoryPool, Tensor};
use smallvec::SmallVec;

pub use self::describe::{ColumnInfo, DatasetInfo};
pub use self::expressions::LazyTensor;
use self::limits::DatabaseLimits;
pub use self::limits::{Limits, Places};
pub(crate) use self::limits::{check_rows, places_of};
pub use self::streaming::{RowSink, Streamed};
use self::watched_patterns::WatchedPatterns;

pub(crate) use self::cache::{CachedLet, StatementCache};
pub(crate) use self::datasets::put_anywhere;
pub use self::prepared::NumberList;

pub(crate) use self::prepared::PreparedStatements;
pub(crate) use self::transaction::Transaction;

use crate::durable::DurableReservation;
use crate::engine::Inner;
use crate::jobs::JobOwner;
use crate::outcome::Outcome;
use crate::queries::{Asker, SessionQueries};
use crate::statement;

/// One user of an engine. The statements of a session run one after the other; sessions run concurrently.
pub struct Session {
    pub(crate) engine: Arc<Inner>,
    pub(crate) variables: Variables,
    pub(crate) settings: Settings,
    pub(crate) context: ExecutionContext,
    pub(crate) pool: Arc<MemoryPool>,
    pub(crate) cache: StatementCache,
    /// The state of the catalog's objects that kept plans and programs were made with.
    objects_seen: u64,
    pub(crate) database: Arc<str>,
    /// The database of the datasets that only this session sees: those read by USE DATASET FROM.
    pub(crate) own: Arc<str>,
    pub(crate) planner: Planner,
    pub(crate) plans: PlanCache,
    /// The result of the last SEARCH without INTO.
    pub(crate) search_results: Option<Arc<Dataset>>,
    /// Reserves numbers of sequences in the database directory, if the engine has one.
    pub(crate) reservation: Option<Arc<DurableReservation>>,
    /// The open transaction.
    pub(crate) transaction: Option<Transaction>,
    /// Keeps the files of a directory that another process writes, while a statement or a transaction reads it.
    lease: Option<ReadLease>,
    /// The files that statements may read and write.
    pub(crate) files: FileAccess,
    /// Whether SET has changed a setting.
    pub(crate) has_changed_settings: bool,
    /// What the settings cannot exceed.
    limits: Limits,
    /// Those of the database in use.
    database_limits: DatabaseLimits,
    /// Where its queries write rows; `None` where those of the engine do.
    database_spill: Option<Spill>,
    /// The catalog and the database that they were read from.
    limits_of: (Weak<Catalog>, Arc<str>),
    /// Its place in the list of running statements.
    running: Arc<SessionQueries>,
    /// Whether the running statement is in that list.
    is_listed: bool,
    /// Who asks for queries in this session.
    pub(crate) asker: Asker,
    /// The values of `$1` and `$name` of the running statement.
    pub(crate) parameters: Parameters,
    /// Datasets of [`Session::lend_rows`], in lower case.
    pub(crate) lent: BTreeSet<String>,
    /// The statements of PREPARE.
    pub(crate) prepared: PreparedStatements,
    /// Who submits jobs.
    pub(crate) job_owner: JobOwner,
    /// The attempt of a job whose changes one commit of the session makes.
    pub(crate) job: Option<JobMark>,
    /// What lists, versions and lineage show instead of the text of the running statement.
    pub(crate) shown: Option<Arc<str>>,
    /// Notices of the running statement.
    pub(crate) notices: Vec<String>,
    /// The rows that the running statement has changed, if it counts them.
    pub(crate) affected_rows: Option<u64>,
    /// Script variables for `${name}`.
    script_variables: Vec<(String, String)>,
}

impl Session {
    pub(crate) fn new(engine: Arc<Inner>) -> Session {
        let pool = engine.pool.child(engine.pool.limit());
        let context = ExecutionContext::new(pool.clone()).with_threads(engine.threads);
        let settings = Settings::new(pool.limit(), engine.threads);
        // The default database always exists.
        let database =
            engine.catalog.enter(DEFAULT_DATABASE, None).unwrap_or_else(|_| DEFAULT_DATABASE.into());
        let planner = Planner::new(engine.partition_above, engine.spill.clone());
        let number = engine.sessions.fetch_add(1, Ordering::Relaxed);
        let own = own_database(number);
        let running = engine.running.add(number, &database, context.cancellation().clone(), pool.clone());
        let reserves = engine.durable.is_some();
        let reservation = reserves
            .then(|| Arc::new(DurableReservation::new(Arc::downgrade(&engine), context.detached_control())));
        Session {
            files: engine.files.clone(),
            has_changed_settings: false,
            limits: Limits::default(),
            database_limits: DatabaseLimits::default(),
            database_spill: None,
            limits_of: (Weak::new(), database.clone()),
            engine,
            variables: Variables::default(),
            settings,
            context,
            pool,
            cache: StatementCache::default(),
            objects_seen: 0,
            database,
            own,
            planner,
            plans: PlanCache::default(),
            search_results: None,
            reservation,
            transaction: None,
            lease: None,
            running,
            is_listed: false,
            asker: Asker::default(),
            parameters: Parameters::NONE,
            lent: BTreeSet::new(),
            prepared: PreparedStatements::default(),
            job_owner: JobOwner::default(),
            job: None,
            shown: None,
            notices: Vec::new(),
            affected_rows: None,
            script_variables: Vec::new(),
        }
    }

    /// Executes one statement.
    ///
    /// # Errors
    /// An [`Error`] whose span is relative to `text`. The session is unchanged then.
    pub fn execute(&mut self, text: &str) -> Result<Outcome> {
        self.execute_guarded(|session| session.run(text))
    }

    /// Executes one statement that lists of queries, versions and lineage show as `shown`: a host's, of which users are
    /// to see what it means and not how it is done.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub fn execute_shown(&mut self, text: &str, shown: &str) -> Result<Outcome> {
        self.shown = Some(shown.into());
        let outcome = self.execute(text);
        self.shown = None;
        outcome
    }

    /// Runs a statement under the session's limits, with a list of notices of its own.
    fn execute_guarded(&mut self, run: impl FnOnce(&mut Session) -> Result<Outcome>) -> Result<Outcome> {
        let rows_of = |outcome: &Outcome| match outcome {
            Outcome::Rows(rows) => rows.num_rows() as u64,
            _ => 0,
        };
        let mut result = self.listed(run, rows_of);
        if let Ok(outcome) = &mut result {
            self.add_notices(outcome);
        }
        result
    }

    /// Moves the notices of the statement to its table, if it gave one.
    fn add_notices(&mut self, outcome: &mut Outcome) {
        if let Outcome::Rows(rows) = outcome {
            let more = std::mem::take(&mut self.notices).into_iter();
            let more: Vec<String> = more.filter(|notice| !rows.notices.contains(notice)).collect();
            rows.notices.extend(more);
        }
    }

    /// Runs a statement under the session's limits, and notes its end in the list of running statements.
    fn listed<T>(
        &mut self,
        run: impl FnOnce(&mut Session) -> Result<T>,
        rows_of: impl FnOnce(&T) -> u64,
    ) -> Result<T> {
        self.notices.clear();
        self.affected_rows = None;
        let result = self.guarded(run);
        if self.transaction.is_none() {
            self.lease = None;
        }
        if std::mem::take(&mut self.is_listed) {
            let (state, rows) = match &result {
                Ok(value) => ("done", rows_of(value)),
                Err(error) if error.is(Code::Cancelled) => ("cancelled", 0),
                Err(_) => ("failed", 0),
            };
            self.running.end(state, rows);
        }
        result
    }

    /// The notices of the last statement, one sentence each, if its outcome is not a table. A table contains
    /// its own notices.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The rows that the last statement has inserted, updated or deleted; `None` for one of another kind.
    pub fn affected_rows(&self) -> Option<u64> {
        self.affected_rows
    }

    /// Adds notices to the running statement.
    pub(crate) fn note(&mut self, notices: &[String]) {
        let new = notices.iter().filter(|notice| !self.notices.contains(notice));
        let new: Vec<String> = new.cloned().collect();
        self.notices.extend(new);
    }

    /// Runs a closure under the session's limits.
    fn guarded<T>(&mut self, run: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let limit = self.time_limit();
        self.context.start(limit);
        self.context.cancellation().reset();
        // A panic is a bug of linal. The session stays valid, since a statement publishes its result last.
        let result = catch_panic(|| run(self)).unwrap_or_else(|message| Err(Error::of_panic(&message)));
        result.map_err(|error| self.with_largest_tensors(error))
    }

    /// Adds the largest tensors to the error of an exceeded memory limit.
    fn with_largest_tensors(&self, error: Error) -> Error {
        if !error.is(Code::MemoryLimit) || error.help().is_some() {
            return error;
        }
        let mut holders: Vec<(usize, &str)> = self
            .variables
            .iter()
            .filter_map(|variable| match &variable.value {
                Value::Tensor(tensor) => Some((tensor.arrow_buffer().len(), &*variable.name)),
                _ => None,
            })
            .filter(|(bytes, _)| *bytes > 0)
            .collect();
        holders.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        let list: Vec<String> =
            holders.iter().take(3).map(|(bytes, name)| format!("{name} ({})", Bytes(*bytes))).collect();
        match list.as_slice() {
            [] => error.with_help("SET memory_limit changes the limit"),
            [only] => error.with_help(format!("the largest tensor is {only}")),
            list => error.with_help(format!("the largest tensors are {}", list.join(", "))),
        }
    }

    /// Executes one statement of a script.
    ///
    /// # Errors
    /// As [`Session::execute`], with a span relative to the script.
    pub fn execute_fragment(&mut self, source: &str, span: Span) -> Result<Outcome> {
        self.execute(span.text(source)).map_err(|error| {
            error.map_span(|inner| Span::new(inner.start + span.start, inner.end + span.start)).at(span)
        })
    }

    fn run(&mut self, text: &str) -> Result<Outcome> {
        self.follow_objects();
        if let Some(outcome) = self.run_repeated(text) {
            return outcome;
        }
        self.enter_statement(text)?;
        let mut result = self.run_text(text);
        while let Err(error) = &result
            && self.is_outdated(error)
        {
            result = self.run_text(text);
        }
        result
    }

    /// Forgets plans and programs when objects of the catalog have changed since they were made.
    fn follow_objects(&mut self) {
        let objects = self.engine.catalog.objects_changed();
        if self.objects_seen != objects {
            self.objects_seen = objects;
            self.forget_plans();
        }
    }

    /// Forgets plans and programs, which may have views and macros written out.
    pub(crate) fn forget_plans(&mut self) {
        self.plans.clear();
        self.cache.clear();
    }

    /// Runs the program that is kept for the text of a LET, if it still is right.
    fn run_repeated(&mut self, text: &str) -> Option<Result<Outcome>> {
        let cached = match self.cache.recent(text) {
            Some(cached) => cached,
            None => self.cache.promote(text)?,
        };
        cached.run(&mut self.variables, &self.context)
    }

    /// What precedes every statement but a repeated LET.
    fn enter_statement(&mut self, text: &str) -> Result<()> {
        // Other statements than repeated ones may need much memory, or report how much is in use.
        self.context.clear_reusable();
        // A repeated LET takes a microsecond and ends before anybody could ask for it.
        self.running.begin(self.shown.as_deref().unwrap_or(text), &self.database);
        self.is_listed = true;
        // Before a kept plan runs, since it names datasets that another process may have changed.
        if let Some(durable) = &self.engine.durable {
            if self.lease.is_none() {
                self.lease = durable.read_lease();
            }
            durable.follow(&self.engine.catalog)?;
        }
        self.follow_database();
        Ok(())
    }

    /// Whether the process that writes the directory has expired the versions that a statement was about to read, so that it
    /// makes sense to run it again with later ones. It has answered nothing so far.
    pub(super) fn is_outdated(&self, error: &Error) -> bool {
        let durable = self.engine.durable.as_ref().filter(|_| self.transaction.is_none());
        error.is(Code::UnknownVersion)
            && durable.is_some_and(|durable| durable.follow(&self.engine.catalog).unwrap_or(false))
    }

    /// Runs a statement, or the plan that is kept for its text.
    pub(crate) fn run_text(&mut self, text: &str) -> Result<Outcome> {
        match self.kept_plan(text) {
            Some(planned) => statement::run_planned(self, &planned),
            None => self.with_statement(text, statement::run),
        }
    }

    /// The plan that is kept for a text, if it still is right.
    fn kept_plan(&mut self, text: &str) -> Option<Arc<PhysicalQuery>> {
        self.follow_objects();
        if !self.parameters.is_empty() {
            return self.kept_plan_with_values(text);
        }
        let planned = self.plans.get(text)?;
        if !planned.is_fresh(&self.query_context()) {
            return None;
        }
        self.plans.note_kept();
        Some(planned)
    }

    /// The plan that is kept for a text with parameters of the same types, with the values of this statement.
    fn kept_plan_with_values(&mut self, text: &str) -> Option<Arc<PhysicalQuery>> {
        let open = self.plans.open(text, &self.parameters)?;
        // A mistake in the values is found again, with its place, when the text is planned.
        let planned = self.query_context().close_query(&open).ok()??;
        self.plans.note_closed();
        Some(Arc::new(planned))
    }

    /// How plans of the session's queries came about: for tests, and for hosts that look whether statements are kept.
    pub fn plan_counts(&self) -> PlanCounts {
        self.plans.counts()
    }

    /// Parses a statement and runs it; the text that `run` gets is the one that the spans are relative to.
    fn with_statement<T>(
        &mut self,
        text: &str,
        run: impl FnOnce(&mut Session, &Statement, &str) -> Result<T>,
    ) -> Result<T> {
        let names: Vec<&str> = self.script_variables.iter().map(|(name, _)| name.as_str()).collect();
        let substituted = substitute(text, &|name| self.script_variable(name), &names)?;
        let text = match self.settings.dialect {
            Dialect::Linal => std::borrow::Cow::Borrowed(&*substituted.text),
            Dialect::Ansi => ansi_names(&substituted.text),
        };
        // The statement may include its terminating semicolon.
        let end = text.trim_end_matches(|sign: char| sign == ';' || sign.is_whitespace()).len();
        let whole = Span::new(0, end);
        let result = self.parse_within(&text, whole).and_then(|parsed| run(self, &parsed, &text));
        result.map_err(|error| error.map_span(|span| substituted.original(span)))
    }

    /// Parses a statement, as long as its time limit lets it.
    fn parse_within(&self, text: &str, span: Span) -> Result<Statement> {
        let patterns = WatchedPatterns(self.context.control());
        parse_statement(text, span, &patterns).map_err(|error| patterns.explained(error))
    }

    fn script_variable(&self, name: &str) -> Option<String> {
        self.script_variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// The state of binding an expression whose queries have these results. `lazy` keeps lazy names as graphs.
    pub(crate) fn binder<'s>(&'s mut self, values: &'s [QueryValue], lazy: bool) -> Binder<'s> {
        Binder {
            variables: &mut self.variables,
            context: &self.context,
            registry: Registry::global(),
            files: &self.files,
            datasets: Some(CatalogView {
                shared: &self.engine.catalog,
                private: self.transaction.as_ref().map(|transaction| &transaction.catalog),
                database: &self.database,
                own: &self.own,
            }),
            parameters: &self.parameters,
            default_dtype: self.settings.default_dtype,
            subqueries: values,
            lazy,
            columns: false,
            spectrum: None,
            sources: SmallVec::new(),
            cacheable: true,
        }
    }

    /// Runs a program over the session's tensors, which its inputs refer to by tag.
    pub(crate) fn run_program(&self, program: &Program) -> linal_tensor::Result<Tensor> {
        let inputs: SmallVec<[&Tensor; 4]> = program.inputs().iter().map(|leaf| &leaf.tensor).collect();
        program.run(&inputs, &self.context)
    }

    /// What stops the running statement, for work that does not borrow the session.
    pub(crate) fn control(&self) -> Arc<Control> {
        Arc::new(self.context.detached_control())
    }

    /// The cancellation flag of the running statement. It may be set from another thread or a signal handler.
    pub fn cancellation(&self) -> Cancellation {
        self.context.cancellation().clone()
    }

    /// Sets who asks in SHOW QUERIES and KILL. Without it, the session sees all queries of the engine.
    pub fn set_asker(&mut self, asker: Asker) {
        self.asker = asker;
    }

    /// Sets a script variable, which replaces `${name}` in later statements.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.script_variables.retain(|(known, _)| known != name);
        self.script_variables.push((name.to_string(), value.to_string()));
        self.cache.clear();
    }

    /// The value of a setting, as text.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name)
    }

    /// The names of all settings.
    pub fn settings_names(&self) -> Vec<&'static str> {
        Settings::names().collect()
    }

    /// The names in scope, each with a type such as `f64 [3]`.
    pub fn names(&self) -> Vec<(String, String)> {
        self.variables
            .iter()
            .map(|variable| {
                let kind = match variable.kind() {
                    Some((shape, dtype)) => format!("{dtype} {shape}"),
                    None => match &variable.value {
                        Value::Dataset(_) => "dataset".to_string(),
                        Value::Column(..) => "column".to_string(),
                        _ => "alias".to_string(),
                    },
                };
                (variable.name.to_string(), kind)
            })
            .collect()
    }

    /// All functions, in the order of the function reference.
    pub fn functions() -> Vec<&'static crate::FunctionDef> {
        Registry::global().all().collect()
    }

    /// All functions that only queries have, in the order of the function reference.
    pub fn query_functions() -> Vec<&'static crate::QueryFunction> {
        crate::QueryFunction::all().collect()
    }

    /// The bytes held by the session's tensors and scratch memory.
    pub fn memory_used(&self) -> usize {
        self.pool.used()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.engine.catalog.leave(&self.database, &self.own);
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("database", &self.database).finish_non_exhaustive()
    }
}
