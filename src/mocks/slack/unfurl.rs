//! `chat.unfurl`: what the app shows below a message of the links in it.

use super::methods::{Call, Outcome};
use super::state::moment;
use serde_json::{Value, json};

/// What is shown below one message.
const MAX_SHOWN: usize = 100;

pub(super) fn unfurl(call: &mut Call<'_>) -> Outcome {
    let channel = call.room()?;
    let at = call.args.text("ts").as_deref().and_then(moment).ok_or("cannot_find_message")?;
    let unfurls = call.args.object("unfurls").ok_or("missing_unfurls")?;
    let room = call.slack.workspace.channels.get_mut(&channel).ok_or("channel_not_found")?;
    let message = room.messages.get_mut(&at).ok_or("cannot_find_message")?;
    let mut shown = match message.parts.iter().position(|(name, _)| *name == "attachments") {
        Some(place) => message.parts.swap_remove(place).1.as_array().cloned().unwrap_or_default(),
        None => Vec::new(),
    };
    let links = unfurls.as_object().into_iter().flatten();
    for (url, attachment) in links.filter(|(_, attachment)| attachment.is_object()) {
        let mut attachment = attachment.clone();
        attachment["from_url"] = json!(url);
        attachment["is_app_unfurl"] = json!(true);
        shown.retain(|one| one["from_url"] != url.as_str());
        shown.push(attachment);
    }
    shown.truncate(MAX_SHOWN);
    message.parts.push(("attachments", Value::Array(shown)));
    Ok(json!({}))
}
