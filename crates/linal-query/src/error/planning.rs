//! Translates DataFusion's planning errors, with a function for each family of messages.

use linal_dataset::{Error, count};
use linal_error::{Code, suggest};

use super::wording::{in_our_words, type_name};
use crate::frontend::desugar::function_forms;

/// The families, in the order in which they are tried.
const FAMILIES: [fn(&str) -> Option<Error>; 21] = [
    unknown_function,
    condition,
    call_types,
    call_count,
    operands,
    cast,
    groups,
    where_aggregate,
    set_columns,
    subquery_columns,
    column_number,
    distinct_order,
    window,
    values_rows,
    repeated_names,
    alias_columns,
    truth,
    members,
    nested_aggregate,
    unknown_table,
    unsupported,
];

/// The error for a message.
pub(super) fn of(message: &str) -> Error {
    let message = plain(message);
    FAMILIES.iter().find_map(|family| family(message)).unwrap_or_else(|| match in_our_words(message) {
        Some(text) => Error::new(Code::BadQuery, text),
        None => Error::new(Code::BadQuery, "a query of this form cannot be planned"),
    })
}

/// A message without DataFusion's prefixes of nested errors.
fn plain(message: &str) -> &str {
    let mut rest = message.trim();
    while let Some(inner) = ["Error during planning: ", "type_coercion\ncaused by\n", "caused by\n"]
        .iter()
        .find_map(|prefix| rest.strip_prefix(prefix))
    {
        rest = inner.trim_start();
    }
    rest
}

/// The text between two parts of a message.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

/// Types by our names: `String, Int`.
fn types(text: &str) -> String {
    type_name(text)
}

fn wrong_arguments(message: String) -> Error {
    Error::new(Code::WrongArguments, message)
}

fn bad_query(message: impl Into<String>) -> Error {
    Error::new(Code::BadQuery, message)
}

/// Functions that are window functions only.
const WINDOW_FUNCTIONS: [&str; 8] =
    ["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"];

fn unknown_function(message: &str) -> Option<Error> {
    let rest = message.strip_prefix("Invalid function '")?;
    let (name, rest) = rest.split_once('\'')?;
    if WINDOW_FUNCTIONS.contains(&name) {
        let message = format!("{} is a window function, and has no OVER", name.to_uppercase());
        return Some(bad_query(message).with_help("OVER (ORDER BY x) says over which rows"));
    }
    let error = Error::unknown(Code::UnknownFunction, "function", &function_forms::shown(name), []);
    Some(match between(rest, "Did you mean '", "'").filter(|near| !near.starts_with("__")) {
        Some(near) => error.with_help(suggest::meant(near.to_uppercase())),
        None => error,
    })
}

fn condition(message: &str) -> Option<Error> {
    message.starts_with("Cannot create filter with non-boolean predicate").then(|| {
        let message = "a condition is one truth value for each row, and this one is not";
        Error::new(Code::DTypeMismatch, message).with_help("VEC_ANY(x) and VEC_ALL(x) make one of a tensor")
    })
}

/// The error for an invalid query that DataFusion reports as an internal error.
pub(super) fn mistake(message: &str) -> Option<Error> {
    let message = match message.split_once("user-defined coercion failed with: ") {
        Some((_, inner)) => inner,
        None => message,
    };
    let message = plain(message);
    [operands, call_types, call_count, condition, truth, members, cast, argument_type]
        .iter()
        .find_map(|family| family(message))
}

/// `The function 'f' expected 2 arguments but received 1`.
fn call_count(message: &str) -> Option<Error> {
    if message.starts_with("Substring without for/from") {
        return Some(wrong_arguments("SUBSTR takes 2 arguments at least".to_string()));
    }
    let name =
        between(message, "unction '", "'").or_else(|| between(message, "'", "' does not support zero"))?;
    let name = function_forms::shown(name);
    if message.contains("zero arguments") || message.contains("expected at least one argument") {
        return Some(wrong_arguments(format!("{name} takes one argument at least")));
    }
    let expected =
        between(message, " expected ", " argument").or_else(|| between(message, " expects ", " argument"))?;
    let received = message.rsplit_once(" but received ")?.1;
    let received: String = received.chars().take_while(char::is_ascii_digit).collect();
    let (expected, received) = (number(expected)?, received.parse::<usize>().ok()?);
    Some(wrong_arguments(format!("{name} takes {}, and not {received}", count(expected, "argument"))))
}

