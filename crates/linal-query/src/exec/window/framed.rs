//! Window functions with a frame that DataFusion cannot express: RANGE over any type, and EXCLUDE.
//!
//! The function carries the frame, and two such functions are equal only if their frames are. DataFusion sees
//! a frame of rows, which it never evaluates, since the operator of this module runs all windows.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::expr::WindowFunctionParams;
use datafusion::logical_expr::function::{
    AccumulatorArgs, PartitionEvaluatorArgs, StateFieldsArgs, WindowUDFFieldArgs,
};
use datafusion::logical_expr::type_coercion::functions::{UDFCoercionExt, fields_with_udf};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, PartitionEvaluator, Signature, Volatility,
    WindowFunctionDefinition, WindowUDF, WindowUDFImpl,
};

use super::frame::FrameSpec;

/// A function that carries its frame.
pub(super) fn framed(function: WindowFunctionDefinition, frame: FrameSpec) -> WindowFunctionDefinition {
    let signature = Signature::user_defined(Volatility::Immutable);
    match function {
        WindowFunctionDefinition::AggregateUDF(inner) => {
            let framed = FramedAggregate { inner, frame, signature };
            WindowFunctionDefinition::AggregateUDF(Arc::new(AggregateUDF::new_from_impl(framed)))
        }
        WindowFunctionDefinition::WindowUDF(inner) => {
            let name = format!("{} {frame}", inner.name());
            let framed = FramedWindow { inner, frame, name, signature };
            WindowFunctionDefinition::WindowUDF(Arc::new(WindowUDF::new_from_impl(framed)))
        }
    }
}

/// The function itself, and the frame that it carries.
pub(super) fn unframed(function: &WindowFunctionDefinition) -> (WindowFunctionDefinition, Option<FrameSpec>) {
    match function {
        WindowFunctionDefinition::AggregateUDF(function) => {
            if let Some(framed) = function.inner().downcast_ref::<FramedAggregate>() {
                let inner = WindowFunctionDefinition::AggregateUDF(framed.inner.clone());
                return (inner, Some(framed.frame.clone()));
            }
        }
        WindowFunctionDefinition::WindowUDF(function) => {
            if let Some(framed) = function.inner().downcast_ref::<FramedWindow>() {
                let inner = WindowFunctionDefinition::WindowUDF(framed.inner.clone());
                return (inner, Some(framed.frame.clone()));
            }
        }
    }
    (function.clone(), None)
}

/// Another aggregate in place of a function, over the same frame.
pub(crate) fn with_aggregate(
    function: &WindowFunctionDefinition,
    aggregate: Arc<AggregateUDF>,
) -> WindowFunctionDefinition {
    let aggregate = WindowFunctionDefinition::AggregateUDF(aggregate);
    match unframed(function).1 {
        Some(frame) => framed(aggregate, frame),
        None => aggregate,
    }
}

/// The types that the arguments of a function are coerced to.
fn coerced<F: UDFCoercionExt>(types: &[DataType], function: &F) -> Result<Vec<DataType>> {
    let field = |data_type: &DataType| Arc::new(Field::new("argument", data_type.clone(), true));
    let fields: Vec<FieldRef> = types.iter().map(field).collect();
    let fields = fields_with_udf(&fields, function)?;
    Ok(fields.iter().map(|field| field.data_type().clone()).collect())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FramedAggregate {
    inner: Arc<AggregateUDF>,
    frame: FrameSpec,
    signature: Signature,
}

impl AggregateUDFImpl for FramedAggregate {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        coerced(types, self.inner.as_ref())
    }

    fn window_function_schema_name(&self, params: &WindowFunctionParams) -> Result<String> {
        Ok(format!("{} {}", self.inner.window_function_schema_name(params)?, self.frame))
    }

    fn window_function_display_name(&self, params: &WindowFunctionParams) -> Result<String> {
        Ok(format!("{} {}", self.inner.window_function_display_name(params)?, self.frame))
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        self.inner.return_field(fields)
    }

    fn is_nullable(&self) -> bool {
        self.inner.is_nullable()
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        self.inner.accumulator(args)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.inner.state_fields(args)
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn supports_null_handling_clause(&self) -> bool {
        self.inner.supports_null_handling_clause()
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FramedWindow {
    inner: Arc<WindowUDF>,
    frame: FrameSpec,
    /// The name, which differs for equal functions over different frames.
    name: String,
    signature: Signature,
}

impl WindowUDFImpl for FramedWindow {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        coerced(types, self.inner.as_ref())
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        self.inner.partition_evaluator_factory(args)
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.field(args)
    }
}
