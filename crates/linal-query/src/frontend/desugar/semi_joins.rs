//! `SEMI JOIN` and `ANTI JOIN`: left rows with a match, and those without one.

use sqlparser::ast as sql;

/// Adds the side of the join, which DataFusion requires.
pub(crate) fn of_left_side(operator: &mut sql::JoinOperator) {
    use sql::JoinOperator as J;
    *operator = match std::mem::replace(operator, J::CrossApply) {
        J::Semi(constraint) => J::LeftSemi(constraint),
        J::Anti(constraint) => J::LeftAnti(constraint),
        other => other,
    };
}
