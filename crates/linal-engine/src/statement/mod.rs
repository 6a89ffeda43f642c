//! The statements, one file each.

mod alter;
mod alter_column;
mod alter_database;
mod attach;
mod audit;
mod bind_alias;
mod computed;
mod constraint;
mod copy;
mod create;
mod database;
mod declare;
mod define;
mod delete;
mod drop;
mod explain;
mod export;
mod help;
mod import;
mod index;
mod insert;
mod jobs;
mod let_;
mod list;
mod macro_calls;
mod maintenance;
mod merge;
mod metadata;
mod objects;
mod package;
mod pipeline;
mod prepared;
mod queries;
mod query;
mod relational;
mod retry;
mod returning;
mod saved;
mod search;
mod serial;
mod set;
mod show;
mod transaction;
mod transform;
mod update;
mod version;
mod version_diff;

pub(crate) use self::alter_database::{CONCURRENCY, QUEUE};
pub(crate) use self::constraint::{
    recheck as recheck_references, recheck_removed as recheck_removed_references,
    replaced as keep_constraints,
};
pub(crate) use self::database::enter as enter_database;
pub(crate) use self::objects::{check_dependencies, named_view};
pub(crate) use self::package::of_dataset as package_folder;
pub(crate) use self::query::{plan, result_schema, run_planned};

use linal_bind::{Variables, macros};
use linal_dataset::Result;
use linal_lang::ast::Statement;
use linal_lang::ast::objects::ObjectStatement;
use linal_lang::ast::relational::{Relational, StoredKind};
use linal_query::tensor_subquery;

use crate::durable::Durable;
use crate::outcome::Outcome;
use crate::session::{Session, Transaction};

/// Executes a parsed statement. Its spans are relative to `text`.
///
/// With a database directory, a statement that changes databases is a transaction of its own unless one is open. Outside of a
/// transaction, a statement whose change conflicts with that of another session runs again.
pub(crate) fn run(session: &mut Session, statement: &Statement, text: &str) -> Result<Outcome> {
    let engine = session.engine.clone();
    let Some(durable) = &engine.durable else {
        if session.transaction.is_some() || !changes_rows(statement) {
            return execute(session, statement, text);
        }
        return retry::until_done(session, |session| Ok(execute(session, statement, text)?));
    };
    if !changes_databases(session, statement) {
        return execute(session, statement, text);
    }
    if session.transaction.is_some() {
        let outcome = execute(session, statement, text)?;
        if let Some(transaction) = &mut session.transaction {
            transaction.note(session.shown.as_deref().unwrap_or(text));
        }
        return Ok(outcome);
    }
    if !looks_up(statement) {
        durable.check_writable()?;
    }
    if changes_rows(statement) {
        return retry::until_done(session, |session| alone(session, durable, statement, text));
    }
    alone(session, durable, statement, text).map_err(|failure| failure.error)
}

/// Executes a statement as a transaction of its own.
fn alone(
    session: &mut Session,
    durable: &Durable,
    statement: &Statement,
    text: &str,
) -> std::result::Result<Outcome, retry::Failure> {
    let engine = session.engine.clone();
    let begun = Transaction::begin(&engine.catalog, &session.own, Variables::default(), Some(durable))?;
    session.transaction = Some(begun);
    let outcome = execute(session, statement, text);
    let transaction = session.transaction.take();
    match (outcome, transaction) {
        (Ok(outcome), Some(mut transaction)) => {
            transaction.note(session.shown.as_deref().unwrap_or(text));
            let control = session.control();
            let transaction = transaction.of_job(session.job);
            let committed = transaction.commit(&engine.catalog, &session.own, Some(durable), &control);
            committed.map_err(|error| retry::Failure { error, at_commit: true })?;
            Ok(outcome)
        }
        (outcome, _) => Ok(outcome?),
    }
}

/// Whether a statement changes rows of a dataset, and nothing else.
fn changes_rows(statement: &Statement) -> bool {
    let Statement::Relational(relational) = statement else { return false };
    matches!(
        **relational,
        Relational::Insert(_) | Relational::Update(_) | Relational::Delete(_) | Relational::Merge(_)
    )
}

