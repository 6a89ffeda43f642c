//! Functions without brackets, such as `current_user`.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;

use crate::frontend::resolve::call;

/// Replaces names that stand for calls without brackets, such as `current_user`.
pub(crate) fn with_brackets(query: &mut sql::Query) {
    struct Bare;
    impl sql::VisitorMut for Bare {
        type Break = ();

        /// The result keeps the name.
        fn pre_visit_select(&mut self, select: &mut sql::Select) -> ControlFlow<()> {
            for item in &mut select.projection {
                if let sql::SelectItem::UnnamedExpr(sql::Expr::Identifier(name)) = item
                    && BARE.iter().any(|known| known.eq_ignore_ascii_case(&name.value))
                {
                    let (expr, alias) = (sql::Expr::Identifier(name.clone()), name.clone());
                    *item = sql::SelectItem::ExprWithAlias { expr, alias };
                }
            }
            ControlFlow::Continue(())
        }

        fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
            if let sql::Expr::Identifier(name) = expr
                && BARE.iter().any(|known| known.eq_ignore_ascii_case(&name.value))
            {
                *expr = call(&name.value.to_lowercase(), Vec::new());
            }
            ControlFlow::Continue(())
        }
    }
    let _ = WalkMut::walk_mut(query, &mut Bare);
}

const BARE: [&str; 5] = ["current_user", "session_user", "current_role", "current_catalog", "current_schema"];
