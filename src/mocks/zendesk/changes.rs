//! What may happen to a ticket, whoever does it: one change, its checks, its record.

use super::metrics::Marks;
use super::refusal::Refusal;
use super::state::{Account, Comment, MAX_COMMENTS, MAX_TICKETS, Role, Status, Ticket};
use crate::time::Time;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The longest text of a comment (Zendesk's own limit), in bytes.
const MAX_TEXT: usize = 65_535;
/// The longest subject, in characters.
const MAX_SUBJECT: usize = 255;

/// What is asked for: everything that is `Some` is to change.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub(super) subject: Option<String>,
    pub(super) comment: Option<NewComment>,
    pub(super) status: Option<Status>,
    pub(super) priority: Option<Option<String>>,
    pub(super) kind: Option<Option<String>>,
    pub(super) requester: Option<u64>,
    pub(super) assignee: Option<Option<u64>>,
    pub(super) group: Option<Option<u64>>,
    pub(super) tags: Option<BTreeSet<String>>,
    pub(super) external_id: Option<Option<String>>,
    pub(super) organization: Option<Option<u64>>,
    pub(super) custom: BTreeMap<u64, Value>,
}

/// A comment that is to be added.
#[derive(Clone, Debug)]
pub(super) struct NewComment {
    pub(super) body: String,
    pub(super) public: bool,
    pub(super) author: Option<u64>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) ticket: u64,
    pub(super) audit: u64,
    pub(super) actor: u64,
    pub(super) created: bool,
    pub(super) at: Time,
    pub(super) fields: Vec<Field>,
    comment: Option<u64>,
}

/// A field that changed.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) before: Value,
    pub(super) now: Value,
}

impl Change {
    /// The comment that was added, if one was.
    pub(super) fn comment<'a>(&self, ticket: &'a Ticket) -> Option<&'a Comment> {
        let id = self.comment?;
        ticket.comments.iter().rev().find(|comment| comment.id == id)
    }
}

impl Account {
    /// A new ticket.
    pub(super) fn create(&mut self, wish: Wish, actor: u64, via: &'static str, now: Time) -> Result<Change, Refusal> {
        if wish.comment.as_ref().is_none_or(|comment| comment.body.trim().is_empty()) {
            return Err(Refusal::invalid("base", "Description: cannot be blank", "BlankValue"));
        }
        if self.tickets.len() >= MAX_TICKETS {
            return Err(Refusal::invalid("base", "The account has too many tickets", "AccountLimitExceeded"));
        }
        let id = self.next_ticket();
        let ticket = Ticket {
            id,
            subject: String::new(),
            status: Status::New,
            priority: None,
            kind: None,
            requester: wish.requester.unwrap_or(actor),
            submitter: actor,
            assignee: None,
            group: None,
            organization: self.users.get(&wish.requester.unwrap_or(actor)).and_then(|user| user.organization),
            tags: BTreeSet::new(),
            external_id: None,
            custom: BTreeMap::new(),
            via,
            comments: Vec::new(),
            created: now,
            updated: now,
            marks: Marks::new(now),
        };
        self.tickets.insert(id, ticket);
        self.apply(id, wish, actor, true, now).inspect_err(|_| {
            self.tickets.remove(&id);
        })
    }

    /// A change of a ticket there is.
    pub(super) fn change(&mut self, id: u64, wish: Wish, actor: u64, now: Time) -> Result<Change, Refusal> {
        self.apply(id, wish, actor, false, now)
    }

    /// A change, and its record.
    fn apply(&mut self, id: u64, wish: Wish, actor: u64, created: bool, now: Time) -> Result<Change, Refusal> {
        let before = self.tickets.get(&id).cloned().ok_or_else(Refusal::not_found)?;
        self.check(&before, &wish)?;
        let (audit, comment_id) = (self.next_id(), self.next_id());
        self.leave_ids_for_events();
        let author = wish.comment.as_ref().map(|comment| comment.author.unwrap_or(actor));
        let by_agent = author.map_or(self.is_agent(actor), |author| self.is_agent(author));
        let ticket = self.tickets.get_mut(&id).ok_or_else(Refusal::not_found)?;
        let comment = wish.comment.clone().filter(|comment| !comment.body.trim().is_empty());
        let first = ticket.comments.is_empty();
        set(ticket, wish, actor, by_agent, comment.is_some() && !first);
        let added = comment.map(|comment| {
            let author = comment.author.unwrap_or(if first { ticket.requester } else { actor });
            let NewComment { body, public, .. } = comment;
            ticket.comments.push(Comment { id: comment_id, audit, author, body, public, created: now });
            comment_id
        });
        ticket.updated = now;
        let marks = ticket.marks.after(&before, ticket, now);
        ticket.marks = marks;
        let fields = difference(&before, ticket);
        let change = Change { ticket: id, audit, actor, created, at: now, fields, comment: added };
        self.record(change.clone());
        Ok(change)
    }

