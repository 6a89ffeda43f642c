//! An expression means the same everywhere: every expression of the golden scripts runs in every position
//! that allows an expression, over tensors of the session and over columns whose cells are these tensors.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field};
use libtest_mimic::{Failed, Trial};
use linal::{Code, ColumnType, DType, Outcome, RowSet, Session, Tensor, split};
use linal_engine::{Columns, Registry};
use linal_lang::ast::{Expr, ExprKind, Node, NumberArray, Numbers, Show, Statement};
use linal_lang::parse_statement;
use linal_store::{TensorType, column_to_tensor};
use linal_tensor::{Shape, Take, dispatch};
use linal_tests::{Script, scripts};

use crate::harness::{ensure, session, test};
use crate::workspace;

/// The minimum number of expressions, so that the test cannot pass vacuously.
const EXPRESSIONS: usize = 250;

/// Cells of more elements, and larger sizes, would take long and show nothing new.
const LARGE: i64 = 5_000;

/// Scripts of statements about limits that a query reaches elsewhere, and of list literals whose integers have
/// more digits than a column of floats.
const LEFT_OUT: &[&str] = &["errors/limits.lnl", "right/exact_integers_beside_floats.lnl"];

/// Functions that are syntax in a query.
const GRAMMAR: &[&str] = &["CAST", "COALESCE"];

/// A tensor that is STRICT is not broadcast.
const STRICT: &str = Code::StrictBroadcast.number();

/// NULL, which is no tensor and the value of a CASE without ELSE.
const NO_TENSOR: &str = Code::NotATensor.number();

/// A shape that differs from row to row.
const NOT_CONSTANT: &str = Code::NotConstant.number();

/// A name that is none.
const UNKNOWN_NAME: &str = Code::UnknownName.number();

/// A tensor that no column holds.
const NO_CELL: &str = Code::InvalidType.number();

/// A zero vector has no direction: an error of a tensor statement, and NULL in a query.
const UNDEFINED: &str = Code::UndefinedResult.number();

pub fn trials() -> Vec<Trial> {
    let root = workspace().join("crates/linal-tests/scripts");
    let named = scripts(&root).into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        (path, name)
    });
    let named: Vec<_> = named.filter(|(_, name)| !LEFT_OUT.contains(&name.as_str())).collect();
    let files = named.clone();
    let mut trials: Vec<Trial> = named
        .into_iter()
        .map(|(path, name)| {
            let title = format!("meaning::{}", name.trim_end_matches(".lnl"));
            test(title, move || wherever_it_stands(&path, &name))
        })
        .collect();
    trials.push(test("meaning::expressions_are_many", move || {
        let counts = files.iter().map(|(path, name)| count(path, name));
        let all: usize = counts.sum::<Result<usize, Failed>>()?;
        ensure(all >= EXPRESSIONS, || format!("{all} expressions are too few"))
    }));
    trials
}

fn wherever_it_stands(path: &Path, name: &str) -> Result<(), Failed> {
    let script = Script::parse(name, &fs::read_to_string(path)?)?;
    // Without its directory it would save to the working directory.
    if script.needs_directory() {
        return Ok(());
    }
    let (_engine, mut session) = session();
    let mut wrong = Vec::new();
    for fragment in split(&script.text).flatten() {
        let statement = fragment.span.text(&script.text);
        if let Some(question) = Question::of(statement) {
            wrong.extend(question.differences(&mut session)?);
        }
        // Scripts contain statements that are errors on purpose.
        let _ = session.execute_fragment(&script.text, fragment.span);
    }
    ensure(wrong.is_empty(), || wrong.join("\n"))
}

fn count(path: &Path, name: &str) -> Result<usize, Failed> {
    let script = Script::parse(name, &fs::read_to_string(path)?)?;
    let statements = split(&script.text).flatten().map(|fragment| fragment.span.text(&script.text));
    Ok(statements.filter(|statement| Question::of(statement).is_some()).count())
}

