//! `STACK(v ORDER BY ..)`: the tensors of a group one below the other.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::functions_aggregate::array_agg::array_agg_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ReversedUDAF, Signature, Volatility,
};
use linal_store::{ColumnType, TensorType};
use linal_tensor::Shape;

use crate::error::Error;
use crate::relational::functions::call::number_type;
use crate::relational::functions::error::external;

/// Field metadata of a stack: the shape of its cells, `2,3`, where they are no vectors.
pub(crate) const CELL_SHAPE: &str = "linal.cell_shape";

/// The field of one cell of a stack; `item` is the field of its list's items.
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

/// The aggregate: a list of the cells that are not NULL, in the order asked for.
pub(super) fn stack() -> Arc<AggregateUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(AggregateUDF::new_from_impl(Stack { inner: array_agg_udaf(), signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Stack {
    inner: Arc<AggregateUDF>,
    signature: Signature,
}

impl Stack {
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
                Err(external(Error::new("E0307", "not_a_tensor", message)))
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
        self.inner.return_type(types)
    }

    fn return_field(&self, fields: &[FieldRef]) -> DfResult<FieldRef> {
        let tensor = Stack::check(fields, false)?;
        let field = self.inner.return_field(fields)?.as_ref().clone();
        let mut metadata = std::collections::HashMap::new();
        if tensor.shape.rank() != 1 {
            let dims: Vec<String> = tensor.shape.dims().iter().map(usize::to_string).collect();
            metadata.insert(CELL_SHAPE.to_string(), dims.join(","));
        }
        Ok(Arc::new(field.with_name("stack").with_metadata(metadata)))
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        Stack::check(args.expr_fields, args.is_distinct)?;
        self.inner.accumulator(AccumulatorArgs { ignore_nulls: true, ..args })
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        Stack::check(args.input_fields, args.is_distinct)?;
        self.inner.state_fields(args)
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
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
