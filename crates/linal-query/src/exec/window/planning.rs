//! Reads the frame of a window function while DataFusion plans the call.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawWindowExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, WindowFrame,
    WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition,
};
use linal_dataset::Error;
use linal_error::Code;

use super::frame::{Exclusion, FrameSpec, Units};
use super::framed::framed;
use crate::error::external;

/// The call among the partition keys that encodes a frame's EXCLUDE; see `linal_lang::sql`.
const EXCLUDE: &str = linal_lang::sql::EXCLUDE;

/// Keeps frames that DataFusion cannot express, and reads RANGE without offsets as GROUPS, which works for
/// any type of the window's order.
#[derive(Debug)]
pub(crate) struct WindowFrames;

impl ExprPlanner for WindowFrames {
    fn plan_window(&self, mut raw: RawWindowExpr) -> Result<PlannerResult<RawWindowExpr>> {
        refuse_clauses(&raw)?;
        let exclusion = take_exclusion(&mut raw.partition_by);
        let spec = FrameSpec::of(&raw.window_frame, exclusion)?;
        if spec.is_ours() {
            raw.func_def = framed(raw.func_def, spec);
            raw.window_frame = WindowFrame::new_bounds(
                WindowFrameUnits::Rows,
                WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
                WindowFrameBound::Following(ScalarValue::UInt64(None)),
            );
        } else if spec.units == Units::Groups && !raw.order_by.is_empty() {
            let count = |bound: WindowFrameBound| match bound {
                WindowFrameBound::Preceding(by) if by.is_null() => {
                    WindowFrameBound::Preceding(ScalarValue::UInt64(None))
                }
                WindowFrameBound::Following(by) if by.is_null() => {
                    WindowFrameBound::Following(ScalarValue::UInt64(None))
                }
                other => other,
            };
            let frame = raw.window_frame;
            raw.window_frame = WindowFrame::new_bounds(
                WindowFrameUnits::Groups,
                count(frame.start_bound),
                count(frame.end_bound),
            );
        }
        Ok(PlannerResult::Original(raw))
    }
}

/// A window function that is not an aggregate takes neither FILTER nor DISTINCT.
fn refuse_clauses(raw: &RawWindowExpr) -> Result<()> {
    let WindowFunctionDefinition::WindowUDF(function) = &raw.func_def else { return Ok(()) };
    let clause = match (&raw.filter, raw.distinct) {
        (Some(_), _) => "FILTER",
        (None, true) => "DISTINCT",
        (None, false) => return Ok(()),
    };
    let message = format!("{} is no aggregate, and takes no {clause}", function.name().to_ascii_uppercase());
    Err(external(Error::new(Code::BadQuery, message)))
}

/// Removes a frame's EXCLUDE from the partition keys.
fn take_exclusion(partition_by: &mut Vec<Expr>) -> Exclusion {
    let mut found = Exclusion::default();
    partition_by.retain(|key| match exclusion_of(key) {
        Some(exclusion) => {
            found = exclusion;
            false
        }
        None => true,
    });
    found
}

fn exclusion_of(key: &Expr) -> Option<Exclusion> {
    let Expr::ScalarFunction(call) = key else { return None };
    match (call.func.name() == EXCLUDE, call.args.as_slice()) {
        (true, [Expr::Literal(ScalarValue::Utf8(Some(words)), _)]) => Exclusion::of(words),
        _ => None,
    }
}

/// The function of the call; it is removed before the plan runs.
pub(crate) fn exclude() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Exclude { signature: Signature::any(1, Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Exclude {
    signature: Signature,
}

impl ScalarUDFImpl for Exclude {
    fn name(&self) -> &str {
        EXCLUDE
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        plan_err!("EXCLUDE belongs to the frame of a window")
    }
}