/// Whether a statement changes the databases only when a name is new: it runs on a directory that is only read.
fn looks_up(statement: &Statement) -> bool {
    matches!(statement, Statement::Relational(relational) if matches!(**relational, Relational::LetDataset { .. }))
}

/// Whether a statement may change datasets, pipelines, indexes or saved tensors.
fn changes_databases(session: &Session, statement: &Statement) -> bool {
    match statement {
        Statement::Relational(relational) => relational_changes(relational),
        Statement::AlterDatabase { .. } => true,
        Statement::DropTensor { name, .. } => session.variables.find(&name.name).is_none(),
        _ => false,
    }
}

fn relational_changes(statement: &Relational) -> bool {
    match statement {
        Relational::Query(_) | Relational::Audit(_) | Relational::List(_) | Relational::Export { .. } => {
            false
        }
        Relational::Search(search) => search.into.is_some(),
        // A saved tensor becomes a variable of the session; a tensor, a pipeline or a package may be a file.
        Relational::Load { kind: StoredKind::Tensor, .. } => false,
        Relational::Save { path, .. } | Relational::Deliver { path, .. } => path.is_none(),
        // A schema is created and dropped for all sessions at once, and what is temporary is in no directory.
        Relational::Object(statement) => {
            let is_elsewhere =
                matches!(**statement, ObjectStatement::List(_) | ObjectStatement::DropSchema { .. });
            !is_elsewhere && !statement.is_temporary()
        }
        Relational::Create(create) => !create.temporary,
        statement if version::is_of_store(statement) => false,
        _ => true,
    }
}

fn execute(session: &mut Session, statement: &Statement, text: &str) -> Result<Outcome> {
    let (statement, calls) = macro_calls::expanded(session, statement, text)?;
    execute_expanded(session, &statement, text).map_err(|error| macros::explained(error, &calls))
}

fn execute_expanded(session: &mut Session, statement: &Statement, text: &str) -> Result<Outcome> {
    let values = match tensor_subquery::expression(statement) {
        Some(expr) => tensor_subquery::run(&mut session.query_context(), expr, text)?,
        None => Vec::new(),
    };
    match statement {
        Statement::Declare(declare) => declare::run(session, declare),
        Statement::Define(define) => define::run(session, define),
        Statement::Let(let_) => let_::run(session, let_, &values, text),
        Statement::Bind { alias, target } => bind_alias::run(session, alias, target),
        Statement::Derive { name, value } => let_::derive(session, name, value, &values, text),
        Statement::Show(show) => show::run(session, show, &values, text),
        Statement::Explain { analyze, verbose, statement } => {
            explain::run(session, explain::Detail { analyze: *analyze, verbose: *verbose }, statement, text)
        }
        Statement::DropTensor { name, if_exists } => drop::run(session, name, *if_exists),
        Statement::Set(set) => set::run(session, set),
        Statement::ResetSession => set::reset(session),
        Statement::Help { topic } => help::run(topic.as_ref()),
        Statement::CreateDatabase { name, if_not_exists } => database::create(session, name, *if_not_exists),
        Statement::DropDatabase { name, if_exists } => database::drop(session, name, *if_exists),
        Statement::Use { name } => database::enter(session, name),
        Statement::BackupDatabase { name, path } => maintenance::backup(session, name, &path.text),
        Statement::ExportDatabase { name, path } => maintenance::export(session, name, &path.text),
        Statement::Checkpoint => maintenance::checkpoint(session),
        Statement::Begin => transaction::begin(session),
        Statement::Commit => transaction::commit(session),
        Statement::Rollback => transaction::rollback(session),
        Statement::AlterDatabase { name, set } => alter_database::run(session, name, set),
        Statement::Prepare { name, text, .. } => Ok(prepared::prepare(session, name, text)),
        Statement::Execute { name, arguments } => prepared::execute(session, name, arguments),
        Statement::Deallocate { name } => prepared::deallocate(session, name.as_ref()),
        Statement::Kill { id } => queries::kill(session, id),
        Statement::Job(statement) => jobs::run(session, statement),
        Statement::Relational(statement) => relational::run(session, statement, &values, text),
    }
}
