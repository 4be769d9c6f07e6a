//! Records as the wire has them.

use super::changes::Change;
use super::kept;
use super::ratings;
use super::state::{Account, Comment, Group, Ticket, User};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn ticket(account: &Account, ticket: &Ticket, origin: &str) -> Value {
    // Every field of the account, whether or not the ticket says anything in it.
    let ids: BTreeSet<&u64> = account.fields.keys().chain(ticket.custom.keys()).collect();
    let fields: Vec<Value> = ids.into_iter().map(|id| json!({"id": id, "value": ticket.custom.get(id)})).collect();
    let mut together = ticket.copied.clone();
    together.extend(&ticket.followers);
    let mut shown = json!({
        "url": format!("{origin}/api/v2/tickets/{}.json", ticket.id),
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": via(ticket.via),
        "created_at": account.epoch.iso(ticket.created),
        "updated_at": account.epoch.iso(ticket.updated),
        "type": ticket.kind,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.description(),
        "priority": ticket.priority,
        "status": ticket.status.word(),
        "recipient": null,
        "requester_id": ticket.requester,
        "submitter_id": ticket.submitter,
        "assignee_id": ticket.assignee,
        "organization_id": ticket.organization,
        "group_id": ticket.group,
        "collaborator_ids": together,
        "follower_ids": ticket.followers,
        "email_cc_ids": ticket.copied,
        "forum_topic_id": null,
        "problem_id": null,
        "has_incidents": false,
        "is_public": ticket.comments.iter().any(|comment| comment.public),
        "due_at": null,
        "tags": ticket.tags,
        "custom_fields": fields,
        "satisfaction_rating": ratings::on_ticket(account, ticket),
        "sharing_agreement_ids": [],
        "fields": fields,
        "followup_ids": [],
        "ticket_form_id": null,
        "brand_id": null,
        "allow_channelback": false,
        "allow_attachments": true,
        "from_messaging_channel": false,
    });
    kept::show(&ticket.kept, &mut shown);
    shown
}

/// A ticket as its customer sees it, under `/requests`.
pub(super) fn request(account: &Account, ticket: &Ticket, origin: &str) -> Value {
    json!({
        "url": format!("{origin}/api/v2/requests/{}.json", ticket.id),
        "id": ticket.id,
        "status": ticket.status.word(),
        "priority": ticket.priority,
        "type": ticket.kind,
        "subject": ticket.subject,
        "description": ticket.description(),
        "organization_id": ticket.organization,
        "via": via(ticket.via),
        "custom_fields": [],
        "requester_id": ticket.requester,
        "collaborator_ids": [],
        "email_cc_ids": [],
        "is_public": true,
        "due_at": null,
        "can_be_solved_by_me": false,
        "created_at": account.epoch.iso(ticket.created),
        "updated_at": account.epoch.iso(ticket.updated),
        "recipient": null,
        "followup_source_id": null,
        "assignee_id": ticket.assignee,
        "fields": [],
    })
}

pub(super) fn comment(account: &Account, comment: &Comment) -> Value {
    json!({
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author,
        "body": comment.body,
        "html_body": format!("<div class=\"zd-comment\" dir=\"auto\"><p dir=\"auto\">{}</p></div>", escaped(&comment.body)),
        "plain_body": comment.body,
        "public": comment.public,
        "attachments": [],
        "audit_id": comment.audit,
        "via": via(comment.via),
        "created_at": account.epoch.iso(comment.created),
        "metadata": {"system": {}, "custom": {}},
    })
}

/// The record of one change of a ticket.
pub(super) fn audit(account: &Account, ticket: &Ticket, change: &Change) -> Value {
    let kind = if change.created { "Create" } else { "Change" };
    let mut events: Vec<Value> = Vec::new();
    let mut id = change.audit;
    if let Some(comment) = change.comment(ticket) {
        events.push(json!({
            "id": comment.id, "type": "Comment", "author_id": comment.author, "body": comment.body,
            "html_body": escaped(&comment.body), "plain_body": comment.body, "public": comment.public, "attachments": [],
            "audit_id": change.audit,
        }));
    }
    for field in &change.fields {
        id += 1;
        let mut event = json!({"id": id, "type": kind, "field_name": field.name, "value": field.now});
        if !change.created {
            event["previous_value"] = field.before.clone();
        }
        events.push(event);
    }
    json!({
        "id": change.audit,
        "ticket_id": ticket.id,
        "created_at": account.epoch.iso(change.at),
        "author_id": change.actor,
        "metadata": {"system": {}, "custom": {}},
        "events": events,
        "via": via(change.via),
    })
}

pub(super) fn user(account: &Account, user: &User, origin: &str) -> Value {
    let mut shown = json!({
        "id": user.id,
        "url": format!("{origin}/api/v2/users/{}.json", user.id),
        "name": user.name,
        "email": user.email,
        "created_at": account.epoch.iso(user.created),
        "updated_at": account.epoch.iso(user.updated),
        "time_zone": "UTC",
        "iana_time_zone": "Etc/UTC",
        "phone": user.phone,
        "shared_phone_number": null,
        "photo": null,
        "locale_id": 1,
        "locale": "en-US",
        "organization_id": user.organization,
        "role": user.role.word(),
        "verified": true,
        "external_id": user.external_id,
        "tags": [],
        "alias": "",
        "active": !user.gone,
        "shared": false,
        "shared_agent": false,
        "last_login_at": null,
        "signature": null,
        "details": "",
        "notes": "",
        "suspended": false,
        "user_fields": {},
    });
    kept::show(&user.kept, &mut shown);
    shown
}

pub(super) fn group(account: &Account, group: &Group, origin: &str) -> Value {
    let made = account.epoch.iso(crate::time::Time::ZERO);
    json!({
        "url": format!("{origin}/api/v2/groups/{}.json", group.id),
        "id": group.id,
        "is_public": true,
        "name": group.name,
        "description": "",
        "default": false,
        "deleted": false,
        "created_at": made,
        "updated_at": made,
    })
}

pub(super) fn via(channel: &str) -> Value {
    json!({"channel": channel, "source": {"from": {}, "to": {}, "rel": null}})
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>")
}
