//! Walks over plans and expressions with one compiled copy of DataFusion's traversals.
//!
//! The methods of `TreeNode` and `LogicalPlan` are generic over the closure, so that each of our hundred closures would bring
//! a copy of the traversal of all kinds of nodes, which took a third of the time of compiling this crate. Those of
//! [`Tree`] have the names of `TreeNode`'s and are imported in its place; those of [`PlanTree`] have names of their own, since
//! `LogicalPlan`'s belong to the type. Both call the closure through a pointer.

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};

type Change<'a, N> = &'a mut dyn FnMut(N) -> Result<Transformed<N>>;

/// The traversals of `TreeNode`.
pub(crate) trait Tree: TreeNode {
    /// Each node, parents first; the closure says where to go on.
    fn apply<'n>(
        &'n self,
        mut look: impl FnMut(&'n Self) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let look: &mut dyn FnMut(&'n Self) -> Result<TreeNodeRecursion> = &mut look;
        TreeNode::apply(self, look)
    }

    /// Whether the closure is true of a node.
    fn exists(&self, mut is_it: impl FnMut(&Self) -> Result<bool>) -> Result<bool> {
        let is_it: &mut dyn FnMut(&Self) -> Result<bool> = &mut is_it;
        TreeNode::exists(self, is_it)
    }

    /// Each node in place, children first.
    fn transform_up(
        self,
        mut change: impl FnMut(Self) -> Result<Transformed<Self>>,
    ) -> Result<Transformed<Self>> {
        let change: Change<'_, Self> = &mut change;
        TreeNode::transform_up(self, change)
    }

    /// Each node in place, parents first.
    fn transform_down(
        self,
        mut change: impl FnMut(Self) -> Result<Transformed<Self>>,
    ) -> Result<Transformed<Self>> {
        let change: Change<'_, Self> = &mut change;
        TreeNode::transform_down(self, change)
    }
}

impl<N: TreeNode> Tree for N {}

/// The traversals of `LogicalPlan` over expressions, and over the plans of subqueries, too.
pub(crate) trait PlanTree: Sized {
    /// The expressions of this node.
    fn each_expression(
        &self,
        look: impl FnMut(&Expr) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion>;

    /// The expressions of this node in place.
    fn change_expressions(
        self,
        change: impl FnMut(Expr) -> Result<Transformed<Expr>>,
    ) -> Result<Transformed<LogicalPlan>>;

    /// Each node, parents first, with those of subqueries.
    fn each_plan(
        &self,
        look: impl FnMut(&LogicalPlan) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion>;

    /// Each node in place, children first, with those of subqueries.
    fn change_plans_up(
        self,
        change: impl FnMut(LogicalPlan) -> Result<Transformed<LogicalPlan>>,
    ) -> Result<Transformed<LogicalPlan>>;

    /// Each node in place, parents first, with those of subqueries.
    fn change_plans_down(
        self,
        change: impl FnMut(LogicalPlan) -> Result<Transformed<LogicalPlan>>,
    ) -> Result<Transformed<LogicalPlan>>;
}

impl PlanTree for LogicalPlan {
    fn each_expression(
        &self,
        mut look: impl FnMut(&Expr) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let look: &mut dyn FnMut(&Expr) -> Result<TreeNodeRecursion> = &mut look;
        self.apply_expressions(look)
    }

    fn change_expressions(
        self,
        mut change: impl FnMut(Expr) -> Result<Transformed<Expr>>,
    ) -> Result<Transformed<LogicalPlan>> {
        let change: Change<'_, Expr> = &mut change;
        self.map_expressions(change)
    }

    fn each_plan(
        &self,
        mut look: impl FnMut(&LogicalPlan) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let look: &mut dyn FnMut(&LogicalPlan) -> Result<TreeNodeRecursion> = &mut look;
        self.apply_with_subqueries(look)
    }

    fn change_plans_up(
        self,
        mut change: impl FnMut(LogicalPlan) -> Result<Transformed<LogicalPlan>>,
    ) -> Result<Transformed<LogicalPlan>> {
        let change: Change<'_, LogicalPlan> = &mut change;
        self.transform_up_with_subqueries(change)
    }

    fn change_plans_down(
        self,
        mut change: impl FnMut(LogicalPlan) -> Result<Transformed<LogicalPlan>>,
    ) -> Result<Transformed<LogicalPlan>> {
        let change: Change<'_, LogicalPlan> = &mut change;
        self.transform_down_with_subqueries(change)
    }
}
