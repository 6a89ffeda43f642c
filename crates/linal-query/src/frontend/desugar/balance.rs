//! Long chains of AND and OR as balanced trees: each planner rule recurses to the depth of the tree, which is
//! a thousand for a chain of a thousand predicates and ten for a balanced tree. The predicates keep their
//! order, so a guard stays before what it guards.

use sqlparser::ast as sql;

/// The number of predicates from which on a chain is balanced.
const LONG: usize = 16;

/// Balances a chain in place.
pub(crate) fn balance(expr: &mut sql::Expr) {
    let sql::Expr::BinaryOp { op, .. } = &*expr else { return };
    if !matches!(op, sql::BinaryOperator::And | sql::BinaryOperator::Or) {
        return;
    }
    let op = op.clone();
    if depth(expr, &op) < LONG {
        return;
    }
    let whole =
        std::mem::replace(expr, sql::Expr::Wildcard(sql::helpers::attached_token::AttachedToken::empty()));
    let mut terms = terms(whole, &op);
    if let Some(balanced) = tree(&mut terms, &op) {
        *expr = balanced;
    }
}

/// The depth of a left-deep chain of one operator.
fn depth(mut expr: &sql::Expr, op: &sql::BinaryOperator) -> usize {
    let mut depth = 0;
    while let sql::Expr::BinaryOp { left, op: own, .. } = expr
        && own == op
    {
        depth += 1;
        expr = left;
    }
    depth
}

/// The operands of a chain in order.
fn terms(mut expr: sql::Expr, op: &sql::BinaryOperator) -> Vec<sql::Expr> {
    let mut terms = Vec::new();
    loop {
        match expr {
            sql::Expr::BinaryOp { left, op: own, right } if own == *op => {
                terms.push(*right);
                expr = *left;
            }
            first => {
                terms.push(first);
                break;
            }
        }
    }
    terms.reverse();
    terms
}

/// A balanced tree of the terms, which it drains.
fn tree(terms: &mut Vec<sql::Expr>, op: &sql::BinaryOperator) -> Option<sql::Expr> {
    let mut right = terms.split_off(terms.len() / 2);
    if terms.is_empty() {
        return right.pop();
    }
    let (left, right) = (tree(terms, op)?, tree(&mut right, op)?);
    Some(sql::Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) })
}
