//! EXPLAIN VERBOSE: what each rule, DataFusion's or ours, changes in a plan.

use std::fmt::Write;
use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, displayable};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::{logical, run};

/// The bound plan, followed by the lines that each rule removed and added.
#[derive(Default)]
pub struct RuleTrace {
    /// The plan after the last rule.
    plan: String,
    text: String,
}

impl RuleTrace {
    /// Plans as without a trace, one rule at a time.
    ///
    /// # Errors The error of a rule.
    pub(super) fn optimize(
        &mut self,
        state: &SessionState,
        bound: &LogicalPlan,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.start("bound plan", bound.display_indent().to_string());
        let options = state.config_options();
        let plan = state.analyzer().execute_and_check(bound.clone(), options, |plan, rule| {
            self.note(rule.name(), plan.display_indent().to_string());
        })?;
        let mut plan = state.optimizer().optimize(plan, state, |plan, rule| {
            self.note(rule.name(), plan.display_indent().to_string());
        })?;
        for rule in logical::FINAL_RULES {
            plan = (rule.apply)(plan)?;
            self.note(rule.name, plan.display_indent().to_string());
        }
        self.physical(state, &plan)
    }

    fn physical(&mut self, state: &SessionState, plan: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
        let without_rules = SessionStateBuilder::new_from_existing(state.clone())
            .with_physical_optimizer_rules(Vec::new())
            .build();
        let planner = without_rules.query_planner();
        let mut plan = run::wait(planner.create_physical_plan(plan, &without_rules))?;
        let text = |plan: &Arc<dyn ExecutionPlan>| displayable(plan.as_ref()).indent(false).to_string();
        self.start("physical plan", text(&plan));
        for rule in state.physical_optimizers() {
            plan = rule.optimize(plan, state.config_options())?;
            self.note(rule.name(), text(&plan));
        }
        Ok(plan)
    }

    /// Writes a whole plan, which later changes are relative to.
    fn start(&mut self, title: &str, plan: String) {
        self.heading(title);
        for line in plan.lines() {
            // Writing to a String never fails.
            let _ = writeln!(self.text, "  {line}");
        }
        self.plan = plan;
    }

    /// Writes what a rule changed; nothing if the plan is unchanged.
    fn note(&mut self, rule: &str, plan: String) {
        if plan == self.plan {
            return;
        }
        self.heading(&format!("rule {rule}"));
        // Lines are compared without indentation, because a new operator changes that of all its inputs.
        let (old, new): (Vec<&str>, Vec<&str>) = (self.plan.lines().collect(), plan.lines().collect());
        let bare =
            |lines: &[&str]| lines.iter().map(|line| line.trim_start().to_string()).collect::<Vec<_>>();
        for change in capture_diff_slices(Algorithm::Myers, &bare(&old), &bare(&new)) {
            if change.tag() == DiffTag::Equal {
                continue;
            }
            // Writing to a String never fails.
            for line in &old[change.old_range()] {
                let _ = writeln!(self.text, "  - {line}");
            }
            for line in &new[change.new_range()] {
                let _ = writeln!(self.text, "  + {line}");
            }
        }
        self.plan = plan;
    }

    fn heading(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(title);
        self.text.push('\n');
    }

    /// The trace as text.
    pub fn text(&self) -> &str {
        self.text.trim_end()
    }
}
