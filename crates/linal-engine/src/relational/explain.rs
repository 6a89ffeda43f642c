//! Plans as text.

use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::displayable;
use datafusion::physical_plan::execution_plan::reset_plan_states;

use super::error;
use super::plan::Planned;
use super::run;
use crate::error::Result;
use crate::session::Session;

/// The operators of a plan, from the result to the scans. With `analyze` it runs, and each operator says how many
/// rows it gave and how long it took.
pub(crate) fn render(session: &mut Session, planned: &Planned, analyze: bool) -> Result<String> {
    if !analyze {
        return Ok(displayable(planned.physical.as_ref()).indent(false).to_string().trim_end().to_string());
    }
    let plan = reset_plan_states(planned.physical.clone())
        .map_err(|failure| error::translate(&failure, &planned.names))?;
    let (plan, _) = run::execute(session, planned, plan)?;
    let text = DisplayableExecutionPlan::with_metrics(plan.as_ref()).indent(false).to_string();
    Ok(text.trim_end().to_string())
}
