//! Plans a syntax tree as a physical plan that can run more than once.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, TableSource};
use datafusion::physical_plan::ExecutionPlan;
use linal_dataset::{Dataset, Error, Result};
use linal_error::Code;
use linal_lang::ast::relational::Query;
use linal_lang::sql::SAMPLE;
use linal_lang::sql::Walk;
use sqlparser::ast as sql;

use super::bound;
use super::context_provider::{Provider, SessionTensor};
use super::open_query;
use super::open_query::OpenParameters;
use super::own_relations::OwnRelations;
use super::relation_planner::MarkedRelations;
use super::rule_trace::RuleTrace;
use super::tables::Tables;
use super::union_types::UnionTypes;
use crate::context::QueryContext;
use crate::exec::{cancellation, window};
use crate::frontend::desugar::outer_aggregates::OuterAggregates;
use crate::frontend::desugar::{dual, intervals, named_windows, nested_values};
use crate::frontend::objects;
use crate::frontend::objects::UsedObjects;
use crate::frontend::resolve;
use crate::frontend::resolve::{Names, Scope, session_tensor};
use crate::frontend::{parameters, table_constructs, table_version, validate, virtual_columns};
use crate::logical::outer_aggregate::OuterAggregate;
use crate::logical::recursion::RecursiveTypes;
use crate::logical::{common_table, ordered_join, recursion, sample};
use crate::udf::SessionFacts;
use crate::{error, run, udf};

/// A planned query.
pub struct PhysicalQuery {
    /// The physical plan; it refers to datasets and holds none of their rows.
    pub physical: Arc<dyn ExecutionPlan>,
    /// The optimized logical plan, for EXPLAIN.
    pub logical: LogicalPlan,
    /// Result columns under their display names.
    pub schema: SchemaRef,
    /// The datasets that the plan depends on.
    pub seen: Vec<TableDependency>,
    /// Tensors whose values the plan holds.
    pub(crate) tensors: Vec<SessionTensor>,
    pub(crate) names: Names,
    /// The database in use when the query was planned.
    pub database: Arc<str>,
    /// Whether planning again gives the same plan; false when the query reads a file or the current time.
    pub repeatable: bool,
    /// Whether it runs on the calling thread: it reads few rows and has no operator that produces many.
    pub on_caller: bool,
    /// Notices of the file readers, such as skipped fields and renamed columns.
    pub notices: Vec<String>,
    /// Elements of all inputs in total.
    pub(crate) elements: usize,
    /// What each rule changed, if requested.
    pub trace: Option<RuleTrace>,
}

impl PhysicalQuery {
    /// Whether the result is always one row, that of an aggregate over all rows.
    pub fn is_one_value(&self) -> bool {
        let mut plan = &self.logical;
        loop {
            plan = match plan {
                LogicalPlan::Projection(projection) => &projection.input,
                LogicalPlan::Aggregate(aggregate) => return aggregate.group_expr.is_empty(),
                _ => return false,
            };
        }
    }
}

/// A dataset as it was when the plan was made.
#[derive(Clone)]
pub struct TableDependency {
    /// The name of its database.
    pub database: Arc<str>,
    /// Its name, as the query has it.
    pub name: String,
    /// The dataset.
    pub dataset: Arc<Dataset>,
    /// The version of its columns.
    pub schema_version: u64,
    /// The order of magnitude of its row count, which join orders depend on.
    pub row_bucket: u32,
}

/// How the rows of the datasets are read.
#[derive(Default)]
pub struct Options {
    /// Whether datasets have the hidden column with row numbers.
    pub row_numbers: bool,
    /// The only dataset with that column; all when `None`.
    pub numbered: Option<Arc<Dataset>>,
    /// The dataset and its vector column whose norms are read from a hidden column.
    pub norms: Option<(Arc<Dataset>, usize)>,
    /// Whether the changes that each rule makes to the plan are recorded.
    pub traces_rules: bool,
    /// Datasets that are not in the catalog.
    pub given: Vec<Given>,
    /// What the query uses of the catalog beside datasets.
    pub objects: UsedObjects,
    /// Tables that stand for table functions of the query.
    pub made: Vec<MadeTable>,
    /// Whether each row of the result is made of one row of the dataset: RETURNING.
    pub row_by_row: bool,
    /// The parameters, when the query is bound without their values, and not planned further.
    pub open: Option<OpenParameters>,
}

/// A table that a query reads by a name that no text can contain.
#[derive(Clone)]
pub struct MadeTable {
    /// The name, in lower case.
    pub key: String,
    /// The table.
    pub source: Arc<dyn TableSource>,
    /// The number of rows, or a bound.
    pub rows: usize,
}

