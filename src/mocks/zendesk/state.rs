//! What an account remembers: users, groups, tickets with their comments and audits. All ids are counted.

use super::Settings;
use super::changes::Change;
use super::kept::Kept;
use super::metrics::Marks;
use crate::mocks::stamp::Epoch;
use crate::time::Time;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// More tickets than any rehearsal makes; further ones are refused.
pub(super) const MAX_TICKETS: usize = 500_000;
/// More users than any rehearsal has customers; further ones are refused.
pub(super) const MAX_USERS: usize = 1_000_000;
/// More comments than a ticket takes (Zendesk's own limit).
pub(super) const MAX_COMMENTS: usize = 5_000;

/// More changes than are remembered of a ticket: the oldest after its making go.
pub(super) const MAX_AUDITS: usize = 1_000;

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A customer.
    EndUser,
    /// Somebody of the desk.
    Agent,
    /// The target's own user.
    Admin,
}

impl Role {
    /// As the wire has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::EndUser => "end-user",
            Self::Agent => "agent",
            Self::Admin => "admin",
        }
    }
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The id.
    pub id: u64,
    /// The name.
    pub name: String,
    /// The address, in lower case.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// The id of the desk's own system.
    pub external_id: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The organization they belong to.
    pub organization: Option<u64>,
    /// They were deleted: they are shown, and found no more.
    pub gone: bool,
    pub(super) kept: Kept,
    /// When they were made.
    pub created: Time,
    /// When they were last changed.
    pub updated: Time,
}

/// A group of agents.
#[derive(Clone, Debug)]
pub struct Group {
    /// The id.
    pub id: u64,
    /// The name.
    pub name: String,
}

/// A customer company.
#[derive(Clone, Debug)]
pub(super) struct Organization {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) external_id: Option<String>,
    pub(super) kept: Kept,
    pub(super) created: Time,
    pub(super) updated: Time,
}

/// A field that the account adds to its tickets.
#[derive(Clone, Debug)]
pub(super) struct TicketField {
    pub(super) id: u64,
    pub(super) title: String,
    pub(super) kind: &'static str,
    /// What can be chosen, as names and values.
    pub(super) options: Vec<(String, String)>,
    pub(super) active: bool,
    pub(super) created: Time,
    pub(super) updated: Time,
}

/// What a customer thought of how a ticket was solved.
#[derive(Clone, Debug)]
pub(super) struct Rating {
    pub(super) id: u64,
    pub(super) ticket: u64,
    /// `good` or `bad`.
    pub(super) score: &'static str,
    pub(super) comment: Option<String>,
    pub(super) created: Time,
    pub(super) updated: Time,
}

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nobody has looked at it.
    New,
    /// Being worked on.
    Open,
    /// Waiting for the customer.
    Pending,
    /// Waiting for somebody else.
    Hold,
    /// Done; the customer's comment opens it again.
    Solved,
    /// Done for good.
    Closed,
}

impl Status {
    const WORDS: [(Self, &str); 6] = [
        (Self::New, "new"),
        (Self::Open, "open"),
        (Self::Pending, "pending"),
        (Self::Hold, "hold"),
        (Self::Solved, "solved"),
        (Self::Closed, "closed"),
    ];

    /// As the wire has it.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(status, _)| *status == self).map_or("new", |(_, word)| word)
    }

    /// From the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(status, _)| *status)
    }
}

/// A comment on a ticket.
#[derive(Clone, Debug)]
pub struct Comment {
    /// The id.
    pub id: u64,
    /// The audit it came with.
    pub audit: u64,
    /// Who wrote it.
    pub author: u64,
    /// The text.
    pub body: String,
    /// Whether the customer sees it.
    pub public: bool,
    /// How it came: `api`, `web` or `email`.
    pub via: &'static str,
    /// When.
    pub created: Time,
}

/// A ticket.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The id.
    pub id: u64,
    /// The subject.
    pub subject: String,
    /// Where it stands.
    pub status: Status,
    /// `low`, `normal`, `high` or `urgent`.
    pub priority: Option<String>,
    /// `problem`, `incident`, `question` or `task`.
    pub kind: Option<String>,
    /// Who asks.
    pub requester: u64,
    /// Who entered it.
    pub submitter: u64,
    /// Who works on it.
    pub assignee: Option<u64>,
    /// The group it belongs to.
    pub group: Option<u64>,
    /// The organization of who asks.
    pub organization: Option<u64>,
    /// Its tags, in order of the alphabet.
    pub tags: BTreeSet<String>,
    /// The id of the desk's own system.
    pub external_id: Option<String>,
    /// Custom fields by id.
    pub custom: BTreeMap<u64, Value>,
    pub(super) kept: Kept,
    /// Users who get copies.
    pub copied: Vec<u64>,
    /// People of the desk who follow it.
    pub followers: Vec<u64>,
    /// How it came: `api`, `web` or `email`.
    pub via: &'static str,
    /// Its comments, oldest first; the first is the description.
    pub comments: Vec<Comment>,
    /// When it was made.
    pub created: Time,
    /// When it was last changed.
    pub updated: Time,
    /// When it was solved, taken and so on, for its metrics.
    pub(super) marks: Marks,
}

