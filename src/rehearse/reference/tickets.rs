//! Tickets: what Zendesk's webhooks say.

use serde_json::Value;

/// What happened to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// A customer sent it.
    Created {
        /// Who.
        requester: String,
        /// Subject and description.
        text: String,
    },
    /// Somebody of the desk wrote to the customer.
    StaffWrote(String),
    /// The customer wrote again.
    CustomerWrote,
    /// A person took it (true) or put it back.
    Assigned(bool),
    /// It is solved.
    Solved,
}

/// The ticket and what happened to it; `None` where the desk need not know.
pub(super) fn read(event: &Value) -> Option<(u64, Turn)> {
    let detail = &event["detail"];
    let id = match &detail["id"] {
        Value::String(id) => id.parse().ok()?,
        id => id.as_u64()?,
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let comment = &event["event"]["comment"];
    let turn = match event["type"].as_str()?.strip_prefix("zen:event-type:ticket.")? {
        "created" => Turn::Created {
            requester: text(&detail["requester_id"]),
            text: format!("{}\n{}", text(&detail["subject"]), text(&detail["description"])),
        },
        "comment_added" if comment["is_public"] == false => return None,
        "comment_added" if comment["author"]["is_staff"] == true => Turn::StaffWrote(text(&comment["body"])),
        "comment_added" => Turn::CustomerWrote,
        "agent_assignment_changed" => Turn::Assigned(!event["event"]["current"].is_null()),
        "status_changed" if matches!(event["event"]["current"].as_str(), Some("SOLVED" | "CLOSED")) => Turn::Solved,
        _ => return None,
    };
    Some((id, turn))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(kind: &str, event: Value) -> Value {
        let detail = json!({"id": "7", "requester_id": "12", "subject": "Where?", "description": "HL-3"});
        json!({"type": format!("zen:event-type:ticket.{kind}"), "detail": detail, "event": event})
    }

    #[test]
    fn webhooks_say_what_happened() {
        let comment = |staff: bool, public: bool| {
            event(
                "comment_added",
                json!({"comment": {"body": "b", "is_public": public, "author": {"is_staff": staff}}}),
            )
        };
        let created = Turn::Created { requester: "12".to_owned(), text: "Where?\nHL-3".to_owned() };
        for (event, turn) in [
            (event("created", json!({})), Some(created)),
            (comment(true, true), Some(Turn::StaffWrote("b".to_owned()))),
            (comment(false, true), Some(Turn::CustomerWrote)),
            (comment(true, false), None),
            (event("agent_assignment_changed", json!({"current": "5"})), Some(Turn::Assigned(true))),
            (event("agent_assignment_changed", json!({"current": null})), Some(Turn::Assigned(false))),
            (event("status_changed", json!({"current": "SOLVED"})), Some(Turn::Solved)),
            (event("status_changed", json!({"current": "OPEN"})), None),
            (event("tags_changed", json!({})), None),
        ] {
            assert_eq!(read(&event), turn.map(|turn| (7, turn)), "{event}");
        }
        assert_eq!(read(&json!({"type": "zen:event-type:ticket.created"})), None);
    }
}