impl Options {
    /// Whether a dataset has the column with row numbers.
    pub(crate) fn numbers(&self, dataset: &Arc<Dataset>) -> bool {
        self.row_numbers && self.numbered.as_ref().is_none_or(|numbered| Arc::ptr_eq(numbered, dataset))
    }
}

/// A dataset that a query reads by a name, whatever the catalog has under it: a snapshot that is not published.
pub struct Given {
    /// The name in the query, without a database.
    pub name: Arc<str>,
    /// The dataset.
    pub dataset: Arc<Dataset>,
}

/// Plans a query in a session.
pub(crate) fn plan(context: &mut QueryContext<'_>, query: &Query, options: Options) -> Result<PhysicalQuery> {
    let given: Vec<&str> = options.given.iter().map(|given| &*given.name).collect();
    match objects::expanded(context, query, &given)? {
        None => plan_expanded(context, query, options),
        Some((query, used)) => {
            let options = Options { objects: used.clone(), ..options };
            plan_expanded(context, &query, options).map_err(|error| used.explained(error))
        }
    }
}

fn plan_expanded(context: &mut QueryContext<'_>, query: &Query, options: Options) -> Result<PhysicalQuery> {
    let written = query.span.end.saturating_sub(query.span.start);
    // The query of a pipeline is deeper than its text is long.
    let depth = depth_of(&query.sql);
    if depth > MAX_QUERY_DEPTH {
        let message = format!("queries are nested more than {MAX_QUERY_DEPTH} deep");
        return Err(Error::new(Code::NestingTooDeep, message).at(query.span));
    }
    let length = written.max(depth * BYTES_OF_LEVEL);
    linal_lang::sql::ensure_sufficient_stack(length, || {
        if options.open.is_some() {
            return at_versions(context, &parameters::opened(query), options);
        }
        match parameters::bound(context, query)? {
            None => at_versions(context, query, options),
            Some(query) => at_versions(context, &query, options),
        }
    })
}

/// Most queries within one another; a step of a pipeline is one.
const MAX_QUERY_DEPTH: usize = 500;

/// The text that a query within another one stands for when the stack is chosen.
const BYTES_OF_LEVEL: usize = 100;

/// How many queries stand within one another.
fn depth_of(query: &sql::Query) -> usize {
    struct Depth(usize, usize);
    impl sql::Visitor for Depth {
        type Break = ();

        fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
            self.0 += 1;
            self.1 = self.1.max(self.0);
            ControlFlow::Continue(())
        }

        fn post_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
            self.0 -= 1;
            ControlFlow::Continue(())
        }
    }
    let mut depth = Depth(0, 0);
    let _ = Walk::walk(query, &mut depth);
    depth.1
}

fn at_versions(context: &mut QueryContext<'_>, query: &Query, options: Options) -> Result<PhysicalQuery> {
    match table_version::resolved(context, query)? {
        None => expanded(context, query, options),
        Some((query, versions)) => {
            let given = options.given.into_iter().chain(versions).collect();
            expanded(context, &query, Options { given, ..options })
        }
    }
}

fn expanded(context: &mut QueryContext<'_>, query: &Query, options: Options) -> Result<PhysicalQuery> {
    let Some(expanded) = table_constructs::expanded(context, query, &options)? else {
        return planned(context, query, options);
    };
    let made = options.made.into_iter().chain(expanded.tables).collect();
    let mut plan = planned(context, &expanded.query, Options { made, ..options })?;
    plan.repeatable &= expanded.is_repeatable;
    plan.notices.extend(expanded.notices);
    Ok(plan)
}

