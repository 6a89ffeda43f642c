//! `STACK(v ORDER BY ..)`: stacks the tensors of a group along a new first axis.

mod groups;
mod keys;
mod rows;
mod single;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, internal_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::{ColumnType, TensorType};
use linal_tensor::Shape;

use self::groups::GroupStack;
use self::keys::Keys;
use self::rows::Rows;
use self::single::SingleStack;
use crate::udf::call::number_type;
use crate::udf::error::external;

/// Field metadata of a stack: the shape of its cells, `2,3`, unless they are vectors.
pub(crate) const CELL_SHAPE: &str = "linal.cell_shape";

/// The field of one cell of a stack; `item` is the field of its list's elements.
pub(crate) fn cell_of_stack(stack: &Field, item: &Field) -> Field {
    let cell = Field::new(stack.name(), item.data_type().clone(), false);
    let dims = stack
        .metadata()
        .get(CELL_SHAPE)
        .and_then(|dims| dims.split(',').map(|dim| dim.parse().ok()).collect::<Option<Vec<usize>>>());
    match (dims, TensorType::of(&cell)) {
        (Some(dims), Some(flat)) if Shape::new(&dims).len() == flat.len() => {
            TensorType { shape: Shape::new(&dims), dtype: flat.dtype }.field(stack.name(), false)
        }
        _ => cell,
    }
}

/// The aggregate: a list of the non-NULL cells, in the requested order.
pub(super) fn stack() -> Arc<AggregateUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(AggregateUDF::new_from_impl(Stack { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Stack {
    signature: Signature,
}

impl Stack {
    /// The empty state of a call.
    fn start(args: &AccumulatorArgs<'_>) -> DfResult<Rows> {
        Stack::check(args.expr_fields, args.is_distinct)?;
        let [cell] = args.expr_fields else { return internal_err!("STACK of several arguments") };
        let keys = match args.order_bys {
            [] => None,
            order => Some(Keys::new(order, args.schema)?),
        };
        Rows::new(cell.data_type(), keys)
    }

    fn check(fields: &[FieldRef], distinct: bool) -> DfResult<TensorType> {
        let found = match fields {
            [field] => TensorType::of(field),
            _ => None,
        };
        match found {
            Some(_) if distinct => Err(external(Error::not_yet("STACK(DISTINCT ...)"))),
            Some(tensor) => Ok(tensor),
            None => {
                let types: Vec<String> = fields.iter().map(|f| ColumnType::of(f).to_string()).collect();
                let message = format!("STACK takes one column of tensors, not ({})", types.join(", "));
                Err(external(Error::new(Code::NotATensor, message)))
            }
        }
    }
}

impl AggregateUDFImpl for Stack {
    fn name(&self) -> &str {
        "stack"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(types.iter().map(number_type).collect())
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        match types {
            [cell] => Ok(rows::lists_of(cell)),
            _ => internal_err!("STACK of {} arguments", types.len()),
        }
    }

    fn return_field(&self, fields: &[FieldRef]) -> DfResult<FieldRef> {
        let tensor = Stack::check(fields, false)?;
        let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
        let mut metadata = std::collections::HashMap::new();
        if tensor.shape.rank() != 1 {
            let dims: Vec<String> = tensor.shape.dims().iter().map(usize::to_string).collect();
            metadata.insert(CELL_SHAPE.to_string(), dims.join(","));
        }
        Ok(Arc::new(Field::new("stack", self.return_type(&types)?, true).with_metadata(metadata)))
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        Ok(Box::new(SingleStack::new(Stack::start(&args)?)))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        // The accumulator reports the error.
        Stack::check(args.expr_fields, args.is_distinct).is_ok()
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(GroupStack::new(Stack::start(&args)?)))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        Stack::check(args.input_fields, args.is_distinct)?;
        let [cell] = args.input_fields else { return internal_err!("STACK of several arguments") };
        let field = |part, of: &DataType| {
            Arc::new(Field::new(format_state_name(args.name, part), rows::lists_of(of), true))
        };
        let mut fields = vec![field("cells", cell.data_type())];
        if !args.ordering_fields.is_empty() {
            fields.push(field("keys", &DataType::Binary));
        }
        Ok(fields)
    }

    /// Keys are kept with the cells, which are ordered at the end: unordered rows need no sort of whole
    /// tensors before, and rows that are already in order are detected.
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Beneficial
    }

    fn with_beneficial_ordering(self: Arc<Self>, _: bool) -> DfResult<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::NotSupported
    }

    fn supports_null_handling_clause(&self) -> bool {
        false
    }
}
