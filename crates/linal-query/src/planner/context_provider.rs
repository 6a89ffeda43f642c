//! What DataFusion looks up while it plans a query: datasets, functions and the session's tensors.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{Result, ScalarValue, TableReference};
use datafusion::config::ConfigOptions;
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{ContextProvider, ExprPlanner, RelationPlanner, TypePlanner};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, Expr, HigherOrderUDF, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, TableSource, Volatility, WindowUDF,
};
use linal_dataset::sequence::Reservation;
use linal_dataset::{Error, resolve_type, resolve_type_text};
use linal_error::Code;
use linal_store::ColumnType;
use linal_store::temporal::Zone;
use linal_tensor::Tensor;

use super::open_query::PARAMETER_PREFIX;
use super::type_planner::Types;
use crate::error::external;
use crate::frontend::desugar::function_forms;
use crate::frontend::desugar::outer_aggregates::OuterAggregates;
use crate::frontend::objects::UsedObjects;
use crate::frontend::resolve;
use crate::frontend::resolve::session_tensor::TENSOR_PREFIX;
use crate::logical::recursion::WorkTable;
use crate::udf;
use crate::udf::{LIMITED_CAST, SPECTRUM, STRICT, SessionFacts, TENSOR, TRY_LIMITED_CAST};

/// The names that one query can refer to.
pub(crate) struct Provider<'a> {
    pub state: &'a SessionState,
    /// Tables by their lower-case name, `db.t` and paths included.
    pub tables: HashMap<String, Arc<dyn TableSource>>,
    /// Tensors of the session that the query names, by lower-case name.
    pub tensors: &'a [SessionTensor],
    /// Aggregates in subqueries that an outer query computes.
    pub outer_aggregates: &'a OuterAggregates,
    /// Calls that stand for parameters without a value, by lower-case name.
    pub parameters: Vec<(String, Arc<ScalarUDF>)>,
    /// Names of the existing datasets, for hints in errors.
    pub datasets: Vec<Arc<str>>,
    /// Sequences and types of the catalog that the query uses.
    pub objects: &'a UsedObjects,
    /// Reserves numbers of sequences.
    pub reservation: Option<Arc<dyn Reservation>>,
    /// The session's time zone.
    pub timezone: Zone,
    /// What functions of the session tell.
    pub session: SessionFacts,
    /// Plans the relations that are marked by their alias, joins by order, samples, and set operations.
    pub relations: [Arc<dyn RelationPlanner>; 3],
}

impl Provider<'_> {
    /// The function of a sequence or an enum type.
    fn used_object(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        let sequence = udf::sequence::function(name, |number| {
            let used = self.objects.sequences.get(number)?;
            Some((used.name.clone(), used.sequence.clone(), self.reservation.clone()))
        });
        sequence.or_else(|| {
            udf::enums::cast(name, |number| {
                let used = self.objects.types.get(number)?;
                Some((used.name.clone(), used.labels.clone()))
            })
        })
    }

    /// Whether the function with this lower-case name is volatile.
    pub fn is_volatile(&self, name: &str) -> bool {
        self.get_function_meta(name)
            .is_some_and(|function| function.signature().volatility == Volatility::Volatile)
    }
}

impl ContextProvider for Provider<'_> {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        let key = name.to_string();
        // The planner quotes a name that is not a plain identifier; the catalog does not.
        let plain = match &name {
            TableReference::Bare { table } => table.to_string(),
            TableReference::Partial { schema, table } => format!("{schema}.{table}"),
            TableReference::Full { catalog, schema, table } => format!("{catalog}.{schema}.{table}"),
        };
        if let Some(source) = self.tables.get(&plain).or_else(|| self.tables.get(&key)) {
            return Ok(source.clone());
        }
        let known = self.datasets.iter().map(|name| &**name);
        let error = Error::unknown(Code::UnknownName, "dataset", &plain, known);
        let help = if matches!(plain.as_str(), "sqlite_master" | "sqlite_schema") {
            "information_schema.tables and information_schema.columns list what there is"
        } else {
            "LIST DATASETS shows what there is"
        };
        Err(external(error.or_help(help)))
    }

    fn get_table_function_source(&self, name: &str, args: Vec<Expr>) -> Result<Arc<dyn TableSource>> {
        super::table_function::plan(name, &args, self.state)
    }

    fn create_cte_work_table(&self, name: &str, schema: SchemaRef) -> Result<Arc<dyn TableSource>> {
        Ok(provider_as_source(Arc::new(WorkTable::new(name, schema))))
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        self.state.expr_planners()
    }

    fn get_relation_planners(&self) -> &[Arc<dyn RelationPlanner>] {
        &self.relations
    }

    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        Some(Arc::new(Types { timezone: self.timezone.clone() }))
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        if let Some(variable) = name.strip_prefix(TENSOR_PREFIX) {
            let known = self.tensors.iter().find(|known| known.name == variable)?;
            return Some(Arc::new(ScalarUDF::new_from_impl(TensorValue::new(known)?)));
        }
        if let Some(parameter) = name.strip_prefix(PARAMETER_PREFIX) {
            let known = self.parameters.iter().find(|(known, _)| known == parameter);
            return known.map(|(_, call)| call.clone());
        }
        if let Some((target, or_null)) = resolve::cast_target(name) {
            let (word, args) = super::type_planner::parts(target);
            let ColumnType::Tensor(target) = resolve_type(word, &args).ok()?.column_type else { return None };
            return Some(if or_null {
                crate::udf::try_cast_tensor(target)
            } else {
                crate::udf::cast_tensor(target)
            });
        }
        let outer = crate::udf::outer_function(name, |place| self.outer_aggregates.field_of(place).cloned());
        if outer.is_some() {
            return outer;
        }
        if let Some(named) = crate::udf::named_subquery(name) {
            return Some(named);
        }
        if let Some(once) = crate::udf::once(name) {
            return Some(once);
        }
        if let Some(used) = self.used_object(name) {
            return Some(used);
        }
        if let Some(limited) = limited_cast(name) {
            return Some(limited);
        }
        if let Some(function) = crate::udf::session_function(name, &self.session) {
            return Some(function);
        }
        if let Some(quantified) = crate::udf::quantified(name) {
            return Some(quantified);
        }
        crate::udf::logic(name).or_else(|| self.state.scalar_functions().get(name).cloned())
    }

    fn get_higher_order_meta(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        self.state.higher_order_functions().get(name).cloned()
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.state.aggregate_functions().get(full_name(name)).cloned()
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.state.window_functions().get(full_name(name)).cloned()
    }

    fn get_variable_type(&self, _: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        self.state.config_options()
    }

    fn udf_names(&self) -> Vec<String> {
        let hidden = |name: &&String| !name.starts_with("__");
        let known = self.state.scalar_functions().keys().filter(hidden).cloned();
        let of_session = crate::udf::SESSION_FUNCTIONS.into_iter();
        sorted(known.chain(of_session.chain(function_forms::names()).map(String::from)))
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        sorted(self.state.higher_order_functions().keys().cloned())
    }

    fn udaf_names(&self) -> Vec<String> {
        let hidden = |name: &&String| !name.starts_with("__");
        sorted(self.state.aggregate_functions().keys().filter(hidden).cloned())
    }

    fn udwf_names(&self) -> Vec<String> {
        sorted(self.state.window_functions().keys().cloned())
    }
}

