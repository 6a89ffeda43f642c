//! NOT, BETWEEN, IN and casts to a dtype as function calls, because their operands may be tensors.
//!
//! DataFusion would give the result the type of a single Boolean or number. Where no operand is a tensor, the
//! calls are rewritten back (`logical/tensor_types.rs`).

use linal_bind::binder::dtype_of;
use sqlparser::ast as sql;

use crate::frontend::resolve::call;
use crate::planner::type_planner::parts;
use crate::udf::{BETWEEN, CAST_DTYPE, IN, NOT, REAL, TRY_CAST_DTYPE};

/// Rewrites an expression to a call; `None` for other expressions.
pub(crate) fn as_call(expr: &sql::Expr, tensors: bool) -> Option<sql::Expr> {
    match expr {
        sql::Expr::UnaryOp { op: sql::UnaryOperator::Not, expr } if tensors => {
            Some(call(NOT, vec![(**expr).clone()]))
        }
        sql::Expr::Between { expr, negated, low, high } if tensors => {
            let between = call(BETWEEN, vec![(**expr).clone(), (**low).clone(), (**high).clone()]);
            Some(if *negated { call(NOT, vec![between]) } else { between })
        }
        sql::Expr::InList { expr, list, negated }
            if tensors && !list.iter().chain([&**expr]).any(is_tuple) =>
        {
            let args = std::iter::once((**expr).clone()).chain(list.iter().cloned());
            let one_of = call(IN, args.collect());
            Some(if *negated { call(NOT, vec![one_of]) } else { one_of })
        }
        sql::Expr::Cast { kind, expr, data_type, format: None, .. } => {
            let text = data_type.to_string();
            let (word, args) = parts(&text);
            let dtype = dtype_of(word).filter(|_| args.is_empty())?;
            // Types of the language to which DataFusion itself casts numbers.
            let is_plain = word.parse::<linal_tensor::DType>().is_err() || word.eq_ignore_ascii_case("bool");
            if is_plain && !tensors {
                return None;
            }
            let prefix = match kind {
                sql::CastKind::TryCast | sql::CastKind::SafeCast => TRY_CAST_DTYPE,
                _ => CAST_DTYPE,
            };
            let word = if word.eq_ignore_ascii_case(REAL) { REAL.to_string() } else { dtype.to_string() };
            Some(call(&format!("{prefix}{word}"), vec![(**expr).clone()]))
        }
        _ => None,
    }
}

fn is_tuple(expr: &sql::Expr) -> bool {
    matches!(expr, sql::Expr::Tuple(_))
}
