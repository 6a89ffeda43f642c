//! Which columns a call of COLUMNS chooses.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::COLUMN_NAME;
use sqlparser::ast as sql;

use super::columns::{Column, Visible};
use super::columns_call::{call_of, is_unpacking};
use super::name_condition::NameCondition;
use super::wildcard;
use crate::frontend::own_expressions::each_own_expression;
use crate::frontend::resolve::Names;

/// A column that a call chooses.
pub(super) struct Choice {
    pub expr: sql::Expr,
    /// The name of the column.
    pub name: String,
    /// The name and what the groups of a regular expression match in it.
    pub captures: Vec<String>,
}

/// Chooses columns of a FROM.
pub(super) struct Chooser<'a> {
    pub visible: &'a Visible,
    pub names: &'a Names,
}

impl Chooser<'_> {
    /// An expression for each column that its call chooses; itself when it has none.
    pub fn each(&self, expr: &sql::Expr) -> Result<Vec<(Option<Choice>, sql::Expr)>> {
        let mut expr = expr.clone();
        let mut failure = None;
        each_own_expression(&mut expr, |part| {
            if let Err(error) = self.unpack(part) {
                failure = Some(error);
            }
        });
        if let Some(error) = failure {
            return Err(error);
        }
        let mut calls: Vec<sql::Function> = Vec::new();
        each_own_expression(&mut expr, |part| {
            if let Some(function) = call_of(part)
                && !calls.contains(function)
            {
                calls.push(function.clone());
            }
        });
        let function = match calls.as_slice() {
            [] => return Ok(vec![(None, expr)]),
            [one] => one,
            _ => {
                let message = "an expression with two different COLUMNS has no meaning";
                return Err(
                    Error::new(Code::BadQuery, message).with_help("use the same one twice, or two items")
                );
            }
        };
        let each = self.choices(function)?.into_iter().map(|choice| {
            let mut value = expr.clone();
            each_own_expression(&mut value, |part| {
                if call_of(part).is_some() {
                    *part = choice.expr.clone();
                }
            });
            (Some(choice), value)
        });
        Ok(each.collect())
    }

    /// Replaces `*COLUMNS(..)` among the arguments of a call by the columns.
    fn unpack(&self, expr: &mut sql::Expr) -> Result<()> {
        let sql::Expr::Function(function) = expr else { return Ok(()) };
        let sql::FunctionArguments::List(list) = &mut function.args else { return Ok(()) };
        let mut args = Vec::with_capacity(list.args.len());
        for arg in std::mem::take(&mut list.args) {
            match &arg {
                sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(sql::Expr::Function(inner)))
                    if is_unpacking(inner) =>
                {
                    let columns = self.choices(inner)?.into_iter();
                    args.extend(
                        columns
                            .map(|choice| sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(choice.expr))),
                    );
                }
                _ => args.push(arg),
            }
        }
        list.args = args;
        Ok(())
    }

    /// The columns that a call chooses.
    fn choices(&self, function: &sql::Function) -> Result<Vec<Choice>> {
        if self.visible.is_open() {
            let message =
                "COLUMNS needs the columns of the tables, and those of a table function are not known yet";
            return Err(
                Error::new(Code::BadQuery, message).with_help("give the function an alias with its columns")
            );
        }
        let sql::FunctionArguments::List(list) = &function.args else { return Err(wrong_argument()) };
        let [sql::FunctionArg::Unnamed(arg)] = list.args.as_slice() else { return Err(wrong_argument()) };
        let chosen = match arg {
            sql::FunctionArgExpr::Wildcard => {
                self.visible.starred().map(|column| self.choice(column)).collect()
            }
            sql::FunctionArgExpr::WildcardWithOptions(options) => {
                let columns = self.visible.starred().collect();
                wildcard::chosen(columns, options)?.into_iter().filter_map(of_item).collect()
            }
            sql::FunctionArgExpr::QualifiedWildcard(name) => {
                let table: Vec<sql::Ident> =
                    name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
                self.of_table(&table)
            }
            sql::FunctionArgExpr::Expr(expr) => self.by_expression(expr)?,
        };
        if chosen.is_empty() {
            // `* LIKE ..` is read as the condition of a call.
            let written = function.to_string();
            let condition = written.strip_prefix("COLUMNS(").and_then(|rest| rest.strip_suffix(')'));
            let condition = condition.and_then(|condition| condition.strip_prefix(COLUMN_NAME));
            let message = match condition {
                Some(condition) => format!("no column matches *{condition}"),
                None => format!("no column matches {written}"),
            };
            let known = self.visible.starred().map(|column| self.names.spelling(&column.name));
            let known: Vec<&str> = known.take(12).collect();
            let help = format!("the columns are {}", known.join(", "));
            return Err(Error::new(Code::UnknownName, message).with_help(help));
        }
        Ok(chosen)
    }

    fn by_expression(&self, expr: &sql::Expr) -> Result<Vec<Choice>> {
        if let Some(pattern) = text(expr) {
            return self.by_pattern(pattern);
        }
        match expr {
            sql::Expr::Array(list) => list.elem.iter().map(|name| self.by_name(name)).collect(),
            sql::Expr::Nested(inner) => self.by_expression(inner),
            sql::Expr::Lambda(lambda) => {
                let parameter = match &lambda.params {
                    sql::OneOrManyWithParens::One(parameter) => parameter,
                    sql::OneOrManyWithParens::Many(parameters) => {
                        let [parameter] = parameters.as_slice() else { return Err(wrong_argument()) };
                        parameter
                    }
                };
                self.by_condition(&NameCondition { name: &parameter.name.value, condition: &lambda.body })
            }
            _ => {
                let condition = NameCondition { name: COLUMN_NAME, condition: expr };
                match condition.qualifier() {
                    Some(table) => self.filtered(
                        self.visible.columns.iter().filter(|column| column.is_of(table) && !column.is_hidden),
                        &condition,
                    ),
                    None if condition.names_column() => self.by_condition(&condition),
                    None => Err(wrong_argument()),
                }
            }
        }
    }

    fn by_condition(&self, condition: &NameCondition<'_>) -> Result<Vec<Choice>> {
        self.filtered(self.visible.starred(), condition)
    }

    fn filtered<'c>(
        &self,
        columns: impl Iterator<Item = &'c Column>,
        condition: &NameCondition<'_>,
    ) -> Result<Vec<Choice>> {
        let mut chosen = Vec::new();
        for column in columns {
            if condition.holds(self.names.spelling(&column.name))? {
                chosen.push(self.choice(column));
            }
        }
        Ok(chosen)
    }

    fn by_pattern(&self, pattern: &str) -> Result<Vec<Choice>> {
        let compiled = regex::Regex::new(pattern)
            .map_err(|_| Error::new(Code::WrongArguments, format!("'{pattern}' is no regular expression")))?;
        let matched = |column: &Column| {
            let name = self.names.spelling(&column.name);
            let captures = compiled.captures(name)?;
            let groups =
                captures.iter().skip(1).map(|group| group.map_or("", |group| group.as_str()).to_string());
            let captures = std::iter::once(name.to_string()).chain(groups).collect();
            Some(Choice { captures, ..self.choice(column) })
        };
        Ok(self.visible.starred().filter_map(matched).collect())
    }

    fn by_name(&self, name: &sql::Expr) -> Result<Choice> {
        let name = text(name).ok_or_else(wrong_argument)?;
        let lower = name.to_lowercase();
        match self.visible.starred().find(|column| column.name == lower) {
            Some(column) => Ok(self.choice(column)),
            None => {
                let known = self.visible.starred().map(|column| self.names.spelling(&column.name));
                Err(Error::unknown(Code::UnknownName, "column", name, known))
            }
        }
    }

    fn of_table(&self, table: &[sql::Ident]) -> Vec<Choice> {
        let columns = self.visible.columns.iter().filter(|column| column.is_of(table) && !column.is_hidden);
        columns.map(|column| self.choice(column)).collect()
    }

    fn choice(&self, column: &Column) -> Choice {
        let name = self.names.spelling(&column.name).to_string();
        Choice { expr: column.value.clone(), captures: vec![name.clone()], name }
    }
}

/// A column of `*` after its options.
fn of_item(item: sql::SelectItem) -> Option<Choice> {
    let (expr, name) = match item {
        sql::SelectItem::ExprWithAlias { expr, alias } => (expr, alias.value),
        sql::SelectItem::UnnamedExpr(sql::Expr::CompoundIdentifier(parts)) => {
            let name = parts.last()?.value.clone();
            (sql::Expr::CompoundIdentifier(parts), name)
        }
        _ => return None,
    };
    let expr = match expr {
        column @ (sql::Expr::CompoundIdentifier(_) | sql::Expr::Identifier(_)) => column,
        other => sql::Expr::Nested(Box::new(other)),
    };
    Some(Choice { expr, captures: vec![name.clone()], name })
}

fn text(expr: &sql::Expr) -> Option<&str> {
    match expr {
        sql::Expr::Value(value) => match &value.value {
            sql::Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn wrong_argument() -> Error {
    let message = "COLUMNS takes `*`, a regular expression, a list of names, or a lambda over the name";
    Error::new(Code::WrongArguments, message)
        .with_help("such as COLUMNS('^a'), COLUMNS(* EXCLUDE (b)) or COLUMNS(c -> c LIKE 'a%')")
}