    fn check(&self, ticket: &Ticket, wish: &Wish) -> Result<(), Refusal> {
        if ticket.status == Status::Closed {
            return Err(Refusal::invalid("status", "Status: closed prevents ticket update", "InvalidValue"));
        }
        if wish.requester.is_some_and(|user| !self.users.contains_key(&user)) {
            return Err(Refusal::invalid("requester", "Requester: is invalid", "InvalidValue"));
        }
        if let Some(Some(group)) = wish.group
            && !self.groups.contains_key(&group)
        {
            return Err(Refusal::invalid("group", "Group: is invalid", "InvalidValue"));
        }
        if let Some(Some(assignee)) = wish.assignee
            && self.users.get(&assignee).is_none_or(|user| user.role == Role::EndUser)
        {
            return Err(Refusal::invalid("assignee", "Assignee: is invalid", "InvalidValue"));
        }
        if let Some(Some(organization)) = wish.organization
            && !self.organizations.contains_key(&organization)
        {
            return Err(Refusal::invalid("organization", "Organization: is invalid", "InvalidValue"));
        }
        if let Some(comment) = &wish.comment {
            if comment.author.is_some_and(|user| !self.users.contains_key(&user)) {
                return Err(Refusal::invalid("comment", "Comment author: is invalid", "InvalidValue"));
            }
            if comment.body.len() > MAX_TEXT {
                return Err(Refusal::invalid(
                    "comment",
                    "Comment: is too long (maximum is 65535 characters)",
                    "ValueTooLong",
                ));
            }
            if ticket.comments.len() >= MAX_COMMENTS {
                return Err(Refusal::invalid("base", "Ticket has too many comments", "TooManyComments"));
            }
        }
        if wish.subject.as_ref().is_some_and(|subject| subject.chars().count() > MAX_SUBJECT) {
            return Err(Refusal::invalid(
                "subject",
                "Subject: is too long (maximum is 255 characters)",
                "ValueTooLong",
            ));
        }
        Ok(())
    }
}

fn set(ticket: &mut Ticket, wish: Wish, actor: u64, by_agent: bool, answered: bool) {
    if let Some(subject) = wish.subject {
        ticket.subject = subject;
    }
    if let Some(priority) = wish.priority {
        ticket.priority = priority;
    }
    if let Some(kind) = wish.kind {
        ticket.kind = kind;
    }
    if let Some(requester) = wish.requester {
        ticket.requester = requester;
    }
    if let Some(assignee) = wish.assignee {
        ticket.assignee = assignee;
    }
    if let Some(group) = wish.group {
        ticket.group = group;
    }
    if let Some(organization) = wish.organization {
        ticket.organization = organization;
    }
    if let Some(tags) = wish.tags {
        ticket.tags = tags;
    }
    if let Some(external_id) = wish.external_id {
        ticket.external_id = external_id;
    }
    ticket.custom.extend(wish.custom);
    match wish.status {
        Some(status) => ticket.status = status,
        // What the customer writes opens the ticket again.
        None if answered && !by_agent && ticket.status > Status::Open => ticket.status = Status::Open,
        None => {}
    }
    if ticket.status == Status::New && ticket.assignee.is_some() {
        ticket.status = Status::Open;
    }
    // Who solves an unassigned ticket becomes its assignee.
    if ticket.status == Status::Solved && ticket.assignee.is_none() && by_agent {
        ticket.assignee = Some(actor);
    }
}

fn difference(before: &Ticket, now: &Ticket) -> Vec<Field> {
    [
        ("subject", json!(before.subject), json!(now.subject)),
        ("status", json!(before.status.word()), json!(now.status.word())),
        ("priority", json!(before.priority), json!(now.priority)),
        ("type", json!(before.kind), json!(now.kind)),
        ("requester_id", json!(before.requester), json!(now.requester)),
        ("assignee_id", json!(before.assignee), json!(now.assignee)),
        ("group_id", json!(before.group), json!(now.group)),
        ("tags", json!(before.tags), json!(now.tags)),
    ]
    .into_iter()
    .filter(|(_, before, now)| before != now)
    .map(|(name, before, now)| Field { name, before, now })
    .collect()
}
