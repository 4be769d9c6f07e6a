//! `/Accounts.json` and `/Accounts/AC….json`: the one account there is.

use super::VERSION;
use super::list::page;
use super::routes::{Asking, Outcome};
use crate::mocks::answer;
use crate::time::Time;
use serde_json::{Value, json};

const NAME: &str = "Holdline";

pub(super) fn list(asked: &mut Asking<'_>) -> Outcome {
    let wanted = |field: &str, is: &str| asked.query.filled(field).is_none_or(|want| want == is);
    let fits = wanted("FriendlyName", NAME) && wanted("Status", "active");
    let all = fits.then_some((asked.twilio.settings.account.as_str(), ())).into_iter().collect();
    Ok(answer::json(
        200,
        &page("accounts", all, |()| shown(asked), &asked.query, &format!("/{VERSION}/Accounts.json"))?,
    ))
}

pub(super) fn fetch(asked: &mut Asking<'_>) -> Outcome {
    Ok(answer::json(200, &shown(asked)))
}

fn shown(asked: &Asking<'_>) -> Value {
    let settings = &asked.twilio.settings;
    let made = settings.epoch.rfc2822(Time::ZERO);
    let list = |name: &str| asked.own(&format!("/{name}.json"));
    json!({
        "sid": settings.account,
        "owner_account_sid": settings.account,
        "friendly_name": NAME,
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
    })
}