/// Names in one order: of equally near ones, a suggestion is the first.
fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

/// FIRST and LAST are aliases of FIRST_VALUE and LAST_VALUE.
fn full_name(name: &str) -> &str {
    match name {
        "first" => "first_value",
        "last" => "last_value",
        other => other,
    }
}

/// The function that casts to a type with a length limit, by its name.
fn limited_cast(name: &str) -> Option<Arc<ScalarUDF>> {
    let (text, or_null) = match name.strip_prefix(LIMITED_CAST) {
        Some(text) => (text, false),
        None => (name.strip_prefix(TRY_LIMITED_CAST)?, true),
    };
    let (element, brackets) = text.split_at(text.find('[').unwrap_or(text.len()));
    let limit = resolve_type_text(element).ok()?.limit?;
    Some(crate::udf::limited_cast(limit, brackets, or_null))
}

/// A tensor of the session that a query names.
#[derive(Clone, Debug)]
pub(crate) struct SessionTensor {
    /// The name in lower case.
    pub name: String,
    pub tensor: Tensor,
    /// Whether it broadcasts with scalars only.
    pub strict: bool,
    /// The length of the signal, when the tensor is its spectrum.
    pub spectrum: Option<usize>,
}

/// A tensor of the session as a function without arguments, which the optimizer replaces by its value.
#[derive(Debug, Clone)]
pub(crate) struct TensorValue {
    name: String,
    pub tensor: Tensor,
    value: ScalarValue,
    metadata: FieldMetadata,
    signature: Signature,
}

/// Metadata with one key.
pub(crate) fn marked(key: &str) -> FieldMetadata {
    FieldMetadata::from(BTreeMap::from([(key.to_string(), "1".to_string())]))
}

impl TensorValue {
    /// `None` for a tensor that cannot be the value of a cell.
    fn new(known: &SessionTensor) -> Option<TensorValue> {
        let (value, mut metadata) = super::tensor_conversion::scalar_of(&known.tensor)?;
        let mut mark = |key: &str| metadata.extend(marked(key));
        if known.strict {
            mark(STRICT);
        }
        if known.tensor.shape().rank() == 0 {
            mark(TENSOR);
        }
        if let Some(length) = known.spectrum {
            let of_signal = BTreeMap::from([(SPECTRUM.to_string(), length.to_string())]);
            metadata.extend(FieldMetadata::from(of_signal));
        }
        Some(TensorValue {
            name: known.name.clone(),
            tensor: known.tensor.clone(),
            value,
            metadata,
            signature: Signature::exact(Vec::new(), Volatility::Immutable),
        })
    }

    /// The tensor as a literal.
    pub fn literal(&self) -> Expr {
        Expr::Literal(self.value.clone(), Some(self.metadata.clone()))
    }
}

impl PartialEq for TensorValue {
    fn eq(&self, other: &TensorValue) -> bool {
        self.name == other.name && self.tensor.shares_memory_with(&other.tensor)
    }
}

impl Eq for TensorValue {}

impl std::hash::Hash for TensorValue {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for TensorValue {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.value.data_type())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<arrow::datatypes::FieldRef> {
        let field = arrow::datatypes::Field::new(&self.name, self.value.data_type(), false)
            .with_metadata(self.metadata.to_hashmap());
        Ok(Arc::new(field))
    }

    fn simplify(&self, _: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        Ok(ExprSimplifyResult::Simplified(self.literal()))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
}
