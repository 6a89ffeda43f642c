//! The right that each statement takes: one table over the kinds of parsed statements.

use linal::ast::objects::ObjectStatement;
use linal::ast::relational::{ImportFile, Relational, StoredKind};
use linal::ast::{Ident, JobStatement, Statement};
use linal::{Session, Span, TokenClass, tokens};
use linal_error::Code;

use super::Principal;
use crate::http::{ApiError, ApiResult};

/// What a token may do. A higher right includes the lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Look at databases, and compute in a session of its own.
    Read,
    /// Change what is in databases.
    Write,
    /// Make and drop databases, see the work of others.
    Admin,
}

impl Right {
    /// The name on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Write => "write",
            Right::Admin => "admin",
        }
    }

    /// The right of a name.
    pub fn parse(name: &str) -> Option<Right> {
        [Right::Read, Right::Write, Right::Admin].into_iter().find(|right| right.name() == name)
    }
}

/// The right that a statement takes. There is no arm for all others: a new kind of statement does not compile
/// until it has its line here.
pub fn required(statement: &Statement) -> Right {
    match statement {
        // These change the session and nothing else.
        Statement::Declare(_)
        | Statement::Define(_)
        | Statement::Let(_)
        | Statement::Bind { .. }
        | Statement::Derive { .. }
        | Statement::Show(_)
        | Statement::Set(_)
        | Statement::ResetSession
        | Statement::Help { .. }
        | Statement::Use { .. }
        | Statement::Begin
        | Statement::Commit
        | Statement::Rollback
        // The statement that it runs was checked by PREPARE of the same session.
        | Statement::Execute { .. }
        | Statement::Deallocate { .. }
        // Its own ones; the list knows who asks.
        | Statement::Kill { .. } => Right::Read,
        Statement::Explain { statement, .. } | Statement::Prepare { statement, .. } => required(statement),
        Statement::CreateDatabase { .. }
        | Statement::AlterDatabase { .. }
        | Statement::DropDatabase { .. }
        | Statement::BackupDatabase { .. }
        | Statement::ExportDatabase { .. }
        | Statement::Checkpoint => Right::Admin,
        Statement::Job(statement) => required_of_job(statement),
        // One of the session takes no right, see `check_statement`; there may be a saved one.
        Statement::DropTensor { .. } => Right::Write,
        Statement::Relational(statement) => required_relational(statement),
    }
}

/// A job takes the right of what it runs; a schedule stays in the directory, so that it takes at least `write`. Whose
/// jobs and schedules a session sees is its owner's.
fn required_of_job(statement: &JobStatement) -> Right {
    let least = match statement {
        JobStatement::Submit(_) | JobStatement::Show(_) | JobStatement::Cancel { .. } => Right::Read,
        JobStatement::CreateSchedule(_)
        | JobStatement::AlterSchedule { .. }
        | JobStatement::DropSchedule { .. } => Right::Write,
    };
    statement.body().iter().map(required).fold(least, Right::max)
}

/// Whether a statement drops a tensor that only the session has.
fn drops_own_tensor(statement: &Statement, session: &Session) -> bool {
    matches!(statement, Statement::DropTensor { name, .. } if session.has_name(&name.name))
}

fn required_relational(statement: &Relational) -> Right {
    match statement {
        Relational::Query(_) | Relational::Audit(_) | Relational::List(_) | Relational::Diff { .. } => {
            Right::Read
        }
        // USE DATASET opens a file for this session only.
        Relational::Import(ImportFile { copy: false, .. }) => Right::Read,
        Relational::Load { kind: StoredKind::Tensor, .. } => Right::Read,
        Relational::Search(search) if search.into.is_none() => Right::Read,
        // What is temporary is in the session and nowhere else.
        Relational::Create(create) if create.temporary => Right::Read,
        Relational::Object(statement) => required_of_object(statement),
        Relational::Search(_)
        | Relational::Create(_)
        | Relational::Drop { .. }
        | Relational::Insert(_)
        | Relational::Update(_)
        | Relational::Delete(_)
        | Relational::Merge(_)
        | Relational::Alter { .. }
        | Relational::Materialize(_)
        // It makes the dataset where there is none of the name.
        | Relational::LetDataset { .. }
        | Relational::Attach { .. }
        | Relational::SetMetadata { .. }
        | Relational::CreateIndex(_)
        | Relational::DropIndex { .. }
        | Relational::DefinePipeline(_)
        | Relational::ApplyPipeline { .. }
        | Relational::DropPipeline { .. }
        | Relational::Transform { .. }
        | Relational::Import(_)
        | Relational::Export { .. }
        | Relational::Save { .. }
        | Relational::Load { .. }
        | Relational::Deliver { .. }
        | Relational::Restore { .. }
        | Relational::ExpireVersions { .. } => Right::Write,
    }
}

