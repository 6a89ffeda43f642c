//! Walks a query, and writes out what the catalog has under its names.

use std::ops::ControlFlow;

use linal_dataset::objects::{Definition, Macro};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::objects::ObjectKind;
use linal_lang::ast::relational::Query;
use linal_lang::sql::ensure_sufficient_stack;
use linal_lang::sql::{WalkMut, has_expression};
use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};

use super::super::{ast_builder, generated_columns};
use super::home::{Found, Home, Objects, check_path};
use super::macros::{Arguments, bound};
use super::used::{Expansion, UsedObjects, within};
use super::{named_type, place, sequence, substitute, view};
use crate::context::QueryContext;
use crate::frontend::desugar::list_scopes::has_name;
use crate::frontend::own_expressions::each_own_expression;
use crate::frontend::resolve;
use crate::frontend::resolve::session_tensor;

/// The query with its views, macros, sequences and types written out, and what it uses; `None` for a query that has none.
/// `given` are names of datasets that hide those of the catalog.
///
/// # Errors
/// Those of calls and definitions, each at its name in the query.
pub(crate) fn expanded(
    context: &QueryContext<'_>,
    query: &Query,
    given: &[&str],
) -> Result<Option<(Query, UsedObjects)>> {
    let objects = Objects { catalog: context.catalog.catalog(), view: context.catalog, context };
    if objects.is_empty() && !has_own(&query.sql) {
        return Ok(None);
    }
    let mut tree = query.sql.as_ref().clone();
    let ctes = given.iter().map(|name| name.to_lowercase()).collect();
    let mut expander = Expander {
        objects: &objects,
        used: UsedObjects::default(),
        path: Vec::new(),
        changes: 0,
        output: 0,
        outer: Span::default(),
    };
    let written = query.span.end.saturating_sub(query.span.start);
    ensure_sufficient_stack(written, || expander.query(&mut tree, &Home::Session, ctes))?;
    if expander.changes == 0 {
        return Ok(None);
    }
    let query = Query { sql: Box::new(tree), span: query.span, items: query.items.clone() };
    Ok(Some((query, expander.used)))
}

/// Whether a query has something that is written out without an object: a call of a sequence, whose name is unknown then, or an
/// enum type that is written where it is used.
fn has_own(query: &sql::Query) -> bool {
    has_expression(query, |part| match part {
        sql::Expr::Function(function) if sequence::prefix(&function.name.to_string()).is_some() => true,
        _ => named_type::written_enum(part).is_some(),
    })
}

/// The expansion of one statement.
struct Expander<'o, 'c, 's> {
    objects: &'o Objects<'c, 's>,
    used: UsedObjects,
    /// The views and macros whose bodies are being expanded, the outermost first.
    path: Vec<String>,
    /// Names that were written out or qualified.
    changes: usize,
    /// Nodes of bodies so far, which is bounded: macros that each call another twice grow without end.
    output: usize,
    /// The name in the query that the bodies stand for.
    outer: Span,
}

/// Bytes of bodies in one query.
const MOST_OUTPUT: usize = 4 << 20;

