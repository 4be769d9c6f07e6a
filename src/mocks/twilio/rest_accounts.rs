//! `/Accounts/AC….json`.

use super::routes::{Asking, Outcome};
use crate::mocks::answer;
use crate::time::Time;
use serde_json::json;

pub(super) fn fetch(asked: &mut Asking<'_>) -> Outcome {
    let settings = &asked.twilio.settings;
    let made = settings.epoch.rfc2822(Time::ZERO);
    let list = |name: &str| asked.own(&format!("/{name}.json"));
    let body = json!({
        "sid": settings.account,
        "owner_account_sid": settings.account,
        "friendly_name": "Holdline",
        "status": "active",
        "type": "Full",
        "auth_token": "redacted",
        "date_created": made,
        "date_updated": made,
        "subresource_uris": {
            "calls": list("Calls"), "messages": list("Messages"), "queues": list("Queues"),
            "incoming_phone_numbers": list("IncomingPhoneNumbers"),
        },
        "uri": asked.own(".json"),
    });
    Ok(answer::json(200, &body))
}
