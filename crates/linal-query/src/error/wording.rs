//! Rewords DataFusion's messages: types by our names, literals as queries spell them, no internal names.

use arrow::datatypes::{DataType, Field};
use linal_store::ColumnType;

/// DataFusion's internal terms; a message with one of them is not shown.
const INTERNAL: [&str; 29] = [
    "__",
    "{",
    "}",
    "::",
    "Some(",
    "DataFusion",
    "datafusion",
    "Arrow",
    "arrow",
    "sqlparser",
    "ast node",
    "sqltorel",
    "sql_to_rel",
    "ExprPlanner",
    "LogicalPlan",
    "logical plan",
    "Logical plan",
    "Physical plan",
    "physical plan",
    "OuterReferenceColumn",
    "outer_ref",
    "InSubquery",
    "ScalarSubquery",
    "Subquery:",
    "TableScan",
    "Projection:",
    "Expr",
    "UDF",
    "downcast",
];

/// A reworded message; `None` for one with internal terms.
pub(super) fn in_our_words(message: &str) -> Option<String> {
    let line = first_sentence(message);
    let line = names_of_types(line);
    let line = without_wrappers(&line);
    let is_clear = !INTERNAL.iter().any(|word| outside_of_quotes(&line).contains(word));
    is_clear.then(|| sentence(&line))
}

/// Replaces Arrow's type names in a message by ours, except in backticks.
pub(super) fn with_names_of_types(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    for (at, part) in message.split_inclusive('`').enumerate() {
        if at % 2 == 0 {
            shown.push_str(&names_of_types(part));
        } else {
            shown.push_str(part);
        }
    }
    shown
}

/// The language's name of a type.
pub(in super::super) fn name_of(data_type: &DataType) -> String {
    names_of_types(&data_type.to_string())
}

/// Our name of a type that a message spells as Arrow does.
pub(super) fn type_name(text: &str) -> String {
    names_of_types(text.trim())
}

/// The first line of a message, starting in lower case as all of linal's do.
pub(super) fn sentence(message: &str) -> String {
    let line = message.lines().next().unwrap_or("").trim().trim_end_matches('.');
    let mut chars = line.chars();
    match (chars.next(), chars.clone().next()) {
        // An acronym or a name keeps its case.
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => line.to_string(),
    }
}

/// DataFusion's prefixes of nested errors.
const PREFIXES: [&str; 13] = [
    "Error during planning: ",
    "Execution error: ",
    "Arrow error: ",
    "Internal error: ",
    "Schema error: ",
    "External error: ",
    "This feature is not implemented: ",
    "Cast error: ",
    "Compute error: ",
    "Parser error: ",
    "Invalid argument error: ",
    "type_coercion\ncaused by\n",
    "caused by\n",
];

fn first_sentence(message: &str) -> &str {
    let mut rest = message.trim();
    while let Some(inner) = PREFIXES.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
        rest = inner.trim_start();
    }
    let line = rest.lines().next().unwrap_or("").trim();
    let ends = [
        ". You might need to add explicit type casts",
        ".This issue was likely caused by a bug",
        ". This issue was likely caused by a bug",
        " No function matches the given name",
    ];
    ends.iter().fold(line, |line, end| line.split_once(end).map_or(line, |(before, _)| before))
}

/// A message without quoted parts, which may be the user's own text.
fn outside_of_quotes(message: &str) -> String {
    message.split('\'').step_by(2).collect::<Vec<_>>().join(" ")
}

/// Replaces `__normalized_key(x)` and `outer_ref(x)` by x: rules added these calls.
fn without_wrappers(message: &str) -> String {
    let mut text = message.to_string();
    for wrapper in ["__normalized_key(", "outer_ref("] {
        while let Some(start) = text.find(wrapper) {
            let open = start + wrapper.len() - 1;
            let Some(close) = closing(&text[open..]) else { break };
            let inner = text[open + 1..open + close].to_string();
            text.replace_range(start..=open + close, &inner);
        }
    }
    text
}

/// The position of the parenthesis that closes the one at the start of a text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut is_quoted = false;
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Types without parameters: parentheses after their name contain a literal.
const PLAIN: [&str; 21] = [
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "Float16",
    "Float32",
    "Float64",
    "Boolean",
    "Utf8",
    "LargeUtf8",
    "Utf8View",
    "Binary",
    "LargeBinary",
    "BinaryView",
    "Date32",
    "Date64",
    "Null",
];

