//! Another name of a column in a stored expression.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result, same_name};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::sql::{Walk, span};
use sqlparser::ast as sql;

use super::generated_columns;

/// Where a stored expression begins in what is parsed.
const START: usize = generated_columns::BEFORE.len();

/// The text of a stored expression of the dataset `table` in which the column `from` is called `to`; `None` for an
/// expression that does not name it.
///
/// # Errors
/// `E0615 column_in_use` when a parameter of a lambda has its name, or the place of a name is not known.
pub fn renamed_column(text: &str, table: &str, from: &str, to: &str) -> Result<Option<String>> {
    let mut names = Names { table, from, places: Vec::new() };
    let parsed = generated_columns::parse(text)?;
    let unknown = parsed.sql.walk(&mut names).is_break();
    let mut places: Vec<Span> = Vec::with_capacity(names.places.len());
    for place in names.places {
        // Units, types and keywords of the same name are no names in the tree, and stay.
        let own = place
            .filter(|place| place.start >= START && place.end - START <= text.len())
            .map(|place| Span::new(place.start - START, place.end - START))
            .filter(|place| text.get(place.start..place.end).is_some_and(|word| is_name(word, from)));
        places.push(own.ok_or_else(|| in_use(text, from))?);
    }
    if unknown {
        return Err(in_use(text, from));
    }
    if places.is_empty() {
        return Ok(None);
    }
    places.sort_by_key(|place| place.start);
    places.dedup();
    let to = Ident { name: to.into(), span: Span::default() }.to_string();
    let mut renamed = String::with_capacity(text.len());
    let mut done = 0;
    for place in places {
        renamed.push_str(&text[done..place.start]);
        renamed.push_str(&to);
        done = place.end;
    }
    renamed.push_str(&text[done..]);
    Ok(Some(renamed))
}

fn is_name(word: &str, name: &str) -> bool {
    same_name(word.trim_matches(['`', '"']), name)
}

fn in_use(text: &str, name: &str) -> Error {
    let message = format!("the column `{name}` cannot be renamed in `{text}`");
    Error::new(Code::ColumnInUse, message).with_help("drop what is computed from it, and create it again")
}

/// The places where an expression names a column.
struct Names<'n> {
    table: &'n str,
    from: &'n str,
    places: Vec<Option<Span>>,
}

impl Names<'_> {
    fn note(&mut self, name: &sql::Ident) {
        if same_name(&name.value, self.from) {
            self.places.push(span(name.span));
        }
    }
}

impl sql::Visitor for Names<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
        match expr {
            sql::Expr::Identifier(name) => self.note(name),
            // Behind the dataset stands the column, behind a column a field.
            sql::Expr::CompoundIdentifier(path) => match path.as_slice() {
                [table, name, ..] if same_name(&table.value, self.table) => self.note(name),
                [name, ..] => self.note(name),
                [] => {}
            },
            sql::Expr::Lambda(lambda)
                if lambda.params.iter().any(|parameter| same_name(&parameter.name.value, self.from)) =>
            {
                return ControlFlow::Break(());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_column_are_renamed_and_others_stay() {
        for (text, expected) in [
            ("x + 1 > X", Some("y + 1 > y")),
            ("t.x * `x`", Some("t.y * y")),
            ("x.x + s.x", Some("y.x + s.x")),
            ("'x' || x", Some("'x' || y")),
            ("x(x)", Some("x(y)")),
            ("'x' || z", None),
            ("list_transform(x, z -> z + x)", Some("list_transform(y, z -> z + y)")),
        ] {
            let renamed =
                renamed_column(text, "t", "x", "y").unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(renamed.as_deref(), expected, "of {text}");
        }
        assert_eq!(renamed_column("EXTRACT(year FROM z)", "t", "year", "y").unwrap(), None);
        assert_eq!(renamed_column("x + 1", "t", "x", "a b").unwrap().unwrap(), "`a b` + 1");
    }

    #[test]
    fn a_parameter_of_the_name_is_refused() {
        let refused = renamed_column("list_transform(l, x -> x + 1)", "t", "x", "y").unwrap_err();
        assert!(refused.is(Code::ColumnInUse), "{refused}");
    }
}
