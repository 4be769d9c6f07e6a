//! What may happen to a ticket, whoever does it: one change, its checks, its record.

use super::kept::{self, Kept};
use super::metrics::Marks;
use super::refusal::Refusal;
use super::state::{Account, Comment, MAX_COMMENTS, MAX_TICKETS, MAX_USERS, Role, Status, Ticket};
use crate::time::Time;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The longest text of a comment (Zendesk's own limit), in bytes.
const MAX_TEXT: usize = 65_535;
/// The longest subject, in characters.
const MAX_SUBJECT: usize = 255;
/// More people than get copies of a ticket (Zendesk's own limit).
const MAX_COPIED: usize = 48;

/// What is asked for: everything that is `Some` is to change.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub(super) subject: Option<String>,
    pub(super) comment: Option<NewComment>,
    pub(super) status: Option<Status>,
    pub(super) priority: Option<Option<String>>,
    pub(super) kind: Option<Option<String>>,
    pub(super) requester: Option<Person>,
    /// Who entered it, where it is new.
    pub(super) submitter: Option<u64>,
    /// Who is to get copies, or no longer.
    pub(super) copied: Vec<(Person, bool)>,
    /// Who of the desk is to follow it, or no longer.
    pub(super) followers: Vec<(Person, bool)>,
    pub(super) assignee: Option<Option<u64>>,
    pub(super) group: Option<Option<u64>>,
    pub(super) tags: Option<BTreeSet<String>>,
    pub(super) more_tags: BTreeSet<String>,
    pub(super) fewer_tags: BTreeSet<String>,
    pub(super) external_id: Option<Option<String>>,
    pub(super) organization: Option<Option<u64>>,
    pub(super) custom: BTreeMap<u64, Value>,
    pub(super) kept: Kept,
    /// Fields of [`Self::kept`] that are to be empty again.
    pub(super) cleared: Vec<&'static str>,
}

/// Whom a request means.
#[derive(Clone, Debug)]
pub(super) enum Person {
    /// A user's id.
    Known(u64),
    /// A user of that address, made if there is none.
    Named { name: String, email: Option<String> },
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
    /// How it came.
    pub(super) via: &'static str,
    pub(super) fields: Vec<Field>,
    comment: Option<u64>,
}