/// Types with parameters, and their names for parameters that cannot be parsed.
const PARAMETRIC: [(&str, &str); 19] = [
    ("Timestamp", "Timestamp"),
    ("Time32", "Time"),
    ("Time64", "Time"),
    ("Interval", "Interval"),
    ("Duration", "Interval"),
    ("Decimal32", "Decimal"),
    ("Decimal64", "Decimal"),
    ("Decimal128", "Decimal"),
    ("Decimal256", "Decimal"),
    ("List", "List"),
    ("LargeList", "List"),
    ("ListView", "List"),
    ("LargeListView", "List"),
    ("FixedSizeList", "Vector"),
    ("FixedSizeBinary", "Binary"),
    ("Struct", "Struct"),
    ("Map", "Map"),
    ("Dictionary", "String"),
    ("Union", "Union"),
];

/// Names of literals that are not type names.
const LITERALS: [&str; 4] =
    ["IntervalMonthDayNano", "IntervalDayTime", "IntervalYearMonth", "TimestampMicrosecond"];

/// Replaces Arrow's type names in a message by ours, and literals by their spelling in the language.
fn names_of_types(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(sign) = rest.chars().next() {
        let is_within = shown.chars().last().is_some_and(|last| last.is_alphanumeric() || last == '_');
        let length = rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(rest.len());
        let word = &rest[..length];
        if is_within || word.is_empty() {
            shown.push(sign);
            rest = &rest[sign.len_utf8()..];
            continue;
        }
        let behind = &rest[length..];
        let arguments =
            if behind.starts_with('(') { closing(behind).map(|end| &behind[1..end]) } else { None };
        let taken = match replaced(word, arguments) {
            Some((text, with_arguments)) => {
                shown.push_str(&text);
                let arguments = arguments.filter(|_| with_arguments).map_or(0, |text| text.len() + 2);
                length + arguments
            }
            None => {
                shown.push_str(word);
                length
            }
        };
        rest = &rest[taken..];
    }
    shown
}

/// The replacement of a word, and whether it replaces the parentheses after it, too.
fn replaced(word: &str, arguments: Option<&str>) -> Option<(String, bool)> {
    if let Some(value) = arguments.filter(|_| PLAIN.contains(&word) || LITERALS.contains(&word)) {
        return Some((literal(value), true));
    }
    if PLAIN.contains(&word) {
        return Some((parsed(word).unwrap_or_else(|| word.to_string()), false));
    }
    let (_, general) = PARAMETRIC.iter().find(|(name, _)| *name == word)?;
    let Some(arguments) = arguments else { return Some(((*general).to_string(), false)) };
    if arguments.starts_with("Some(") || arguments.starts_with("NULL") || arguments.starts_with("None,") {
        return Some(("a value".to_string(), true));
    }
    let name = parsed(&format!("{word}({arguments})")).unwrap_or_else(|| (*general).to_string());
    Some((name, true))
}

fn parsed(text: &str) -> Option<String> {
    let data_type: DataType = text.parse().ok()?;
    Some(match &data_type {
        DataType::Null => "NULL".to_string(),
        DataType::FixedSizeList(_, length) => format!("Vector({length})"),
        DataType::List(_) | DataType::LargeList(_) | DataType::ListView(_) => "List".to_string(),
        DataType::Struct(_) => "Struct".to_string(),
        DataType::Map(..) => "Map".to_string(),
        kind if kind.is_integer() => "Int".to_string(),
        DataType::Float16 => "Float".to_string(),
        DataType::Time32(_) | DataType::Time64(_) => "Time".to_string(),
        DataType::Date64 => "Date".to_string(),
        DataType::Timestamp(_, None) => "Timestamp".to_string(),
        DataType::Timestamp(_, Some(_)) => "Timestamp with time zone".to_string(),
        DataType::Interval(_) | DataType::Duration(_) => "Interval".to_string(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "Blob".to_string()
        }
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal256(digits, scale) => format!("Decimal({digits}, {scale})"),
        _ => ColumnType::of(&Field::new("", data_type.clone(), true)).to_string(),
    })
}

/// A literal as the language spells it.
fn literal(value: &str) -> String {
    match value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(text) => format!("'{text}'"),
        None => value.to_string(),
    }
}