impl Ticket {
    /// The first comment's text.
    pub fn description(&self) -> &str {
        self.comments.first().map_or("", |comment| &comment.body)
    }
}

/// All that is remembered.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) epoch: Epoch,
    pub(super) users: BTreeMap<u64, User>,
    pub(super) groups: BTreeMap<u64, Group>,
    pub(super) tickets: BTreeMap<u64, Ticket>,
    /// Tickets that were deleted: exports still tell of them.
    pub(super) deleted: BTreeMap<u64, Ticket>,
    pub(super) organizations: BTreeMap<u64, Organization>,
    pub(super) ratings: BTreeMap<u64, Rating>,
    pub(super) fields: BTreeMap<u64, TicketField>,
    /// What happened to each ticket, oldest first.
    pub(super) audits: BTreeMap<u64, Vec<Change>>,
    emails: BTreeMap<String, u64>,
    ids: u64,
    ticket_ids: u64,
}

impl Account {
    pub(super) fn new(settings: &Settings) -> Self {
        let mut account = Self {
            epoch: settings.epoch,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            tickets: BTreeMap::new(),
            deleted: BTreeMap::new(),
            organizations: BTreeMap::new(),
            ratings: BTreeMap::new(),
            fields: BTreeMap::new(),
            audits: BTreeMap::new(),
            emails: BTreeMap::new(),
            ids: 10_000,
            ticket_ids: 0,
        };
        account.add_user("Holdline Bot", Some(&settings.email), Role::Admin, Time::ZERO);
        for name in &settings.groups {
            account.add_group(name);
        }
        account
    }

    /// The next id of anything but a ticket.
    pub(super) fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// The events of an audit are numbered after it.
    pub(super) fn leave_ids_for_events(&mut self) {
        self.ids += 16;
    }

    /// The next ticket's id: no id is given twice, even when its ticket was deleted.
    pub(super) fn next_ticket(&mut self) -> u64 {
        self.ticket_ids += 1;
        self.ticket_ids
    }

    pub(super) fn add_user(&mut self, name: &str, email: Option<&str>, role: Role, now: Time) -> u64 {
        let id = self.next_id();
        let email = email.map(str::to_lowercase);
        if let Some(email) = &email {
            self.emails.insert(email.clone(), id);
        }
        let user = User {
            id,
            name: name.to_owned(),
            email,
            role,
            external_id: None,
            phone: None,
            organization: None,
            gone: false,
            kept: Kept::new(),
            created: now,
            updated: now,
        };
        self.users.insert(id, user);
        id
    }

    /// Keeps the record of a change.
    pub(super) fn record(&mut self, change: Change) {
        let audits = self.audits.entry(change.ticket).or_default();
        if audits.len() >= MAX_AUDITS {
            audits.remove(1);
        }
        audits.push(change);
    }

    /// Takes a ticket away; whether there was one. Its ratings go with it.
    pub(super) fn delete_ticket(&mut self, id: u64, now: Time) -> bool {
        let Some(ticket) = self.tickets.remove(&id) else { return false };
        self.audits.remove(&id);
        if let Some(rating) = ticket.marks.rating {
            self.ratings.remove(&rating);
        }
        self.deleted.insert(id, Ticket { updated: now, ..ticket });
        if self.deleted.len() > MAX_TICKETS {
            self.deleted.pop_first();
        }
        true
    }

    /// What the customer thought of a ticket.
    pub(super) fn rating_of(&self, ticket: &Ticket) -> Option<&Rating> {
        self.ratings.get(&ticket.marks.rating?)
    }

    /// Takes a user away: the record stays, the address is free again.
    pub(super) fn delete_user(&mut self, id: u64, now: Time) -> bool {
        let Some(user) = self.users.get_mut(&id).filter(|user| !user.gone) else { return false };
        (user.gone, user.updated) = (true, now);
        if let Some(email) = &user.email {
            self.emails.remove(email);
        }
        true
    }

    pub(super) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.get(self.emails.get(&email.to_lowercase())?)
    }

    /// The group of that name, made if there is none.
    pub(super) fn add_group(&mut self, name: &str) -> u64 {
        if let Some(group) = self.group_by_name(name) {
            return group.id;
        }
        let id = self.next_id();
        self.groups.insert(id, Group { id, name: name.to_owned() });
        id
    }

    pub(super) fn group_by_name(&self, name: &str) -> Option<&Group> {
        self.groups.values().find(|group| group.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn group_name(&self, id: Option<u64>) -> Option<String> {
        self.groups.get(&id?).map(|group| group.name.clone())
    }

    pub(super) fn is_agent(&self, user: u64) -> bool {
        self.users.get(&user).is_some_and(|user| user.role != Role::EndUser)
    }
}