/// An expression in the syntax of queries.
struct Question {
    text: String,
    /// The tensors of the session that it reads.
    names: BTreeSet<String>,
}

/// The result of an expression: a tensor, NULL, or the code of an error.
enum Answer {
    Tensor(Tensor),
    Null,
    Error(String),
}

/// A dataset whose rows all have the same operands, and its number of rows.
type Table = (&'static str, usize);

/// Rows that read tensors of the session.
const VALUES: Table = ("values__", 2);

/// Rows whose cells are the operands.
const CELLS: Table = ("cells__", 3);

impl Question {
    /// The expression of a LET or SHOW; `None` for expressions that queries parse differently, and for those
    /// that read files.
    fn of(statement: &str) -> Option<Question> {
        let span = linal::Span::new(0, statement.len());
        let expr = match parse_statement(statement, span, Registry::global()).ok()? {
            Statement::Let(let_) => let_.value,
            Statement::Show(Show::Value(expr)) => expr,
            _ => return None,
        };
        if matches!(expr.root().kind, ExprKind::Str(_)) {
            return None;
        }
        let mut names = BTreeSet::new();
        let mut nodes: Vec<Node> = expr.nodes().to_vec();
        for node in &mut nodes {
            match &mut node.kind {
                ExprKind::Int(number) if *number > LARGE && *number < 1_000_000_000 => return None,
                ExprKind::Numbers(numbers) if is_large(numbers) => return None,
                ExprKind::Subquery { .. } | ExprKind::Member { .. } | ExprKind::Null => return None,
                ExprKind::Name(name) => {
                    names.insert(name.to_lowercase());
                }
                ExprKind::Call { name, .. } => {
                    let called = called(name)?;
                    *name = called;
                }
                _ => {}
            }
        }
        // The only function that has its own syntax in queries.
        let text = Expr::from_nodes(nodes)?.to_string().replace(", dtype => ", " AS ");
        Some(Question { text, names })
    }

    /// A condition that is true for each row when the expression has its value. For tensors and errors it is
    /// true of any value: the test is that they are computed.
    fn holds(&self, expected: &Answer) -> String {
        let text = &self.text;
        match expected {
            Answer::Tensor(tensor) if tensor.shape().rank() == 0 && tensor.dtype() == DType::F64 => {
                format!("(({text}) IS NOT DISTINCT FROM expected__ OR ABS(({text}) - expected__) <= 1e-13)")
            }
            Answer::Tensor(tensor) if tensor.shape().rank() == 0 && !tensor.dtype().is_complex() => {
                format!("({text}) IS NOT DISTINCT FROM expected__")
            }
            _ => format!("((CASE WHEN id >= 0 THEN {text} END) IS NOT NULL OR id >= 0)"),
        }
    }

    /// Positions with another result than in a tensor statement.
    fn differences(&self, session: &mut Session) -> Result<Vec<String>, Failed> {
        if session
            .names()
            .iter()
            .any(|(name, kind)| self.names.contains(&name.to_lowercase()) && elements(kind) > LARGE)
        {
            return Ok(Vec::new());
        }
        let text = &self.text;
        let expected = match session.execute(&format!("SHOW {text}")) {
            Ok(Outcome::Tensor { tensor, .. }) if tensor.shape().len() <= LARGE as usize => {
                Answer::Tensor(*tensor)
            }
            Ok(_) => return Ok(Vec::new()),
            Err(error) => Answer::Error(error.code().number().to_string()),
        };
        session.execute("DATASET values__ FROM ROWS([1, 2]) SELECT row AS id")?;
        let mut tables = vec![VALUES];
        let items: Vec<String> = self.names.iter().map(|name| format!(", `{name}` AS `{name}`")).collect();
        let cells = format!("DATASET cells__ FROM ROWS([1, 2, 3]) SELECT row AS id{}", items.concat());
        match session.execute(&cells) {
            Ok(_) => tables.push(CELLS),
            // A tensor without elements is no cell, and an unknown name no tensor.
            Err(error)
                if error.is(Code::UnknownName) && self.names.iter().all(|name| is_name(session, name)) =>
            {
                return Err(format!("{cells}: {error}").into());
            }
            Err(_) => {}
        }
        let mut wrong = Vec::new();
        for table in tables {
            let selected = session.execute(&format!("SELECT {text} AS y__ FROM {}", table.0));
            let is_list =
                matches!(&selected, Ok(Outcome::Rows(set)) if set.schema.field(0).data_type().is_list());
            // A column has no type for cells without elements, or whose number of elements depends on the
            // values.
            let column = match &expected {
                Answer::Tensor(tensor) if !is_list && !tensor.shape().is_empty() => Some(column_type(tensor)),
                _ => None,
            };
            if let Answer::Tensor(tensor) = &expected {
                session.bind_tensor("expected__", tensor.clone());
            }
            let holds = self.holds(&expected);
            for (place, statements) in places(text, table.0, &holds, column.as_deref()) {
                let got = answer(session, &statements, table.1);
                if !expected.is_met_by(&got) && !is_rule_of_queries(text, table, &expected, &got) {
                    wrong.push(format!("{place} over {}: {text}\n  {expected:?}\n  {got:?}", table.0));
                }
            }
            session.execute(&format!("DROP DATASET {}", table.0))?;
        }
        Ok(wrong)
    }
}

fn is_name(session: &Session, name: &str) -> bool {
    session.names().iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// The number of elements of a tensor, from its type such as `f64 [2, 3]`.
fn elements(kind: &str) -> i64 {
    let dims = kind.split_once('[').map_or("", |(_, dims)| dims.trim_end_matches(']'));
    dims.split(", ").filter_map(|size| size.parse::<i64>().ok()).product()
}

fn is_large(numbers: &NumberArray) -> bool {
    match &numbers.data {
        Numbers::Int(values) => values.iter().any(|value| *value > LARGE),
        _ => false,
    }
}

/// The name of a function in queries; `None` when they do not have it.
fn called(name: &str) -> Option<Box<str>> {
    let definition = Registry::global().find(name)?;
    match definition.columns {
        Columns::Never if GRAMMAR.contains(&definition.name) => Some(name.into()),
        Columns::Never => None,
        Columns::AllNames | Columns::Lists => Some(name.into()),
        Columns::Names(others) => others.first().map(|other| (*other).into()),
    }
}

/// The positions of an expression, each with the statements that put it there; the first column of the last
/// one is its value.
///
/// `holds` is a condition that is true when the expression has its value.
fn places(
    text: &str,
    table: &str,
    holds: &str,
    column_type: Option<&str>,
) -> Vec<(&'static str, Vec<String>)> {
    let query = |query: String| vec![query];
    let column = format!("SELECT y__ FROM {table}");
    let drop = format!("ALTER DATASET {table} DROP COLUMN y__");
    let mut places = vec![
        ("SELECT", query(format!("SELECT {text} AS y__ FROM {table}"))),
        ("FROM", query(format!("SELECT y__ FROM (SELECT {text} AS y__ FROM {table}) q"))),
        ("CASE", query(format!("SELECT CASE WHEN id >= 0 THEN {text} END AS y__ FROM {table}"))),
        ("WHERE", query(format!("SELECT {text} AS y__ FROM {table} WHERE {holds}"))),
        (
            "ORDER BY",
            query(format!(
                "SELECT {text} AS y__ FROM {table} ORDER BY CASE WHEN {holds} THEN id ELSE -id END"
            )),
        ),
        (
            "HAVING",
            query(format!(
                "SELECT {text} AS y__ FROM {table} WHERE id IN \
                 (SELECT id FROM {table} GROUP BY id HAVING MAX(CASE WHEN {holds} THEN 1 ELSE 0 END) = 1)"
            )),
        ),
        (
            "ALTER",
            vec![format!("ALTER DATASET {table} ADD COLUMN y__ = {text}"), column.clone(), drop.clone()],
        ),
        (
            "COMPUTE",
            vec![
                format!("DEFINE PIPELINE p__ AS COMPUTE y__ = {text} THEN SELECT y__"),
                format!("APPLY PIPELINE p__ ON {table} INTO applied__"),
                "SELECT y__ FROM applied__".to_string(),
                "DROP DATASET applied__".to_string(),
            ],
        ),
    ];
    if let Some(column_type) = column_type {
        places.push((
            "UPDATE",
            vec![
                format!("ALTER DATASET {table} ADD COLUMN y__: {column_type}?"),
                format!("UPDATE {table} SET y__ = {text}"),
                column,
                drop,
            ],
        ));
    }
    places
}

/// The type of a column that holds a tensor in each row.
fn column_type(tensor: &Tensor) -> String {
    let shape = if tensor.shape().rank() == 0 { Shape::new(&[1]) } else { tensor.shape().clone() };
    let scalar = match tensor.dtype() {
        DType::Bool => Some("Bool"),
        DType::I64 => Some("Int"),
        DType::F32 => Some("Real"),
        DType::F64 => Some("Float"),
        DType::C64 | DType::C128 => None,
    };
    match scalar.filter(|_| tensor.shape().rank() == 0) {
        Some(scalar) => scalar.to_string(),
        None => ColumnType::Tensor(TensorType { shape, dtype: tensor.dtype() }).to_string(),
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Answer::Tensor(tensor) => dispatch!(tensor.dtype(), T => {
                let first: Vec<T> = tensor.to_vec::<T>().into_iter().take(8).collect();
                write!(f, "{} {} {first:?}", tensor.dtype(), tensor.shape())
            }),
            Answer::Null => f.write_str("NULL"),
            Answer::Error(text) => f.write_str(text),
        }
    }
}

impl Answer {
    fn is_met_by(&self, got: &Answer) -> bool {
        match (self, got) {
            (Answer::Tensor(wanted), Answer::Tensor(got)) => equal(wanted, got),
            (Answer::Error(wanted), Answer::Error(got)) => got.starts_with(wanted),
            _ => false,
        }
    }
}

/// Whether the language reference specifies the difference.
fn is_rule_of_queries(text: &str, table: Table, expected: &Answer, got: &Answer) -> bool {
    // CONCAT of queries concatenates numbers as texts.
    if text == "CONCAT(1, 2)" {
        return true;
    }
    // A stored column does not know the length of the signals of its spectra.
    if text.contains("IFFT(") && table == CELLS {
        return matches!(got, Answer::Tensor(_));
    }
    match (expected, got) {
        (Answer::Error(wanted), Answer::Null) => {
            wanted == UNDEFINED || wanted == NO_TENSOR && text.starts_with("CASE")
        }
        // A column is not STRICT, whatever its cells came from.
        (Answer::Error(wanted), _) if wanted == STRICT && table == CELLS => true,
        // An argument that decides the shape of a column must be the same for all rows.
        (_, Answer::Error(got)) if got.starts_with(NOT_CONSTANT) && table == CELLS => true,
        // A number of a row is weak beside a tensor of singles, as a literal is.
        (Answer::Tensor(wanted), Answer::Tensor(got))
            if table == CELLS && wanted.dtype() == DType::F64 && got.dtype() == DType::F32 =>
        {
            let pairs = wanted.to_vec::<f64>().into_iter().zip(got.to_vec::<f32>());
            wanted.shape() == got.shape()
                && pairs.into_iter().all(|(x, y)| (x - f64::from(y)).abs() <= 1e-6 * (1.0 + x.abs()))
        }
        // The types of a query's CAST are syntax, and its numbers DataFusion's: their errors have other
        // codes.
        (Answer::Error(_), Answer::Error(_)) if text.starts_with("CAST(") => true,
        // Names are resolved before shapes, and a query does not know what else a name may be.
        (Answer::Error(_), Answer::Error(got)) if got.starts_with(UNKNOWN_NAME) => true,
        // No list holds complex numbers.
        (Answer::Tensor(tensor), Answer::Error(got)) if tensor.dtype().is_complex() => {
            got.contains("lists of complex numbers")
        }
        // A list of texts is a list in a query, and no tensor.
        (Answer::Error(wanted), Answer::Error(got)) if wanted == NO_TENSOR => {
            got.contains("List(Utf8") && got.ends_with("is no tensor")
        }
        // A cell has elements.
        (_, Answer::Error(got)) => got.starts_with(NO_CELL) && got.contains("is no value of a query"),
        _ => false,
    }
}

/// Runs statements; returns the result of a SELECT.
fn answer(session: &mut Session, statements: &[String], rows: usize) -> Answer {
    let mut answer = None;
    // All statements run, since the last ones drop what the first have created.
    for statement in statements {
        let found = match session.execute(statement) {
            Ok(Outcome::Rows(set)) if statement.starts_with("SELECT") => Some(value(&set, rows)),
            Ok(_) => None,
            Err(error) => Some(Answer::Error(error.to_string())),
        };
        answer = answer.or(found);
    }
    answer.unwrap_or(Answer::Null)
}

/// The common value of all rows.
fn value(set: &RowSet, rows: usize) -> Answer {
    let field = set.schema.field(0);
    let cells: Vec<Option<Tensor>> = set
        .batches
        .iter()
        .flat_map(|batch| (0..batch.num_rows()).map(|row| cell(field, batch.column(0), row)))
        .collect();
    let Some(first) = cells.first() else { return Answer::Error("no rows".to_string()) };
    let same = |other: &Option<Tensor>| match (first, other) {
        (Some(first), Some(other)) => equal(first, other),
        (None, None) => true,
        _ => false,
    };
    match first {
        _ if cells.len() != rows || !cells.iter().all(same) => Answer::Error(format!("rows: {cells:?}")),
        Some(tensor) => Answer::Tensor(tensor.clone()),
        None if set.batches.iter().all(|batch| batch.column(0).null_count() == batch.num_rows()) => {
            Answer::Null
        }
        None => Answer::Error(format!("{field} is no tensor")),
    }
}

/// The tensor of a cell; a list is a vector. `None` for NULL and for other values.
fn cell(field: &Field, column: &ArrayRef, row: usize) -> Option<Tensor> {
    if column.is_null(row) {
        return None;
    }
    if let DataType::List(item) = field.data_type() {
        return column_to_tensor(item, column.as_list::<i32>().value(row).as_ref()).ok();
    }
    let tensor = column_to_tensor(field, column.slice(row, 1).as_ref()).ok()?;
    tensor.index(&[Take::At(0)]).ok()
}

/// Whether numbers differ only by rounding: queries fuse other operations than tensor statements do.
fn is_near(a: &Tensor, b: &Tensor) -> bool {
    if a.dtype() != DType::F64 || b.dtype() != DType::F64 {
        return false;
    }
    let pairs = a.to_vec::<f64>().into_iter().zip(b.to_vec::<f64>());
    pairs.into_iter().all(|(x, y)| (x - y).abs() <= 1e-14 * (1.0 + x.abs()))
}

/// Equal in shape, dtype and every element up to rounding; NaN equals NaN.
fn equal(a: &Tensor, b: &Tensor) -> bool {
    // A complex number of a query is a vector of one element.
    let shapes =
        a.shape() == b.shape() || a.shape().rank() == 0 && a.dtype().is_complex() && b.shape().len() == 1;
    shapes
        && a.dtype() == b.dtype()
        && dispatch!(a.dtype(), T => {
            let text = |tensor: &Tensor| tensor.to_vec::<T>().iter().map(|x| format!("{x:?}")).collect::<Vec<_>>();
            text(a) == text(b)
        })
        || is_near(a, b)
}
