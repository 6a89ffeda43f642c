//! Functions that are defined by what they do with one row.
//!
//! A definition lists overloads. The first one whose argument kinds fit gives the types that arguments are coerced to
//! and the type of the result; NULL arguments give NULL unless the overload takes them.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::ColumnType;
use linal_store::temporal::Zone;

use super::kind::Kind;
use super::output::{Output, Value};
use super::row::{Column, Context, Row};
use crate::udf::context::execution;
use crate::udf::error::external;

/// A function of one row.
#[derive(Debug)]
pub(super) struct RowFunction {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// In the order in which they are tried.
    pub overloads: &'static [Overload],
}

/// One list of arguments that a function takes.
#[derive(Debug)]
pub(super) struct Overload {
    args: &'static [Kind],
    /// How many of the last arguments may be left out.
    optional: usize,
    /// The kind of any number of further arguments.
    rest: Option<Kind>,
    /// Whether NULL arguments are given to `row`.
    takes_null: bool,
    output: Output,
    row: fn(&Row<'_>) -> Result<Value>,
}

/// An overload that returns NULL if any argument is NULL.
pub(super) const fn of(
    args: &'static [Kind],
    output: Output,
    row: fn(&Row<'_>) -> Result<Value>,
) -> Overload {
    Overload { args, optional: 0, rest: None, takes_null: false, output, row }
}

impl Overload {
    /// The last `count` arguments may be left out.
    pub const fn optional(mut self, count: usize) -> Overload {
        self.optional = count;
        self
    }

    /// Any number of arguments of this kind may follow.
    pub const fn rest(mut self, kind: Kind) -> Overload {
        self.rest = Some(kind);
        self
    }

    /// NULL arguments are given to the function.
    pub const fn with_nulls(mut self) -> Overload {
        self.takes_null = true;
        self
    }

    fn takes(&self, count: usize) -> bool {
        let least = self.args.len() - self.optional;
        count >= least && (count <= self.args.len() || self.rest.is_some())
    }

    fn kind(&self, at: usize) -> Kind {
        self.args.get(at).copied().or(self.rest).unwrap_or(Kind::Any)
    }

    fn fits(&self, types: &[DataType], is_lenient: bool) -> bool {
        self.takes(types.len())
            && types.iter().enumerate().all(|(at, given)| self.kind(at).takes(given, is_lenient))
    }

    fn coerced(&self, types: &[DataType], zone: &Zone) -> Vec<DataType> {
        types.iter().enumerate().map(|(at, given)| self.kind(at).coerced(given, zone)).collect()
    }
}

/// A definition as a function of DataFusion.
pub(super) fn function(definition: &'static RowFunction, zone: &Zone) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Function {
        definition,
        zone: zone.clone(),
        aliases: definition.aliases.iter().map(|alias| (*alias).to_string()).collect(),
        signature: Signature::user_defined(Volatility::Immutable),
    }))
}

#[derive(Debug)]
struct Function {
    definition: &'static RowFunction,
    zone: Zone,
    aliases: Vec<String>,
    signature: Signature,
}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        self.definition.name == other.definition.name && self.zone == other.zone
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.name.hash(state);
        self.zone.hash(state);
    }
}

impl Function {
    /// The overload for these types: first among those that need no conversion from text.
    fn overload(&self, types: &[DataType]) -> DfResult<&'static Overload> {
        let fitting =
            |is_lenient| self.definition.overloads.iter().find(|known| known.fits(types, is_lenient));
        fitting(false).or_else(|| fitting(true)).ok_or_else(|| external(self.mismatch(types)))
    }

    fn mismatch(&self, types: &[DataType]) -> Error {
        let name = self.definition.name.to_uppercase();
        let forms: Vec<String> = self.definition.overloads.iter().map(|form| written(&name, form)).collect();
        let message = if self.definition.overloads.iter().any(|form| form.takes(types.len())) {
            let given: Vec<String> = types.iter().map(type_name).collect();
            format!("{name} does not take ({})", given.join(", "))
        } else {
            format!("{name} does not take {}", linal_dataset::count(types.len(), "argument"))
        };
        Error::new(Code::WrongArguments, message).with_help(format!("it is {}", forms.join(" or ")))
    }
}

fn type_name(data_type: &DataType) -> String {
    ColumnType::of(&Field::new("", data_type.clone(), true)).to_string()
}

fn written(name: &str, form: &Overload) -> String {
    let least = form.args.len() - form.optional;
    let mut text = format!("{name}(");
    for (at, kind) in form.args.iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        if at >= least {
            text.push_str(&format!("[{}]", kind.name()));
        } else {
            text.push_str(kind.name());
        }
    }
    if form.rest.is_some() {
        text.push_str(if form.args.is_empty() { "..." } else { ", ..." });
    }
    text.push(')');
    text
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.definition.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(self.overload(types)?.coerced(types, &self.zone))
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        Ok(self.overload(types)?.output.data_type(&[], &self.zone))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let output = self.overload(&types)?.output;
        let data_type = output.data_type(args.scalar_arguments, &self.zone);
        Ok(Arc::new(Field::new(self.name(), data_type, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        let overload = self.overload(&types)?;
        let is_constant = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let arrays = args.args.iter().map(|value| value.to_array(rows)).collect::<DfResult<Vec<_>>>()?;
        let execution = execution(&args.config_options);
        let context = Context { patterns: RefCell::default(), zone: &self.zone, execution: &execution };
        let result = evaluate(overload, &arrays, rows, args.return_field.data_type(), &context)?;
        if is_constant {
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?))
        } else {
            Ok(ColumnarValue::Array(result))
        }
    }
}

/// Rows between two looks at whether the statement is to stop.
const LOOK: usize = 64;

fn evaluate(
    overload: &Overload,
    arrays: &[ArrayRef],
    rows: usize,
    result: &DataType,
    context: &Context<'_>,
) -> DfResult<ArrayRef> {
    if !overload.takes_null && arrays.iter().any(|array| array.data_type().is_null()) {
        return Ok(new_null_array(result, rows));
    }
    let columns = arrays
        .iter()
        .enumerate()
        .map(|(at, array)| Column::of(array, overload.kind(at)))
        .collect::<DfResult<Vec<Column>>>()?;
    let mut values = overload.output.builder(result, rows);
    for at in 0..rows {
        if at % LOOK == LOOK - 1 {
            context.execution.poll().map_err(|error| external(Error::from(error)))?;
        }
        let row = Row::new(&columns, at, context);
        if !overload.takes_null && row.has_null() {
            values.push(Value::Null)?;
        } else {
            values.push((overload.row)(&row).map_err(external)?)?;
        }
    }
    values.finish()
}
