//! `team.info` and `bots.info`: who the workspace and the bot are.

use super::interact::DOMAIN;
use super::methods::{Call, Outcome};
use super::state::{APP, BOT, BOT_USER, TEAM};
use serde_json::json;

pub(super) fn info(_: &mut Call<'_>) -> Outcome {
    Ok(json!({"team": {
        "id": TEAM, "name": "Holdline", "domain": DOMAIN, "email_domain": "example.com", "icon": {"image_default": true},
    }}))
}

pub(super) fn bot(call: &mut Call<'_>) -> Outcome {
    if call.args.text("bot").is_some_and(|bot| bot != BOT) {
        return Err("bot_not_found");
    }
    Ok(json!({"bot": {
        "id": BOT, "deleted": false, "name": "holdline-bot", "updated": 0, "app_id": APP, "user_id": BOT_USER, "icons": {},
    }}))
}
