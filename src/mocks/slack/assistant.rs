//! `assistant.threads.*`: what an assistant shows beside its messages.

use super::methods::{Call, Outcome};
use super::state::moment;
use serde_json::{Value, json};

/// Prompts that an assistant may suggest.
const MAX_PROMPTS: usize = 4;

/// "is thinking…", until the next message; an empty one takes it away.
pub(super) fn set_status(call: &mut Call<'_>) -> Outcome {
    let thread = thread(call)?;
    let status = call.args.text("status").unwrap_or_default();
    call.slack.workspace.assist(thread, "status", json!(status));
    Ok(json!({}))
}

pub(super) fn set_title(call: &mut Call<'_>) -> Outcome {
    let thread = thread(call)?;
    let title = call.args.text("title").ok_or("invalid_arguments")?;
    call.slack.workspace.assist(thread, "title", json!(title));
    Ok(json!({}))
}

pub(super) fn set_suggested_prompts(call: &mut Call<'_>) -> Outcome {
    let thread = thread(call)?;
    let prompts = call.args.list("prompts").ok_or("invalid_arguments")?;
    let good = |prompt: &Value| prompt["title"].is_string() && prompt["message"].is_string();
    if !prompts.as_array().is_some_and(|prompts| prompts.len() <= MAX_PROMPTS && prompts.iter().all(good)) {
        return Err("invalid_arguments");
    }
    call.slack.workspace.assist(thread, "prompts", prompts);
    Ok(json!({}))
}

/// Channel and root of the thread. Prompts may be suggested before anybody has written.
fn thread(call: &mut Call<'_>) -> Result<(String, i64), &'static str> {
    let named = call.args.text("channel_id").ok_or("channel_not_found")?;
    let channel = call.slack.workspace.reach(&named, call.now).ok_or("channel_not_found")?;
    let at = match call.args.text("thread_ts") {
        Some(at) => moment(&at).ok_or("invalid_thread_ts")?,
        None => 0,
    };
    Ok((channel, at))
}
