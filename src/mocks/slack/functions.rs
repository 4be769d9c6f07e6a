//! `functions.*`: how an app says that a step of a workflow is over. What it was told by a `function_executed` event (the
//! control API emits one as it is) names the step.

use super::methods::{Call, Outcome};
use serde_json::json;

pub(super) fn complete(call: &mut Call<'_>) -> Outcome {
    call.args.text("function_execution_id").ok_or("invalid_arguments")?;
    call.args.object("outputs").ok_or("invalid_arguments")?;
    Ok(json!({}))
}

pub(super) fn fail(call: &mut Call<'_>) -> Outcome {
    call.args.text("function_execution_id").ok_or("invalid_arguments")?;
    call.args.text("error").ok_or("invalid_arguments")?;
    Ok(json!({}))
}
