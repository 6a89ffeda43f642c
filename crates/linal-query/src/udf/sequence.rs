//! `nextval('s')` and `currval('s')`: functions without arguments that hold their sequence.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::Int64Array;
use arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Error;
use linal_dataset::sequence::{Reservation, Sequence};
use linal_error::Code;

use super::error::external;

/// The prefix of the name of NEXTVAL, which the number of the sequence among those of the query follows.
pub(crate) const NEXTVAL: &str = "__nextval ";
/// The same for CURRVAL.
pub(crate) const CURRVAL: &str = "__currval ";

/// A sequence with its name, and what reserves its numbers.
type Used = (Arc<str>, Arc<Sequence>, Option<Arc<dyn Reservation>>);

/// The function of this name; `None` for a name of another one.
pub(crate) fn function(name: &str, find: impl Fn(usize) -> Option<Used>) -> Option<Arc<ScalarUDF>> {
    let (number, advances) = match name.strip_prefix(NEXTVAL) {
        Some(number) => (number, true),
        None => (name.strip_prefix(CURRVAL)?, false),
    };
    let (shown, sequence, reservation) = find(number.parse().ok()?)?;
    let function = SequenceValue {
        name: name.to_string(),
        shown,
        sequence,
        reservation,
        advances,
        signature: Signature::exact(Vec::new(), Volatility::Volatile),
    };
    Some(Arc::new(ScalarUDF::new_from_impl(function)))
}

struct SequenceValue {
    name: String,
    shown: Arc<str>,
    sequence: Arc<Sequence>,
    reservation: Option<Arc<dyn Reservation>>,
    /// Whether it is NEXTVAL.
    advances: bool,
    signature: Signature,
}

impl std::fmt::Debug for SequenceValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SequenceValue").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for SequenceValue {
    fn eq(&self, other: &SequenceValue) -> bool {
        self.advances == other.advances && Arc::ptr_eq(&self.sequence, &other.sequence)
    }
}

impl Eq for SequenceValue {}

impl Hash for SequenceValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.advances, Arc::as_ptr(&self.sequence)).hash(state);
    }
}

impl SequenceValue {
    fn current(&self) -> DfResult<i64> {
        self.sequence.last().ok_or_else(|| {
            let message = format!("the sequence `{}` has given no value yet", self.shown);
            let help = format!("NEXTVAL('{}') gives the first", self.shown);
            external(Error::new(Code::UndefinedResult, message).with_help(help))
        })
    }
}

impl ScalarUDFImpl for SequenceValue {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, _: &[datafusion::logical_expr::Expr]) -> DfResult<String> {
        let word = if self.advances { "nextval" } else { "currval" };
        Ok(format!("{word}('{}')", self.shown))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        if !self.advances {
            return Ok(ColumnarValue::Scalar(ScalarValue::Int64(Some(self.current()?))));
        }
        let reservation = self.reservation.as_deref();
        let values: DfResult<Vec<i64>> = (0..args.number_rows)
            .map(|_| self.sequence.next(&self.shown, reservation).map_err(external))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(Int64Array::from(values?))))
    }
}
