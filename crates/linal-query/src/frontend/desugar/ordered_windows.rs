//! `LIST(x ORDER BY y) OVER (PARTITION BY k)`: an ordered aggregate over all rows of a partition is the aggregate over a window in that
//! order, with a frame of all rows. Beside an ORDER BY or a frame of the window itself DataFusion reports it.

use sqlparser::ast as sql;

/// Moves the ORDER BY of an aggregate to its window.
pub(crate) fn move_order(function: &mut sql::Function) {
    let Some(sql::WindowType::WindowSpec(window)) = &mut function.over else { return };
    let is_whole =
        window.order_by.is_empty() && window.window_frame.is_none() && window.window_name.is_none();
    let sql::FunctionArguments::List(list) = &mut function.args else { return };
    let order =
        |clause: &sql::FunctionArgumentClause| matches!(clause, sql::FunctionArgumentClause::OrderBy(_));
    let Some(at) = list.clauses.iter().position(order).filter(|_| is_whole) else { return };
    if let sql::FunctionArgumentClause::OrderBy(keys) = list.clauses.remove(at) {
        window.order_by = keys;
        window.window_frame = Some(sql::WindowFrame {
            units: sql::WindowFrameUnits::Rows,
            start_bound: sql::WindowFrameBound::Preceding(None),
            end_bound: Some(sql::WindowFrameBound::Following(None)),
        });
    }
}