fn number(text: &str) -> Option<usize> {
    if text == "zero" { Some(0) } else { text.parse().ok() }
}

/// A call with argument types that the function does not accept.
fn call_types(message: &str) -> Option<Error> {
    // A wrong number of arguments is the better explanation.
    if message.contains(" but received ") && call_count(message).is_some() {
        return None;
    }
    let (name, given) = match between(message, "argument types '", "'. You might") {
        Some(call) => {
            call.split_once('(').map(|(name, types)| (name, types.strip_suffix(')').unwrap_or(types)))?
        }
        None => {
            let name = between(message, "a call to '", "' function")
                .or_else(|| between(message, "unction '", "'"))
                .or_else(|| between(message, "", " does not support type"))?;
            let given = between(message, "coercion from ", " to the signature")
                .or_else(|| between(message, "but received ", " (DataType"))
                .or_else(|| message.split_once("but received ").map(|(_, given)| given))
                .or_else(|| message.split_once("does not support type ").map(|(_, given)| given))
                .or_else(|| between(message, &format!("'{name}' "), " are not coercible"))
                .or_else(|| between(message, &format!("'{name}' "), " is not comparable"))
                .or_else(|| between(message, "could not coerce ", " to a common"))?;
            (name, given)
        }
    };
    if name.contains(' ') {
        return None;
    }
    let name = function_forms::shown(name);
    Some(if given.is_empty() {
        wrong_arguments(format!("{name} takes one argument at least"))
    } else {
        wrong_arguments(format!("{name} does not take {}", types(given.trim_end_matches('.'))))
            .with_help(format!("HELP {name} shows what it takes"))
    })
}

/// The text before the operands in messages about invalid operand types.
const OPERATIONS: [&str; 10] = [
    "Cannot infer common argument type for comparison operation ",
    "Cannot infer common argument type for logical boolean operation ",
    "Cannot infer common argument type for regex operation ",
    "Cannot infer common type for bitwise operation ",
    "Cannot coerce arithmetic expression ",
    "Cannot get result type for arithmetic operation ",
    "Cannot get result type for temporal operation ",
    "There isn't a common type to coerce ",
    "Cannot infer common string type for string concat operation ",
    "Failed to coerce types ",
];

/// Operators as DataFusion spells them.
const OPERATORS: [&str; 30] = [
    "=",
    "!=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "||",
    "&",
    "|",
    "#",
    "^",
    "<<",
    ">>",
    "~",
    "~*",
    "!~",
    "!~*",
    "AND",
    "OR",
    "LIKE",
    "ILIKE",
    "NOT LIKE",
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
];

/// An operator that does not accept its operand types.
fn operands(message: &str) -> Option<Error> {
    let operation = OPERATIONS.iter().find_map(|prefix| message.split_once(prefix).map(|(_, rest)| rest));
    let error = |op: &str, left: &str, right: &str| {
        let message = format!("`{op}` does not take {left} and {right}");
        Error::new(Code::DTypeMismatch, message).with_help("CAST one of them to the other's type")
    };
    if let Some(operation) = operation {
        if let Some((pair, op)) = operation.split_once(" in ") {
            let (left, right) = pair.split_once(" and ")?;
            let op = op.trim_end_matches(" expression");
            return Some(error(&op.to_uppercase(), &types(left), &types(right)));
        }
        let named = types(operation.lines().next().unwrap_or(operation));
        let named = named.split(" to valid types").next().unwrap_or(&named);
        let named = named.split(": ").next().unwrap_or(named).trim_end_matches('.');
        let op =
            OPERATORS.iter().filter(|op| named.contains(&format!(" {op} "))).max_by_key(|op| op.len())?;
        let (left, right) = named.split_once(&format!(" {op} "))?;
        return Some(error(op, left, right));
    }
    let of_case = "Failed to coerce then";
    if message.starts_with(of_case) || message.contains("CASE WHEN coercible types") {
        return Some(bad_query("the branches of a CASE have no common type"));
    }
    message
        .contains("to common types in CASE")
        .then(|| bad_query("the branches of a CASE have no common type"))
}