fn planned(context: &mut QueryContext<'_>, query: &Query, options: Options) -> Result<PhysicalQuery> {
    recursion::check(&query.sql)?;
    if options.open.is_some() && !(options.given.is_empty() && options.made.is_empty()) {
        // The rows of such tables may depend on the values.
        return Err(Error::new(Code::NotSupported, "a plan without values over tables of the query"));
    }
    let uses_row_ids = resolve::uses_row_ids(&query.sql);
    let options = Options { row_numbers: options.row_numbers || uses_row_ids, ..options };
    let mut names = Names::default();
    let mut tables = Tables::collect(context, &query.sql, &options, &mut names)?;
    let session =
        SessionFacts { database: context.catalog.database.clone(), settings: context.settings.clone() };
    let mut outer_aggregates = OuterAggregates::default();
    let types = RecursiveTypes::default();
    // Each round finds one more aggregate that an outer query computes, or a wider type of a recursion.
    for _ in 0..64 {
        let mut tree = query.sql.as_ref().clone();
        if !tables.sources.contains_key("dual") {
            dual::drop(&mut tree);
        }
        intervals::write_out(&mut tree)?;
        nested_values::write_out(&mut tree);
        virtual_columns::expand(&mut tree, &tables.lazy);
        named_windows::write_out(&mut tree)?;
        outer_aggregates.rewrite(&mut tree);
        let mut round = names.clone();
        let has_session_tensors = context.has_tensors();
        let is_tensor = |name: &str| context.tensor_exists(name);
        let scope = Scope {
            is_tensor: &is_tensor,
            has_session_tensors,
            has_tensors: tables.has_tensors || has_session_tensors || resolve::has_list(&tree),
            uses_row_ids,
            tables: &|name: &sql::ObjectName| tables.schema_of(name),
        };
        resolve::rewrite_query(&mut tree, &query.items, &scope, &mut round)?;
        let mut used = session_tensor::used(&tree);
        used.extend(options.open.iter().flat_map(|open| open.tensors(context.parameters)));
        let tensors = context.tensors_of(&used)?;
        context.execution.poll()?;
        let limit = context.execution.control().deadline();
        let timezone = context.settings.timezone.clone();
        let reservation = context.reservation.clone();
        let planner_state = context.planner_state()?;
        planner_state.limit.set(limit);
        let is_small = planner_state.is_small(tables.elements);
        let states = planner_state.states(tables.elements);
        let mut provider = Provider {
            state: states.full,
            tables: tables.sources.clone(),
            tensors: &tensors,
            outer_aggregates: &outer_aggregates,
            parameters: Vec::new(),
            datasets: tables.known.clone(),
            objects: &options.objects,
            reservation,
            timezone: timezone.clone(),
            session: session.clone(),
            relations: [
                Arc::new(MarkedRelations { types: types.clone() }),
                Arc::new(OwnRelations),
                Arc::new(UnionTypes),
            ],
        };
        if let Some(open) = &options.open {
            let values =
                udf::while_planning(|| open.bound(&provider).and_then(|values| open_query::calls(&values)));
            provider.parameters = values.map_err(|failure| error::translate(&failure, &round))?;
        }
        common_table::mark(&mut tree, &|name| name == SAMPLE || provider.is_volatile(name));
        recursion::mark_terms(&mut tree);
        validate::check(&tree, &provider)?;
        if options.row_by_row {
            validate::row_by_row(&tree, &provider)?;
        }
        window::write_out_offsets(&mut tree, &provider, &round)?;
        window::check(&tree, &provider)?;
        ordered_join::mark(&mut tree);
        sample::mark(&mut tree)?;
        let mut trace = options.traces_rules.then(RuleTrace::default);
        let is_open = options.open.is_some();
        let built = udf::while_planning(|| match is_open {
            true => bound::bind(&provider, tree).map(bound::unplanned),
            false => bound::build(&provider, states, tree, trace.as_mut()),
        });
        match built {
            Ok((logical, physical)) => {
                let is_serial = run::is_serial(&physical) && !cancellation::is_needed(&physical);
                let schema = bound::shown_schema(&logical, &physical, &round);
                return Ok(PhysicalQuery {
                    repeatable: !tables.has_files && !bound::reads_the_time(&logical),
                    on_caller: is_serial && is_small && bound::is_shallow(&physical, bound::CALLER_DEPTH),
                    notices: std::mem::take(&mut tables.notices),
                    elements: tables.elements,
                    trace,
                    physical,
                    logical,
                    schema,
                    seen: std::mem::take(&mut tables.seen),
                    tensors,
                    names: round,
                    database: context.catalog.database.clone(),
                });
            }
            Err(failure) => {
                if let Some(outer) = OuterAggregate::of(&failure)
                    && outer.is_news(&mut outer_aggregates)
                {
                    continue;
                }
                if !types.take_wider() {
                    return Err(placed(error::translate(&failure, &round), &failure, query));
                }
            }
        }
    }
    Err(Error::new(Code::InternalError, "a bug in linal: the names of this query cannot be resolved"))
}

/// Locates an unknown column in the query's text when DataFusion's error has no position.
fn placed(error: Error, failure: &DataFusionError, query: &Query) -> Error {
    let lost = error::unknown_column(failure).filter(|_| error.span().is_none());
    match lost.and_then(|column| resolve::place_of(&query.sql, &column.name)) {
        Some(place) => error.at(place),
        None => error,
    }
}