fn required_of_object(statement: &ObjectStatement) -> Right {
    match statement {
        ObjectStatement::List(_) => Right::Read,
        ObjectStatement::DropSchema { .. } => Right::Admin,
        statement if statement.is_temporary() => Right::Read,
        ObjectStatement::CreateView(_)
        | ObjectStatement::CreateMacro(_)
        | ObjectStatement::CreateSequence(_)
        | ObjectStatement::CreateType(_)
        | ObjectStatement::Drop { .. }
        | ObjectStatement::Rename { .. }
        | ObjectStatement::Comment { .. } => Right::Write,
    }
}

/// Checks a statement of a script before it runs. A text that cannot be parsed passes: it fails when it runs,
/// with a better message.
///
/// # Errors
/// 403 for a right or a database that the token does not have.
pub fn check_statement(principal: &Principal, session: &Session, script: &str, span: Span) -> ApiResult<()> {
    if principal.is_unbounded() {
        return Ok(());
    }
    let statement = match session.parse(script, span) {
        Ok(statement) => statement,
        // What was not read to its end was not checked, and may be read to its end when it runs.
        Err(error) if error.is(Code::Timeout) || error.is(Code::Cancelled) => {
            return Err(ApiError::of_engine(&error));
        }
        Err(_) => return Ok(()),
    };
    let right = if drops_own_tensor(&statement, session) { Right::Read } else { required(&statement) };
    principal.require(right)?;
    check_databases(principal, &statement)?;
    // The steps of a pipeline may have been written by somebody who may read more.
    if let Some(steps) = applied_pipeline(&statement).and_then(|name| session.pipeline_text(&name.name)) {
        check_qualifiers(principal, session, &steps)?;
    }
    // What it runs may mean more than when it was prepared: a pipeline may have been defined anew.
    if let Statement::Execute { name, .. } = &statement
        && let Some(text) = session.prepared_text(&name.name)
    {
        check_statement(principal, session, &text, Span::new(0, text.len()))?;
    }
    check_objects(principal, session, span.text(script))?;
    check_qualifiers(principal, session, span.text(script))
}