fn cast(message: &str) -> Option<Error> {
    let pair = message
        .strip_prefix("Unsupported CAST from ")
        .or_else(|| message.strip_prefix("Unsupported TRY_CAST from "))
        .or_else(|| message.strip_prefix("Cannot automatically convert "))?;
    let (from, to) = pair.split_once(" to ")?;
    let message = format!("{} cannot be cast to {}", types(from), types(to.lines().next().unwrap_or(to)));
    Some(Error::new(Code::BadCast, message))
}

/// An argument that a function takes for another type, as that of REVERSE.
fn argument_type(message: &str) -> Option<Error> {
    let pair = message.split_once("navailable default cast for native type ")?.1;
    let (wanted, given) = pair.split_once(" from physical type ")?;
    let given = types(given.lines().next().unwrap_or(given));
    Some(wrong_arguments(format!("a function takes a {}, and not a {given}", types(wanted))))
}

fn groups(message: &str) -> Option<Error> {
    let column = between(message, "column \"", "\" must appear in the GROUP BY")
        .or_else(|| between(message, "HAVING clause references: ", " must appear in the GROUP BY"))
        .or_else(|| between(message, "'", "' must appear in GROUP BY"))?;
    let column = in_our_words(column).filter(|column| column.len() < 100 && !column.contains('{'));
    let what = column.map_or_else(|| "a column".to_string(), |column| format!("`{column}`"));
    Some(
        bad_query(format!("{what} is neither in GROUP BY nor in an aggregate"))
            .with_help("ANY_VALUE(x) takes one of a group"),
    )
}

fn where_aggregate(message: &str) -> Option<Error> {
    message
        .starts_with("Aggregate functions are not allowed in the WHERE clause")
        .then(|| bad_query("WHERE is about rows, and has an aggregate").with_help("HAVING is about groups"))
}

fn set_columns(message: &str) -> Option<Error> {
    let (operation, _) = message.split_once(" queries have different number of columns")?;
    Some(bad_query(format!("the sides of {operation} have different numbers of columns")))
}

fn subquery_columns(message: &str) -> Option<Error> {
    let is_family = message.contains("should only return one column")
        || message.contains("must return exactly one column");
    if !is_family {
        return None;
    }
    let found = between(message, "but found ", ":").and_then(|found| found.parse::<usize>().ok());
    let found = found.map_or_else(String::new, |found| format!(", and this one has {found}"));
    Some(bad_query(format!("a subquery that stands for a value has one column{found}")))
}

fn column_number(message: &str) -> Option<Error> {
    if message.starts_with("Order by index starts at 1") {
        return Some(bad_query("ORDER BY counts columns from 1"));
    }
    let (clause, at, columns) = match message.strip_prefix("Order by column out of bounds, specified: ") {
        Some(rest) => {
            let (at, columns) = rest.split_once(", max: ")?;
            ("ORDER BY", at, columns)
        }
        None => {
            let at = between(message, "Cannot find column with position ", " in SELECT")?;
            ("GROUP BY", at, message.rsplit_once("1 to ")?.1)
        }
    };
    let columns: usize = columns.trim().parse().ok()?;
    Some(bad_query(format!("{clause} {at}: the query has {}", count(columns, "column"))))
}

fn distinct_order(message: &str) -> Option<Error> {
    if message.starts_with("SELECT DISTINCT ON expressions must match") {
        return Some(bad_query("ORDER BY begins with the expressions of DISTINCT ON"));
    }
    let columns = between(message, "ORDER BY expressions ", " must appear in select list")?;
    let columns = in_our_words(columns).unwrap_or_else(|| "an expression".to_string());
    Some(bad_query(format!("SELECT DISTINCT is ordered by {columns}, which it does not select")))
}

fn window(message: &str) -> Option<Error> {
    if let Some(name) = between(message, "The window ", " is not defined") {
        return Some(Error::new(Code::UnknownName, format!("there is no window `{name}`")));
    }
    if let Some(name) = between(message, "The window ", " is defined multiple times") {
        return Some(Error::new(Code::DuplicateName, format!("the window `{name}` is there twice")));
    }
    if message.starts_with("QUALIFY clause requires window functions") {
        return Some(bad_query("QUALIFY is about window functions, and the query has none"));
    }
    message.starts_with("RANGE requires exactly one ORDER BY column").then(|| {
        bad_query("RANGE with an offset needs one ORDER BY key").with_help("ROWS BETWEEN counts rows")
    })
}

