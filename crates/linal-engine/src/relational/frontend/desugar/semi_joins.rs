//! `SEMI JOIN` and `ANTI JOIN`: rows of the left side with a partner, and without one.

use sqlparser::ast as sql;

/// Names the side, which DataFusion wants to know.
pub(in crate::relational) fn of_left_side(operator: &mut sql::JoinOperator) {
    use sql::JoinOperator as J;
    *operator = match std::mem::replace(operator, J::CrossApply) {
        J::Semi(constraint) => J::LeftSemi(constraint),
        J::Anti(constraint) => J::LeftAnti(constraint),
        other => other,
    };
}