impl Expander<'_, '_, '_> {
    /// Expands a query in a home, with the names of common tables around it.
    fn query(&mut self, query: &mut sql::Query, home: &Home, mut ctes: Vec<String>) -> Result<()> {
        let is_recursive = query.with.as_ref().is_some_and(|with| with.recursive);
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            let name = cte.alias.name.value.to_lowercase();
            if is_recursive {
                ctes.push(name.clone());
            }
            self.query(&mut cte.query, home, ctes.clone())?;
            ctes.push(name);
        }
        let with = query.with.take();
        let result = self.walk(query, home, &ctes);
        query.with = with;
        result
    }

    /// Expands a part of a query that is not within a query of its own.
    fn walk<T: VisitMut>(&mut self, part: &mut T, home: &Home, ctes: &[String]) -> Result<()> {
        // The first query is the one whose parts are walked.
        let mut walk = Walk { expander: self, home, ctes, queries: 0, is_first: true };
        match part.walk_mut(&mut walk) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// Expands an expression, whose queries are all nested.
    fn expression(&mut self, expr: &mut sql::Expr, home: &Home) -> Result<()> {
        let mut walk = Walk { expander: self, home, ctes: &[], queries: 0, is_first: false };
        match expr.walk_mut(&mut walk) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// Runs `expand` within the body of an object, and places its errors at the name of the object.
    fn within<T>(
        &mut self,
        what: &str,
        name: Option<Span>,
        length: usize,
        expand: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let outermost = self.path.is_empty();
        if outermost {
            self.outer = name.unwrap_or_default();
        }
        let place = self.outer;
        check_path(&self.path, what).map_err(|error| error.at(place))?;
        self.output += length;
        if self.output > MOST_OUTPUT {
            let message = "the views and macros of this query have too much text when they are written out";
            return Err(Error::new(Code::TooLarge, message).at(place));
        }
        self.path.push(what.to_string());
        let result = ensure_sufficient_stack(length.max(1000), || expand(self));
        self.path.pop();
        self.changes += 1;
        self.used.expansions.push(Expansion { what: what.to_string(), place });
        result.map_err(|error| {
            // A place in the body is one in another text.
            within(error.without_span(), what).at(place)
        })
    }

    /// Expands a table of a FROM.
    fn table(&mut self, factor: &mut sql::TableFactor, home: &Home, ctes: &[String]) -> Result<()> {
        let sql::TableFactor::Table { name, alias, args, version, .. } = factor else { return Ok(()) };
        if resolve::is_path(name) {
            return Ok(());
        }
        let parts: Vec<&str> =
            name.0.iter().filter_map(|part| part.as_ident()).map(|id| &*id.value).collect();
        let span =
            name.0.last().and_then(|part| part.as_ident()).and_then(|id| linal_lang::sql::span(id.span));
        if let Some(args) = args {
            let found = self.objects.find(ObjectKind::TableMacro, &parts, home);
            let Some(Found { object, home: inner }) = found else { return Ok(()) };
            let Definition::TableMacro(definition) = &object.definition else { return Ok(()) };
            let query = self.table_macro(&object.name, definition, &args.args, &inner, span)?;
            let alias = alias.take().unwrap_or_else(|| ast_builder::table_alias(&object.name));
            let is_lateral = args.args.iter().any(has_name);
            *factor = view::with_alias(query, alias);
            if let sql::TableFactor::Derived { lateral, .. } = factor {
                *lateral = is_lateral;
            }
            return Ok(());
        }
        if let [only] = parts.as_slice()
            && (ctes.contains(&only.to_lowercase()) || *home == Home::Session && self.objects.is_alias(only))
        {
            return Ok(());
        }
        let Some(Found { object, home: inner }) = self.objects.find(ObjectKind::View, &parts, home) else {
            self.qualify(name, alias, home);
            return Ok(());
        };
        let Definition::View(definition) = &object.definition else { return Ok(()) };
        if version.is_some() {
            let error =
                Error::new(Code::IsAView, format!("`{}` is a view, which has no versions", object.name));
            let error = error.with_help("the datasets that it reads have them");
            return Err(span.map_or(error.clone(), |span| error.at(span)));
        }
        let what = format!("the view `{}`", object.name);
        let query = self.within(&what, span, definition.query.len(), |expander| {
            let mut query = *view::parse(&definition.query)?.sql;
            expander.body(&mut query, &inner)?;
            Ok(query)
        })?;
        *factor = view::factor(definition, &object.name, query, alias.take());
        Ok(())
    }

    /// The query of a table macro with the arguments of a call.
    fn table_macro(
        &mut self,
        name: &str,
        definition: &Macro,
        args: &[sql::FunctionArg],
        home: &Home,
        span: Option<Span>,
    ) -> Result<sql::Query> {
        let what = format!("the macro `{name}`");
        let place = if self.path.is_empty() { span.unwrap_or_default() } else { self.outer };
        let arguments = Arguments::of(args, &what).and_then(|arguments| bound(definition, name, arguments));
        let (body, mut values) = arguments.map_err(|error| error.at(place))?;
        // Names in the body are never tensors of the session, and those in the arguments may be.
        values.iter_mut().for_each(|(_, value)| self.name_tensors(value));
        self.within(&what, span, body.len(), |expander| {
            let mut query = *view::parse(body)?.sql;
            expander.body(&mut query, home)?;
            substitute::parameters(&mut query, &values);
            Ok(query)
        })
    }

    /// Refers to tensors of the session by what no text can contain.
    fn name_tensors(&self, value: &mut sql::Expr) {
        each_own_expression(value, |expr| {
            if let sql::Expr::Identifier(name) = expr
                && self.objects.context.tensor_exists(&name.value)
            {
                *expr = session_tensor::reference(&name.value.to_lowercase());
            }
        });
    }

    /// Expands the query of a view or of a table macro, whose names are those of its home.
    fn body(&mut self, query: &mut sql::Query, home: &Home) -> Result<()> {
        place::move_to(query, self.outer);
        self.query(query, home, Vec::new())?;
        if *home != Home::Session {
            view::without_tensors(query);
        }
        Ok(())
    }

    /// Names the database of a table in the text of an object, so that it does not depend on the database in use.
    fn qualify(&mut self, name: &mut sql::ObjectName, alias: &mut Option<sql::TableAlias>, home: &Home) {
        let Home::Database(database) = home else { return };
        let [sql::ObjectNamePart::Identifier(table)] = name.0.as_slice() else { return };
        let (table, span) = (table.clone(), table.span);
        let mut qualifier = ast_builder::ident(database);
        qualifier.span = span;
        alias.get_or_insert_with(|| sql::TableAlias {
            explicit: true,
            name: table.clone(),
            columns: Vec::new(),
            at: None,
        });
        name.0.insert(0, sql::ObjectNamePart::Identifier(qualifier));
        self.changes += 1;
    }

    /// Expands a call or a cast, whose operands are expanded.
    fn call(&mut self, expr: &mut sql::Expr, home: &Home) -> Result<()> {
        if named_type::rewrite(expr, self.objects, home, &mut self.used)? {
            self.changes += 1;
            return Ok(());
        }
        let sql::Expr::Function(function) = expr else { return Ok(()) };
        let parts: Vec<&str> =
            function.name.0.iter().filter_map(|part| part.as_ident()).map(|id| &*id.value).collect();
        let name = function.name.0.last().and_then(|part| part.as_ident());
        let span = name.and_then(|id| linal_lang::sql::span(id.span));
        if let Some(Found { object, home: inner }) = self.objects.find(ObjectKind::Macro, &parts, home)
            && let Definition::Macro(definition) = &object.definition
        {
            let body = self.scalar_macro(&object.name, definition, function, &inner, span)?;
            *expr = body;
            return Ok(());
        }
        let name = match parts.as_slice() {
            [name] => *name,
            _ => return Ok(()),
        };
        let Some(prefix) = sequence::prefix(name) else { return Ok(()) };
        let place = if self.path.is_empty() { span.unwrap_or_default() } else { self.outer };
        let call = sequence::numbered(prefix, function, self.objects, home, &mut self.used);
        *expr = call.map_err(|error| error.at(place))?;
        self.changes += 1;
        Ok(())
    }

    fn scalar_macro(
        &mut self,
        name: &str,
        definition: &Macro,
        function: &sql::Function,
        home: &Home,
        span: Option<Span>,
    ) -> Result<sql::Expr> {
        let what = format!("the macro `{name}`");
        let place = if self.path.is_empty() { span.unwrap_or_default() } else { self.outer };
        let args = match &function.args {
            sql::FunctionArguments::List(list)
                if list.duplicate_treatment.is_none() && list.clauses.is_empty() =>
            {
                list.args.as_slice()
            }
            sql::FunctionArguments::None => &[],
            _ => return Err(plain_call(&what).at(place)),
        };
        let is_plain = function.over.is_none()
            && function.filter.is_none()
            && function.null_treatment.is_none()
            && function.within_group.is_empty();
        if !is_plain {
            return Err(plain_call(&what).at(place));
        }
        let arguments = Arguments::of(args, &what).and_then(|arguments| bound(definition, name, arguments));
        let (body, values) = arguments.map_err(|error| error.at(place))?;
        self.within(&what, span, body.len(), |expander| {
            let mut value = *generated_columns::parse(body)?.sql;
            place::move_to(&mut value, expander.outer);
            expander.expression(&mut value, home)?;
            substitute::parameters(&mut value, &values);
            Ok(sql::Expr::Nested(Box::new(value)))
        })
    }
}

fn plain_call(what: &str) -> Error {
    let message =
        format!("{what} stands for an expression, so that DISTINCT, FILTER, ORDER BY and OVER cannot follow");
    Error::new(Code::WrongArguments, message).with_help("its body may have them")
}

struct Walk<'w, 'o, 'c, 's> {
    expander: &'w mut Expander<'o, 'c, 's>,
    home: &'w Home,
    ctes: &'w [String],
    /// The nested queries that are open; each was expanded as a whole when it was entered.
    queries: usize,
    /// Whether the next query is the one that is walked itself.
    is_first: bool,
}

fn flow(result: Result<()>) -> ControlFlow<Error> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}

impl VisitorMut for Walk<'_, '_, '_, '_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<Error> {
        if std::mem::take(&mut self.is_first) {
            return ControlFlow::Continue(());
        }
        self.queries += 1;
        if self.queries > 1 {
            return ControlFlow::Continue(());
        }
        flow(self.expander.query(query, self.home, self.ctes.to_vec()))
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<Error> {
        self.queries = self.queries.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut sql::TableFactor) -> ControlFlow<Error> {
        if self.queries > 0 {
            return ControlFlow::Continue(());
        }
        flow(self.expander.table(factor, self.home, self.ctes))
    }

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        if self.queries > 0 {
            return ControlFlow::Continue(());
        }
        flow(self.expander.call(expr, self.home))
    }
}