fn values_rows(message: &str) -> Option<Error> {
    let rest = message.strip_prefix("Inconsistent data length across values list: got ")?;
    let (got, rest) = rest.split_once(" values in row ")?;
    let (row, expected) = rest.split_once(" but expected ")?;
    let row: usize = row.parse().ok()?;
    let got: usize = got.parse().ok()?;
    Some(bad_query(format!("row {} of VALUES has {}, the first {expected}", row + 1, count(got, "value"))))
}

fn repeated_names(message: &str) -> Option<Error> {
    if let Some(name) = between(message, "WITH query name \"", "\" specified more than once") {
        return Some(Error::new(Code::DuplicateName, format!("WITH names `{name}` twice")));
    }
    let is_family = message.contains("require unique expression names");
    let name = between(message, "expression \"", "\" at position");
    is_family.then(|| {
        let name = name.and_then(in_our_words).filter(|name| name.len() < 100);
        let what = name.map_or_else(|| "two columns".to_string(), |name| format!("two columns `{name}`"));
        Error::new(Code::DuplicateName, format!("a query has {what}"))
            .with_help("AS gives one of them another name")
    })
}

/// `t(a, b)` over another number of columns.
fn alias_columns(message: &str) -> Option<Error> {
    let rest = message.strip_prefix("Source table contains ")?;
    let (columns, rest) = rest.split_once(" columns but ")?;
    let names = rest.trim_start_matches("only ").split(' ').next()?;
    let columns: usize = columns.parse().ok()?;
    Some(bad_query(format!("{names} names are given to {}", count(columns, "column"))))
}

/// An operand that must be Boolean.
fn truth(message: &str) -> Option<Error> {
    let (what, given) = match message.strip_prefix("Unary operator '") {
        Some(rest) => (rest.split_once('\'')?.0, rest.rsplit_once("got ")?.1),
        None => ("ON", message.strip_prefix("Join condition must be boolean type, but got ")?),
    };
    let message = format!("{what} takes a truth value, and not {}", types(given));
    Some(Error::new(Code::DTypeMismatch, message))
}

/// IN and ANY over values of another type.
fn members(message: &str) -> Option<Error> {
    let compared = "an not find compatible types to compare ";
    if let Some((_, pair)) = message.split_once(compared) {
        let (one, other) = pair.split_once(" with ")?;
        let other = other.trim_matches(['[', ']']);
        let message = format!("`IN` does not take {} and {}", types(one), types(other));
        return Some(Error::new(Code::DTypeMismatch, message));
    }
    let rest = message.strip_prefix("expr type ")?;
    let (one, rest) = rest.split_once(" can't cast to ")?;
    let (other, place) = rest.split_once(" in ")?;
    let what = if place.starts_with("In") { "IN" } else { "ANY and ALL" };
    let message = format!("{what}: {} does not compare with {}", types(one), types(other));
    Some(Error::new(Code::DTypeMismatch, message))
}

fn nested_aggregate(message: &str) -> Option<Error> {
    message.contains("calls cannot be nested").then(|| {
        bad_query("an aggregate has an aggregate as an argument")
            .with_help("a subquery computes the inner one")
    })
}

fn unknown_table(message: &str) -> Option<Error> {
    let name = message.strip_prefix("Invalid qualifier ")?;
    Some(Error::new(Code::UnknownName, format!("there is no table `{name}` in FROM")))
}

/// Constructs that DataFusion does not support.
pub(super) fn unsupported(message: &str) -> Option<Error> {
    if let Some(error) = cast(message) {
        return Some(error);
    }
    if message.starts_with("There is only support Literal types") {
        return Some(bad_query("a window function takes constants behind its first argument"));
    }
    let expression = message
        .strip_prefix("Physical plan does not support logical expression ")
        .or_else(|| message.strip_prefix("physical plan does not support logical expression "))?;
    if expression.starts_with("WindowFunction") {
        return Some(
            bad_query("a window function stands where its rows are not yet known")
                .with_help("QUALIFY is about window functions"),
        );
    }
    if expression.starts_with("AggregateFunction") {
        return Some(
            bad_query("an aggregate stands where single rows are meant").with_help("HAVING is about groups"),
        );
    }
    let what = if expression.starts_with("OuterReferenceColumn") {
        "a subquery that names a column of the query around it, in this place,"
    } else if expression.contains("Subquery") || expression.starts_with("Exists") {
        "a subquery in this place"
    } else {
        "an expression of this form"
    };
    Some(Error::not_yet(what))
}