/// The pipeline that a statement applies, or would if it were run.
fn applied_pipeline(statement: &Statement) -> Option<&Ident> {
    match statement {
        Statement::Explain { statement, .. } | Statement::Prepare { statement, .. } => {
            applied_pipeline(statement)
        }
        Statement::Relational(relational) => match &**relational {
            Relational::ApplyPipeline { name, .. } => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Checks the databases that a statement names, and those of the statements that it keeps for later.
fn check_databases(principal: &Principal, statement: &Statement) -> ApiResult<()> {
    if let Some(database) = named_database(statement) {
        principal.require_database(&database.name)?;
    }
    let Statement::Job(job) = statement else { return Ok(()) };
    job.body().iter().try_for_each(|statement| check_databases(principal, statement))
}

fn named_database(statement: &Statement) -> Option<&Ident> {
    match statement {
        Statement::Use { name }
        | Statement::CreateDatabase { name, .. }
        | Statement::AlterDatabase { name, .. }
        | Statement::DropDatabase { name, .. }
        | Statement::BackupDatabase { name, .. }
        | Statement::ExportDatabase { name, .. } => Some(name),
        Statement::Explain { statement, .. } | Statement::Prepare { statement, .. } => {
            named_database(statement)
        }
        Statement::Relational(relational) => match &**relational {
            Relational::Object(statement) => match &**statement {
                ObjectStatement::DropSchema { name, .. } => Some(name),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Checks the texts of the views and macros that a text names, and of those that they name: somebody who may read more
/// may have written them. A number of a sequence is a change of the database.
fn check_objects(principal: &Principal, session: &Session, text: &str) -> ApiResult<()> {
    let mut pending = vec![text.to_owned()];
    let mut seen: Vec<String> = Vec::new();
    while let Some(text) = pending.pop() {
        for (span, class) in tokens(&text) {
            if !matches!(class, TokenClass::Name | TokenClass::Keyword) {
                continue;
            }
            let name = span.text(&text).trim_matches(['`', '"']).to_lowercase();
            if name == "nextval" {
                principal.require(Right::Write)?;
            }
            if seen.contains(&name) {
                continue;
            }
            for body in session.object_texts(&name) {
                check_qualifiers(principal, session, &body)?;
                pending.push(body);
            }
            seen.push(name);
        }
    }
    Ok(())
}

/// Checks the names before a dot: one that is a database must be one that the token has. A qualifier that
/// happens to have the name of a foreign database is refused, too, which is the safe side.
fn check_qualifiers(principal: &Principal, session: &Session, text: &str) -> ApiResult<()> {
    let Ok(databases) = session.databases() else { return Ok(()) };
    let foreign: Vec<&String> = databases.iter().filter(|name| !principal.may_use(name)).collect();
    if foreign.is_empty() {
        return Ok(());
    }
    let mut before: Option<&str> = None;
    for (span, class) in tokens(text) {
        let token = span.text(text);
        if class == TokenClass::Comment {
            continue;
        }
        if let (true, Some(name)) = (token.starts_with('.'), before) {
            let name = name.trim_matches(['`', '"']).to_lowercase();
            if foreign.iter().any(|database| database.to_lowercase() == name) {
                principal.require_database(&name)?;
            }
        }
        before = Some(token);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use linal::{Engine, Limits, split};

    /// Statements of every kind. The keyword of each is the one that `Statement::keyword` gives.
    const KINDS: &[(&str, Right)] = &[
        ("VECTOR v = [1]", Right::Read),
        ("MATRIX m = [[1]]", Right::Read),
        ("DEFINE t AS TENSOR [1] VALUES [1]", Right::Read),
        ("LET x = 1", Right::Read),
        ("LAZY LET x = 1", Right::Read),
        ("BIND a TO x", Right::Read),
        ("DERIVE y FROM x", Right::Read),
        ("SHOW x", Right::Read),
        ("SHOW DATABASES", Right::Read),
        ("EXPLAIN SELECT 1", Right::Read),
        ("EXPLAIN ANALYZE SELECT 1", Right::Read),
        ("EXPLAIN ANALYZE DELETE FROM t", Right::Write),
        ("DROP TENSOR x", Right::Write),
        ("SET timeout = '1s'", Right::Read),
        ("RESET SESSION", Right::Read),
        ("HELP", Right::Read),
        ("CREATE DATABASE d", Right::Admin),
        ("ALTER DATABASE d SET timeout = '1s'", Right::Admin),
        ("DROP DATABASE d", Right::Admin),
        ("BACKUP DATABASE d TO 'p'", Right::Admin),
        ("EXPORT DATABASE d TO DUCKLAKE 'p'", Right::Admin),
        ("CHECKPOINT", Right::Admin),
        ("USE d", Right::Read),
        ("BEGIN", Right::Read),
        ("COMMIT", Right::Read),
        ("ROLLBACK", Right::Read),
        ("PREPARE p AS SELECT $1", Right::Read),
        ("PREPARE p AS DELETE FROM t WHERE a = $1", Right::Write),
        ("PREPARE p AS DROP DATABASE d", Right::Admin),
        ("EXECUTE p(1)", Right::Read),
        ("DEALLOCATE p", Right::Read),
        ("KILL 5-1", Right::Read),
        ("SHOW QUERIES", Right::Read),
        ("SELECT 1", Right::Read),
        ("DATASET t COLUMNS (a: Int)", Right::Write),
        ("CREATE TABLE t (a Int)", Right::Write),
        ("DROP DATASET t", Right::Write),
        ("INSERT INTO t VALUES (1)", Right::Write),
        ("UPDATE t SET a = 1", Right::Write),
        ("DELETE FROM t", Right::Write),
        ("ALTER DATASET t ADD COLUMN b: Int", Right::Write),
        ("MATERIALIZE t", Right::Write),
        ("LET d = dataset(\"t\")", Right::Write),
        ("ATTACH x TO t.c", Right::Write),
        ("SET DATASET t METADATA k = \"v\"", Right::Write),
        ("AUDIT DATASET t", Right::Read),
        ("LIST DATASETS", Right::Read),
        ("SEARCH t ON v QUERY [1] LIMIT 1", Right::Read),
        ("SEARCH t ON v QUERY [1] LIMIT 1 INTO u", Right::Write),
        ("CREATE INDEX i ON t(a)", Right::Write),
        ("DROP INDEX i", Right::Write),
        ("DEFINE PIPELINE p AS WHERE a > 1", Right::Write),
        ("APPLY PIPELINE p ON t", Right::Write),
        ("DROP PIPELINE p", Right::Write),
        ("TRANSFORM t SELECT a", Right::Write),
        ("USE DATASET FROM 'f.csv'", Right::Read),
        ("IMPORT DATASET FROM 'f.csv'", Right::Write),
        ("EXPORT t TO 'f.csv'", Right::Write),
        ("SAVE TENSOR x", Right::Write),
        ("LOAD TENSOR x", Right::Read),
        ("LOAD DATASET t", Right::Write),
        ("DELIVER t", Right::Write),
        ("RESTORE DATASET t", Right::Write),
        ("DIFF DATASET t VERSION 1 2", Right::Read),
        ("EXPIRE VERSIONS t KEEP 1", Right::Write),
        ("CREATE VIEW v AS SELECT 1", Right::Write),
        ("CREATE TEMP VIEW v AS SELECT 1", Right::Read),
        ("CREATE MACRO f(a) AS a", Right::Write),
        ("CREATE FUNCTION f(a) AS TABLE SELECT a", Right::Write),
        ("CREATE SEQUENCE s", Right::Write),
        ("CREATE TYPE t AS ENUM ('a')", Right::Write),
        ("CREATE TEMP TABLE t (a Int)", Right::Read),
        ("CREATE SCHEMA s", Right::Admin),
        ("DROP SCHEMA s CASCADE", Right::Admin),
        ("DROP VIEW v", Right::Write),
        ("DROP MACRO TABLE f", Right::Write),
        ("DROP SEQUENCE s", Right::Write),
        ("DROP TYPE t", Right::Write),
        ("ALTER VIEW v RENAME TO w", Right::Write),
        ("COMMENT ON TABLE t IS 'c'", Right::Write),
        ("SHOW VIEWS", Right::Read),
        ("SUBMIT JOB DO (SELECT 1)", Right::Read),
        ("SUBMIT JOB DO (SELECT 1; INSERT INTO t VALUES (1))", Right::Write),
        ("SUBMIT JOB DO (SUBMIT JOB DO (DROP DATABASE d))", Right::Admin),
        ("SHOW JOBS", Right::Read),
        ("CANCEL JOB '1'", Right::Read),
        ("CREATE SCHEDULE s EVERY '5m' DO (SELECT 1)", Right::Write),
        ("CREATE SCHEDULE s EVERY '5m' DO (CHECKPOINT)", Right::Admin),
        ("ALTER SCHEDULE s PAUSE", Right::Write),
        ("DROP SCHEDULE s", Right::Write),
        ("SHOW SCHEDULES", Right::Read),
    ];

    #[test]
    fn every_kind_of_statement_has_its_right() {
        let session = Engine::default().session();
        for (text, right) in KINDS {
            let span = split(text).next().unwrap().unwrap().span;
            let statement = session.parse(text, span).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(required(&statement), *right, "{text}");
            let reader = Principal::new("r", Right::Read, &[]);
            assert_eq!(
                check_statement(&reader, &session, text, span).is_ok(),
                *right == Right::Read,
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_that_was_not_read_to_its_end_is_refused() {
        let mut session = Engine::default().session();
        let text = format!("INSERT INTO t VALUES {}(1)", "(1), ".repeat(50_000));
        let reader = Principal::new("r", Right::Read, &[]);
        let check = |session: &Session| check_statement(&reader, session, &text, Span::new(0, text.len()));
        assert_eq!(check(&session).unwrap_err().status().as_u16(), 403);
        session.set_limits(Limits { timeout: Some(Duration::from_nanos(1)), ..Limits::default() });
        assert!(check(&session).is_err());
    }

    #[test]
    fn other_databases_are_refused() {
        let mut session = Engine::default().session();
        session.execute("CREATE DATABASE secret").unwrap();
        let bound = Principal::new("b", Right::Admin, &["Default".to_owned()]);
        let check = |text: &str| {
            let span = split(text).next().unwrap().unwrap().span;
            check_statement(&bound, &session, text, span).is_ok()
        };
        assert!(check("SELECT * FROM default.t") && check("SELECT 'secret.t'") && check("USE default"));
        for text in [
            "SELECT * FROM secret.t",
            "SELECT * FROM `Secret` /* x */ . t",
            "SHOW secret.t.c",
            "INSERT INTO SECRET.t VALUES (1)",
            "USE secret",
            "DROP DATABASE secret",
            "SUBMIT JOB DO (USE secret)",
            "SUBMIT JOB DO (SELECT * FROM secret.t)",
        ] {
            assert!(!check(text), "{text}");
        }
        session.execute("DEFINE PIPELINE p AS WHERE a IN (SELECT a FROM secret.t)").unwrap();
        session.execute("CREATE TABLE secret.t (a Int)").unwrap();
        session.execute("CREATE VIEW v AS SELECT a FROM secret.t").unwrap();
        session.execute("CREATE VIEW w AS SELECT a FROM v").unwrap();
        session.execute("CREATE MACRO f(x) AS (SELECT MAX(a) + x FROM secret.t)").unwrap();
        session.execute("PREPARE q AS APPLY PIPELINE p ON t").unwrap();
        for text in [
            "APPLY PIPELINE p ON t",
            "EXPLAIN APPLY PIPELINE p ON t",
            "PREPARE q AS APPLY PIPELINE p ON t",
            "EXECUTE q",
            "SELECT * FROM v",
            "SELECT * FROM w",
            "LET x = f(1)",
            "SELECT f(1)",
        ] {
            assert!(check_statement(&bound, &session, text, Span::new(0, text.len())).is_err(), "{text}");
        }
    }
}
