//! The registry's functions, called on columns.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_bind::binder::{Argument, Binder};
use linal_bind::functions::{Category, Columns, FileAccess, FunctionDef, Registry};
use linal_bind::{Parameters, Variables};
use linal_dataset::Result;
use linal_lang::{CallPattern, Span};
use linal_tensor::graph::NodeRef;
use linal_tensor::{DType, ExecutionContext};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::argument;
use super::formula;
use super::formula::Formula;
use super::operand::Operand;
use super::rounding;

/// DataFusion's functions by name, for calls that ours do not accept.
static BUILTIN: LazyLock<FxHashMap<String, Arc<ScalarUDF>>> = LazyLock::new(|| {
    let mut functions = FxHashMap::default();
    let all = datafusion::functions::all_default_functions();
    for function in all.into_iter().chain(datafusion::functions_nested::all_default_nested_functions()) {
        for name in function.aliases() {
            functions.insert(name.clone(), function.clone());
        }
        functions.insert(function.name().to_string(), function);
    }
    functions.insert("round".to_string(), rounding::round());
    functions
});

/// The function of a definition; `None` if queries cannot call it.
pub(super) fn function_of(definition: &'static FunctionDef, default_dtype: DType) -> Option<Arc<ScalarUDF>> {
    let names: Vec<&str> = match definition.columns {
        Columns::AllNames | Columns::Lists => {
            std::iter::once(definition.name).chain(definition.aliases.iter().copied()).collect()
        }
        Columns::Names(names) => names.to_vec(),
        Columns::Never => return None,
    };
    let (first, others) = names.split_first()?;
    let lower = |name: &str| name.to_ascii_lowercase();
    let builtin = names.iter().find_map(|name| BUILTIN.get(&lower(name)).cloned());
    let volatility = builtin.as_ref().map_or(Volatility::Immutable, |builtin| builtin.signature().volatility);
    let signature = Signature::user_defined(volatility);
    Some(Arc::new(ScalarUDF::new_from_impl(CallFunction {
        definition,
        default_dtype,
        name: lower(first),
        aliases: others.iter().map(|name| lower(name)).collect(),
        signature,
        builtin,
    })))
}

/// The type in which an argument is computed: integers of any width are i64.
pub(super) fn number_type(from: &DataType) -> DataType {
    use DataType::*;
    match from {
        Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 | UInt64 => Int64,
        Float16 => Float32,
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Float64,
        Dictionary(_, value) => number_type(value),
        List(item) => {
            let element = number_type(item.data_type());
            if element == *item.data_type() {
                from.clone()
            } else {
                List(Arc::new(Field::new_list_field(element, true)))
            }
        }
        FixedSizeList(item, width) => {
            let element = number_type(item.data_type());
            if element == *item.data_type() {
                from.clone()
            } else {
                FixedSizeList(Arc::new(Field::new_list_field(element, true)), *width)
            }
        }
        other => other.clone(),
    }
}

#[derive(Debug)]
pub(super) struct CallFunction {
    definition: &'static FunctionDef,
    /// The dtype of tensors that it makes from numbers.
    default_dtype: DType,
    name: String,
    aliases: Vec<String>,
    signature: Signature,
    builtin: Option<Arc<ScalarUDF>>,
}

impl PartialEq for CallFunction {
    fn eq(&self, other: &Self) -> bool {
        self.definition.name == other.definition.name
    }
}

impl Eq for CallFunction {}

impl Hash for CallFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.name.hash(state);
    }
}

impl CallFunction {
    /// DataFusion's function of this name, if ours does not accept arguments of these types.
    pub(super) fn builtin_for(&self, types: &[DataType]) -> Option<&Arc<ScalarUDF>> {
        let builtin = self.builtin.as_ref().filter(|_| !types.iter().any(argument::is_mark))?;
        let form = Registry::global().pattern_of(self.definition);
        let tensor = |t: &DataType| match t {
            DataType::FixedSizeList(..) => true,
            DataType::List(item) => {
                item.data_type().is_numeric() || matches!(item.data_type(), DataType::FixedSizeList(..))
            }
            _ => false,
        };
        let number = |t: &DataType| {
            matches!(number_type(t), DataType::Int64 | DataType::Float32 | DataType::Float64)
                && !matches!(
                    t,
                    DataType::Decimal32(..)
                        | DataType::Decimal64(..)
                        | DataType::Decimal128(..)
                        | DataType::Decimal256(..)
                )
        };
        let takes_numbers = self.definition.category == Category::Elementwise;
        let ours = fits(form, types.len())
            && types
                .iter()
                .all(|t| tensor(t) || number(t) || matches!(t, DataType::Null | DataType::Boolean))
            && (takes_numbers || types.iter().any(tensor));
        // If DataFusion's does not accept them either, ours reports the error.
        Some(builtin).filter(|builtin| !ours && coerced(builtin, types).is_ok())
    }
}

/// The types to which a DataFusion function coerces arguments of some types.
fn coerced(function: &ScalarUDF, types: &[DataType]) -> DfResult<Vec<DataType>> {
    let field = |t: &DataType| Arc::new(Field::new("argument", t.clone(), true));
    let fields: Vec<FieldRef> = types.iter().map(field).collect();
    let fields = fields_with_udf(&fields, function)?;
    Ok(fields.iter().map(|field| field.data_type().clone()).collect())
}

/// Whether a call pattern accepts this number of arguments.
fn fits(form: &CallPattern, count: usize) -> bool {
    let required = form.params().iter().filter(|param| !param.optional).count();
    let limit =
        if form.params().iter().any(|param| param.variadic) { usize::MAX } else { form.params().len() };
    (required..=limit).contains(&count)
}

impl Formula for CallFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn graph(&self, operands: &[Operand], context: &ExecutionContext) -> Result<NodeRef> {
        let (mut variables, files) = (Variables::default(), FileAccess::default());
        let mut binder = Binder {
            variables: &mut variables,
            context,
            registry: Registry::global(),
            files: &files,
            datasets: None,
            subqueries: &[],
            parameters: &Parameters::NONE,
            default_dtype: self.default_dtype,
            lazy: false,
            columns: true,
            spectrum: operands.iter().find_map(Operand::spectrum),
            sources: SmallVec::new(),
            cacheable: false,
        };
        let place = Span::default();
        let arguments = argument::named(operands)?
            .into_iter()
            .map(|(name, value)| Argument { name, value, name_span: place, span: place })
            .collect();
        binder.apply(self.definition, place, arguments)
    }

    fn depends_on_values(&self, _: &[Operand]) -> bool {
        self.definition.columns == Columns::Lists
    }
}

impl ScalarUDFImpl for CallFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        match self.builtin_for(types) {
            Some(builtin) => builtin.return_type(types),
            None => datafusion::common::internal_err!("the type of {} follows from fields", self.name),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        match self.builtin_for(&types) {
            Some(builtin) => builtin.return_field_from_args(args),
            None => formula::return_field(self, &args),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        match self.builtin_for(&types) {
            Some(builtin) => builtin.invoke_with_args(args),
            None => formula::invoke(self, &args),
        }
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        match self.builtin_for(types) {
            Some(builtin) => coerced(builtin, types),
            None => Ok(types.iter().map(number_type).collect()),
        }
    }
}
