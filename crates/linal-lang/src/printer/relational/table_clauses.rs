//! Prints the constructs of a FROM that sqlparser's grammar lacks, from the clauses that stand for them in a tree
//! (`sql/table_clauses`).
//!
//! A SELECT of such a clause is replaced by one of a mark, `SELECT <mark>`, and the mark by the text of the construct once
//! the tree is printed.

use super::super::literal;
use crate::sql::{DESCRIBE, NAMED, SAMPLE, SUMMARIZE, UNPIVOT};
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident, Select, SelectItem,
    Value,
};

/// Begins a mark, whose number follows. It is of Unicode's private use.
const MARK: char = '\u{f8f0}';
/// Ends a mark.
const END: char = '\u{f8f1}';

/// The texts of the constructs of a tree.
#[derive(Default)]
pub(super) struct Constructs(Vec<String>);

impl Constructs {
    /// Replaces a SELECT of a construct. Its parts print as they are.
    pub(super) fn mark(&mut self, select: &mut Select) {
        self.mark_sample(select);
        let (text, has_rest) = match pivot(select).or_else(|| unpivot(select)) {
            Some(text) => (text, false),
            None => match of_relation(select) {
                Some(text) => (text, true),
                None => return,
            },
        };
        select.projection = vec![SelectItem::UnnamedExpr(Expr::Identifier(Ident::new(self.add(text))))];
        (select.from, select.selection, select.having) = (Vec::new(), None, None);
        (select.cluster_by, select.distribute_by) = (Vec::new(), Vec::new());
        select.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
        if has_rest {
            (select.sort_by, select.named_window, select.qualify) = (Vec::new(), Vec::new(), None);
        }
    }

    fn mark_sample(&mut self, select: &mut Select) {
        let [only] = select.sort_by.as_mut_slice() else { return };
        let Some(text) = sample(&only.expr) else { return };
        only.expr = Expr::Identifier(Ident::new(self.add(text)));
    }

    fn add(&mut self, text: String) -> String {
        self.0.push(text);
        format!("{MARK}{}{END}", self.0.len() - 1)
    }

    /// Puts the constructs into the text of the tree.
    pub(super) fn written(&self, mut text: String) -> String {
        // A construct may stand within another, which was marked after it.
        for (at, construct) in self.0.iter().enumerate().rev() {
            for before in ["SELECT ", "SORT BY ", ""] {
                text = text.replace(&format!("{before}{MARK}{at}{END}"), construct);
            }
        }
        text
    }
}

/// The name and the arguments of a call.
fn call(expr: &Expr) -> Option<(String, Vec<&Expr>)> {
    let Expr::Function(Function { name, args: FunctionArguments::List(list), .. }) = expr else {
        return None;
    };
    let args = list.args.iter().map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    Some((name.to_string(), args.collect::<Option<_>>()?))
}

/// The text of a string, which was replaced by one that prints unchanged.
fn string(expr: &Expr) -> Option<String> {
    let Expr::Value(value) = expr else { return None };
    let Value::Placeholder(quoted) = &value.value else { return None };
    Some(quoted.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

fn name(text: &str) -> String {
    let mut name = String::new();
    // Writing to a String cannot fail.
    let _ = literal::name(&mut name, text);
    name
}

/// `__named('name', e)` as `e AS name`.
pub(super) fn named(expr: &Expr) -> Option<String> {
    let (function, args) = call(expr)?;
    match args.as_slice() {
        [alias, value] if function == NAMED => Some(format!("{value} AS {}", name(&string(alias)?))),
        _ => None,
    }
}

fn listed<T: ToString>(parts: &[T]) -> String {
    parts.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// `SELECT SUM(x) FROM t GROUP BY k CLUSTER BY y` as `PIVOT t ON y USING SUM(x) GROUP BY k`.
fn pivot(select: &Select) -> Option<String> {
    if select.cluster_by.is_empty() {
        return None;
    }
    let mut text = format!("PIVOT {} ON {}", listed(&select.from), listed(&select.cluster_by));
    text += &format!(" USING {}", listed(&select.projection));
    let has_groups = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, modifiers) => !keys.is_empty() || !modifiers.is_empty(),
    };
    if has_groups {
        text += &format!(" {}", select.group_by);
    }
    Some(text)
}

/// `SELECT * FROM t DISTRIBUTE BY __unpivot('n', false, 'v'), a, b` as `UNPIVOT t ON a, b INTO NAME n VALUE v`.
fn unpivot(select: &Select) -> Option<String> {
    let (clause, columns) = select.distribute_by.split_first()?;
    let (_, args) = call(clause).filter(|(function, _)| function == UNPIVOT)?;
    let [of_names, keeps_nulls, of_values @ ..] = args.as_slice() else { return None };
    let values: Option<Vec<String>> = of_values.iter().map(|value| Some(name(&string(value)?))).collect();
    let nulls = if keeps_nulls.to_string().eq_ignore_ascii_case("true") { " INCLUDE NULLS" } else { "" };
    let columns: Vec<String> =
        columns.iter().map(|column| star(column).unwrap_or(column.to_string())).collect();
    Some(format!(
        "UNPIVOT {}{nulls} ON {} INTO NAME {} VALUE {}",
        listed(&select.from),
        listed(&columns),
        name(&string(of_names)?),
        listed(&values?)
    ))
}

/// `COLUMNS(NULL, 'a', 'b')` as `* EXCLUDE (a, b)`.
fn star(expr: &Expr) -> Option<String> {
    let (_, args) = call(expr).filter(|(function, _)| function == "columns")?;
    let [null, excluded @ ..] = args.as_slice() else { return None };
    let is_null = matches!(null, Expr::Value(value) if value.value == Value::Null);
    let names: Option<Vec<String>> = excluded.iter().map(|text| Some(name(&string(text)?))).collect();
    match names?.as_slice() {
        _ if !is_null => None,
        [] => Some("*".to_owned()),
        names => Some(format!("* EXCLUDE ({})", listed(names))),
    }
}

/// `SELECT __summarize FROM t` as `SUMMARIZE t`.
fn of_relation(select: &Select) -> Option<String> {
    let [SelectItem::UnnamedExpr(Expr::Identifier(item))] = select.projection.as_slice() else {
        return None;
    };
    let word = match item.value.as_str() {
        SUMMARIZE => "SUMMARIZE",
        DESCRIBE => "DESCRIBE",
        _ => return None,
    };
    let text = select.to_string();
    let rest = text.strip_prefix(&format!("SELECT {} FROM ", item.value))?;
    Some(format!("{word} {rest}"))
}

/// `__sample('system', 10, 'percent', 3)` as `USING SAMPLE system(10 PERCENT) REPEATABLE (3)`.
fn sample(expr: &Expr) -> Option<String> {
    let (_, args) = call(expr).filter(|(function, _)| function == SAMPLE)?;
    let [method, number, unit, seed] = args.as_slice() else { return None };
    let (method, unit) = (string(method)?, string(unit)?.to_uppercase());
    let is_seeded = !matches!(seed, Expr::Value(value) if value.value == Value::Null);
    let seed = if is_seeded { format!(" REPEATABLE ({seed})") } else { String::new() };
    Some(format!("USING SAMPLE {method}({number} {unit}){seed}"))
}
