//! `users.*`: who is there.

use super::methods::{Call, Outcome, page};
use super::state::{APP, BOT, BOT_USER, TEAM, User};
use serde_json::{Value, json};

pub(super) fn info(call: &mut Call<'_>) -> Outcome {
    let id = call.args.text("user").ok_or("user_not_found")?;
    call.slack.workspace.users.get(&id).map(|user| json!({"user": show(user)})).ok_or("user_not_found")
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let all: Vec<&User> = call.slack.workspace.users.values().collect();
    let (members, next) = page(&call.args, &all, usize::MAX)?;
    let members: Vec<Value> = members.into_iter().map(show).collect();
    Ok(json!({"members": members, "response_metadata": {"next_cursor": next}}))
}

pub(super) fn lookup_by_email(call: &mut Call<'_>) -> Outcome {
    let email = call.args.text("email").ok_or("users_not_found")?;
    call.slack.workspace.user_by_email(&email).map(|user| json!({"user": show(user)})).ok_or("users_not_found")
}

pub(super) fn profile(call: &mut Call<'_>) -> Outcome {
    let id = call.args.text("user").unwrap_or_else(|| BOT_USER.to_owned());
    let user = call.slack.workspace.users.get(&id).ok_or("user_not_found")?;
    Ok(json!({"profile": show(user)["profile"]}))
}

/// A user as Slack shows them.
fn show(user: &User) -> Value {
    let mut shown = json!({
        "id": user.id, "team_id": TEAM, "name": user.name, "real_name": user.name, "deleted": false,
        "is_bot": user.bot, "is_app_user": false, "is_admin": false, "is_owner": false, "tz": "Etc/UTC", "tz_offset": 0,
        "profile": {
            "real_name": user.name, "real_name_normalized": user.name, "display_name": user.name,
            "display_name_normalized": user.name, "email": user.email, "team": TEAM,
        },
    });
    for size in ["24", "32", "48", "72", "192", "512"] {
        shown["profile"][format!("image_{size}")] =
            json!(format!("https://avatars.slack-edge.com/{}_{size}.png", user.id));
    }
    if user.bot {
        shown["profile"]["bot_id"] = json!(BOT);
        shown["profile"]["api_app_id"] = json!(APP);
    }
    shown
}