/// A field that changed.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The field's name; of a custom field its id.
    pub(super) name: Cow<'static, str>,
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
    /// A new ticket. Where nobody says who they are it is the requester's own doing.
    pub(super) fn create(
        &mut self,
        wish: Wish,
        actor: Option<u64>,
        via: &'static str,
        now: Time,
    ) -> Result<Change, Refusal> {
        if wish.comment.as_ref().is_none_or(|comment| comment.body.trim().is_empty()) {
            return Err(Refusal::invalid("base", "Description: cannot be blank", "BlankValue"));
        }
        if self.tickets.len() >= MAX_TICKETS {
            return Err(Refusal::invalid("base", "The account has too many tickets", "AccountLimitExceeded"));
        }
        self.check(None, &wish)?;
        let named = wish.requester.as_ref().map(|person| self.person(person, now)).transpose()?;
        let requester = named.or(actor).ok_or_else(Refusal::unauthenticated)?;
        let actor = actor.unwrap_or(requester);
        let id = self.next_ticket();
        let ticket = Ticket {
            id,
            subject: String::new(),
            status: Status::New,
            priority: None,
            kind: None,
            requester,
            // Whoever asks is who entered it, unless it is said (Zendesk's own rule).
            submitter: wish.submitter.filter(|user| self.users.contains_key(user)).unwrap_or(requester),
            assignee: None,
            group: None,
            organization: self.users.get(&requester).and_then(|user| user.organization),
            tags: BTreeSet::new(),
            external_id: None,
            custom: BTreeMap::new(),
            kept: Kept::new(),
            copied: Vec::new(),
            followers: Vec::new(),
            via,
            comments: Vec::new(),
            created: now,
            updated: now,
            marks: Marks::new(now),
        };
        self.tickets.insert(id, ticket);
        self.apply(id, wish, actor, via, now).inspect_err(|_| {
            self.tickets.remove(&id);
        })
    }

    /// A change of a ticket there is.
    pub(super) fn change(
        &mut self,
        id: u64,
        wish: Wish,
        actor: u64,
        via: &'static str,
        now: Time,
    ) -> Result<Change, Refusal> {
        self.check(Some(self.tickets.get(&id).ok_or_else(Refusal::not_found)?), &wish)?;
        self.apply(id, wish, actor, via, now)
    }

    /// The user that is meant, made if there is none.
    fn person(&mut self, person: &Person, now: Time) -> Result<u64, Refusal> {
        let (name, email) = match person {
            Person::Known(id) => return Ok(*id),
            Person::Named { name, email } => (name, email.as_deref()),
        };
        if let Some(user) = email.and_then(|email| self.user_by_email(email)) {
            return Ok(user.id);
        }
        if self.users.len() >= MAX_USERS {
            return Err(Refusal::invalid("base", "The account has too many users", "AccountLimitExceeded"));
        }
        Ok(self.add_user(name, email, Role::EndUser, now))
    }

    /// The people of a list after some came and some went.
    fn people(&mut self, before: &[u64], changes: &[(Person, bool)], now: Time) -> Result<Vec<u64>, Refusal> {
        let mut all = before.to_vec();
        for (person, comes) in changes {
            let user = self.person(person, now)?;
            all.retain(|one| *one != user);
            if *comes && self.users.contains_key(&user) && all.len() < MAX_COPIED {
                all.push(user);
            }
        }
        Ok(all)
    }

    /// A change, and its record.
    fn apply(&mut self, id: u64, mut wish: Wish, actor: u64, via: &'static str, now: Time) -> Result<Change, Refusal> {
        let before = self.tickets.get(&id).cloned().ok_or_else(Refusal::not_found)?;
        let created = before.comments.is_empty();
        let copied = self.people(&before.copied, &wish.copied, now)?;
        let followers = self.people(&before.followers, &wish.followers, now)?;
        let requester = wish.requester.take().map(|person| self.person(&person, now)).transpose()?;
        let (audit, comment_id) = (self.next_id(), self.next_id());
        self.leave_ids_for_events();
        let author = wish.comment.as_ref().map(|comment| comment.author.unwrap_or(actor));
        let by_agent = author.map_or(self.is_agent(actor), |author| self.is_agent(author));
        let ticket = self.tickets.get_mut(&id).ok_or_else(Refusal::not_found)?;
        let comment = wish.comment.clone().filter(|comment| !comment.body.trim().is_empty());
        (ticket.copied, ticket.followers) = (copied, followers);
        ticket.requester = requester.unwrap_or(ticket.requester);
        set(ticket, wish, actor, by_agent, comment.is_some() && !created);
        let added = comment.map(|comment| {
            let author = comment.author.unwrap_or(if created { ticket.submitter } else { actor });
            let NewComment { body, public, .. } = comment;
            ticket.comments.push(Comment { id: comment_id, audit, author, body, public, via, created: now });
            comment_id
        });
        ticket.updated = now;
        let marks = ticket.marks.after(&before, ticket, now);
        ticket.marks = marks;
        let fields = difference(&before, ticket);
        let change = Change { ticket: id, audit, actor, created, at: now, via, fields, comment: added };
        self.record(change.clone());
        Ok(change)
    }

    /// Whether a ticket, a new one where there is none, may change so.
    fn check(&self, ticket: Option<&Ticket>, wish: &Wish) -> Result<(), Refusal> {
        if ticket.is_some_and(|ticket| ticket.status == Status::Closed) {
            return Err(Refusal::invalid("status", "Status: closed prevents ticket update", "InvalidValue"));
        }
        if let Some(Person::Known(user)) = &wish.requester
            && !self.users.contains_key(user)
        {
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
            if ticket.is_some_and(|ticket| ticket.comments.len() >= MAX_COMMENTS) {
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
    ticket.tags.extend(wish.more_tags);
    ticket.tags.retain(|tag| !wish.fewer_tags.contains(tag));
    if let Some(external_id) = wish.external_id {
        ticket.external_id = external_id;
    }
    ticket.custom.extend(wish.custom);
    ticket.kept.extend(wish.kept);
    for name in wish.cleared {
        ticket.kept.remove(name);
    }
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
    let of_system = [
        ("subject", json!(before.subject), json!(now.subject)),
        ("status", json!(before.status.word()), json!(now.status.word())),
        ("priority", json!(before.priority), json!(now.priority)),
        ("type", json!(before.kind), json!(now.kind)),
        ("requester_id", json!(before.requester), json!(now.requester)),
        ("assignee_id", json!(before.assignee), json!(now.assignee)),
        ("group_id", json!(before.group), json!(now.group)),
        ("organization_id", json!(before.organization), json!(now.organization)),
        ("external_id", json!(before.external_id), json!(now.external_id)),
        ("email_cc_ids", json!(before.copied), json!(now.copied)),
        ("follower_ids", json!(before.followers), json!(now.followers)),
        ("tags", json!(before.tags), json!(now.tags)),
    ];
    let of_system = of_system.into_iter().map(|(name, before, now)| (Cow::from(name), before, now));
    let value = |kept: &Kept, name: &str| kept.get(name).cloned().unwrap_or_default();
    let kept =
        kept::OF_TICKETS.iter().map(|(name, _)| (Cow::from(*name), value(&before.kept, name), value(&now.kept, name)));
    let own = now.custom.iter().map(|(id, value)| {
        (Cow::from(id.to_string()), before.custom.get(id).cloned().unwrap_or_default(), value.clone())
    });
    of_system
        .chain(kept)
        .chain(own)
        .filter(|(_, before, now)| before != now)
        .map(|(name, before, now)| Field { name, before, now })
        .collect()
}
