//! An aggregate as DataFusion plans it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, StatisticsArgs,
    Volatility,
};
use linal_dataset::Error;
use linal_error::Code;
use linal_tensor::kernel::segment_reduce::SegmentOp;

use super::accumulate::{Fold, GroupFold, SingleFold};
use super::cells::{CellType, state_fields};
use super::float_extremes::float_extremes;
use super::sliding::SlidingFold;
use crate::udf::call::number_type;
use crate::udf::error::external;

/// The final step after the fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Finish {
    /// No change.
    Plain,
    /// Division by the number of rows.
    Mean,
    /// Variance or standard deviation.
    Spread { population: bool, root: bool },
}

/// An aggregate of tensors, which delegates other arguments to DataFusion's aggregate of the same name.
#[derive(Debug)]
pub(super) struct TensorAggregate {
    name: &'static str,
    aliases: Vec<String>,
    op: SegmentOp,
    finish: Finish,
    builtin: Option<Arc<AggregateUDF>>,
    signature: Signature,
}

impl TensorAggregate {
    pub fn new(
        name: &'static str,
        aliases: &[&str],
        op: SegmentOp,
        finish: Finish,
        builtin: Option<Arc<AggregateUDF>>,
    ) -> TensorAggregate {
        let aliases = aliases.iter().map(|alias| alias.to_string()).collect();
        let signature = Signature::user_defined(Volatility::Immutable);
        TensorAggregate { name, aliases, op, finish, builtin, signature }
    }

    /// The fold for an argument; `None` if DataFusion's aggregate takes it.
    fn fold(&self, fields: &[FieldRef], distinct: bool) -> DfResult<Option<Fold>> {
        let cell = match fields {
            [field] => CellType::of(field),
            _ => None,
        };
        let ours = cell.filter(|cell| !cell.number || (self.op == SegmentOp::Sum && !distinct));
        match (ours, &self.builtin) {
            (Some(cell), None) if cell.number => Err(self.not_tensor(fields)),
            (Some(cell), _) => {
                self.check(&cell, distinct)?;
                Ok(Some(Fold { cell, op: self.op, finish: self.finish }))
            }
            (None, Some(_)) => Ok(None),
            (None, None) => Err(self.not_tensor(fields)),
        }
    }

    fn check(&self, cell: &CellType, distinct: bool) -> DfResult<()> {
        let name = self.name.to_ascii_uppercase();
        if distinct {
            let message = format!("{name}(DISTINCT ...) of tensors");
            return Err(external(Error::not_yet(&message)));
        }
        if cell.tensor.dtype.is_complex() {
            let message = format!("{name} takes real numbers, not {}", cell.tensor);
            return Err(external(Error::new(Code::DTypeMismatch, message)));
        }
        Ok(())
    }

    fn not_tensor(&self, fields: &[FieldRef]) -> datafusion::common::DataFusionError {
        let found: Vec<String> =
            fields.iter().map(|field| linal_store::ColumnType::of(field).to_string()).collect();
        let name = self.name.to_ascii_uppercase();
        let message = format!("{name} takes one column of tensors, not ({})", found.join(", "));
        external(Error::new(Code::NotATensor, message))
    }

    fn fold_of(&self, args: &AccumulatorArgs<'_>) -> DfResult<Option<Fold>> {
        self.fold(args.expr_fields, args.is_distinct)
    }

    fn builtin(&self) -> DfResult<&Arc<AggregateUDF>> {
        self.builtin.as_ref().ok_or_else(|| self.not_tensor(&[]))
    }
}

impl PartialEq for TensorAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for TensorAggregate {}

impl Hash for TensorAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for TensorAggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        let [argument] = types else {
            let name = self.name.to_ascii_uppercase();
            let message = format!("{name} takes one argument, not {}", types.len());
            return Err(external(Error::new(Code::WrongArguments, message)));
        };
        // True is 1, and NULL a number of no type.
        match (self.op, argument) {
            (SegmentOp::Sum, DataType::Boolean | DataType::Null) => return Ok(vec![DataType::Int64]),
            (SegmentOp::Mean | SegmentOp::Moments, DataType::Null) => return Ok(vec![DataType::Float64]),
            _ => {}
        }
        // A mean has more digits than its argument.
        if self.op == SegmentOp::Mean && argument.is_decimal() {
            return Ok(vec![DataType::Float64]);
        }
        let tensor = matches!(types, [DataType::FixedSizeList(..)]);
        let whole = |t: &DataType| t.is_integer() && self.op == SegmentOp::Sum;
        match &self.builtin {
            Some(builtin) if !tensor && !types.iter().all(whole) => {
                let field = |t: &DataType| Arc::new(Field::new("argument", t.clone(), true));
                let fields: Vec<FieldRef> = types.iter().map(field).collect();
                let fields = fields_with_udf(&fields, builtin.as_ref())?;
                Ok(fields.iter().map(|field| field.data_type().clone()).collect())
            }
            _ => Ok(types.iter().map(number_type).collect()),
        }
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        let fields: Vec<FieldRef> =
            types.iter().map(|t| Arc::new(Field::new("argument", t.clone(), true))).collect();
        Ok(self.return_field(&fields)?.data_type().clone())
    }

    fn return_field(&self, fields: &[FieldRef]) -> DfResult<FieldRef> {
        match self.fold(fields, false)? {
            Some(fold) => Ok(Arc::new(fold.cell.field(self.name, fold.result()))),
            None => self.builtin()?.return_field(fields),
        }
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        match self.fold_of(&args)? {
            Some(fold) => Ok(Box::new(SingleFold::new(fold))),
            None => self.builtin()?.accumulator(args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        match self.fold_of(&args)? {
            Some(fold) => Ok(Box::new(SlidingFold::new(fold))),
            None => self.builtin()?.create_sliding_accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        match self.fold_of(&args) {
            Ok(Some(_)) => true,
            Ok(None) => self.builtin().is_ok_and(|builtin| builtin.groups_accumulator_supported(args)),
            // The accumulator reports the error.
            Err(_) => false,
        }
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn GroupsAccumulator>> {
        match self.fold_of(&args)? {
            Some(fold) => Ok(Box::new(GroupFold::new(fold))),
            None => match float_extremes(self.op, args.return_field.data_type()) {
                Some(accumulator) => Ok(accumulator),
                None => self.builtin()?.create_groups_accumulator(args),
            },
        }
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        match self.fold(args.input_fields, args.is_distinct)? {
            Some(fold) => Ok(state_fields(args.name, &fold.start())),
            None => self.builtin()?.state_fields(args),
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn value_from_stats(&self, args: &StatisticsArgs<'_>) -> Option<ScalarValue> {
        let number = !matches!(args.return_type, DataType::FixedSizeList(..));
        // Integer sums check for overflow, which statistics do not.
        let trusted = number && self.op != SegmentOp::Sum;
        self.builtin.as_ref().filter(|_| trusted)?.value_from_stats(args)
    }
}
