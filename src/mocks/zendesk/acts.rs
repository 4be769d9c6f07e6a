//! What customers and people do in the account, and what the rehearsal looks up, called by the rehearsal.

use super::changes::{NewComment, Person, Wish};
use super::state::{Role, Status, Ticket, User};
use super::{Zendesk, webhooks};
use crate::mocks::vendor::Effect;
use crate::time::Time;

impl Zendesk {
    /// Sends webhooks to this address from now on; `None`: to nobody.
    pub fn set_webhook_url(&mut self, url: Option<&str>) {
        self.webhooks.url = url.map(str::to_owned);
    }

    /// The group of that name, made if there is none; gives its id.
    pub fn add_group(&mut self, name: &str) -> u64 {
        self.account.add_group(name)
    }

    /// A person of the desk by address, made if there is none; gives the user's id.
    pub fn add_agent(&mut self, name: &str, email: &str, now: Time) -> u64 {
        match self.account.user_by_email(email) {
            Some(user) => user.id,
            None => self.account.add_user(name, Some(email), Role::Agent, now),
        }
    }

    /// A customer sends a ticket by mail. Gives its id, or `None` if the account takes no more.
    pub fn customer_creates(
        &mut self,
        email: &str,
        name: &str,
        subject: &str,
        body: &str,
        tag: Option<u64>,
        now: Time,
    ) -> (Option<u64>, Vec<Effect>) {
        let customer = match self.account.user_by_email(email) {
            Some(user) => user.id,
            None => self.account.add_user(name, Some(email), Role::EndUser, now),
        };
        let wish = Wish {
            subject: Some(subject.to_owned()),
            comment: Some(NewComment { body: body.to_owned(), public: true, author: Some(customer) }),
            requester: Some(Person::Known(customer)),
            ..Wish::default()
        };
        match self.account.create(wish, Some(customer), "email", now) {
            Ok(change) => (Some(change.ticket), webhooks::tell(&mut self.webhooks, &self.account, &change, tag, now)),
            Err(_) => (None, Vec::new()),
        }
    }

    /// The customer of a ticket adds a comment; `None`: the ticket takes none (it is closed or gone).
    pub fn customer_comments(&mut self, ticket: u64, body: &str, tag: Option<u64>, now: Time) -> Option<Vec<Effect>> {
        let customer = self.account.tickets.get(&ticket)?.requester;
        let comment = NewComment { body: body.to_owned(), public: true, author: Some(customer) };
        self.apply(ticket, Wish { comment: Some(comment), ..Wish::default() }, customer, tag, now)
    }

    /// A person of the desk (an id of [`Self::add_agent`]) adds a comment and may change the status; `None`: the ticket
    /// takes none.
    pub fn person_comments(
        &mut self,
        ticket: u64,
        author: u64,
        body: &str,
        public: bool,
        status: Option<Status>,
        now: Time,
    ) -> Option<Vec<Effect>> {
        let comment = NewComment { body: body.to_owned(), public, author: Some(author) };
        self.apply(ticket, Wish { comment: Some(comment), status, ..Wish::default() }, author, None, now)
    }

    /// A person of the desk takes a ticket, or puts it back (`None`).
    pub fn person_takes(&mut self, ticket: u64, person: u64, taken: bool, now: Time) -> Option<Vec<Effect>> {
        let assignee = Some(taken.then_some(person));
        self.apply(ticket, Wish { assignee, ..Wish::default() }, person, None, now)
    }

    /// A ticket is put into the group of that name, made if there is none; `None`: it can no longer be changed.
    pub fn joins_group(&mut self, ticket: u64, group: &str, now: Time) -> Option<Vec<Effect>> {
        let group = Some(Some(self.account.add_group(group)));
        let requester = self.account.tickets.get(&ticket)?.requester;
        self.apply(ticket, Wish { group, ..Wish::default() }, requester, None, now)
    }

    fn apply(&mut self, ticket: u64, wish: Wish, actor: u64, tag: Option<u64>, now: Time) -> Option<Vec<Effect>> {
        let via = if self.account.is_agent(actor) { "web" } else { "email" };
        let change = self.account.change(ticket, wish, actor, via, now).ok()?;
        Some(webhooks::tell(&mut self.webhooks, &self.account, &change, tag, now))
    }

    /// A ticket.
    pub fn ticket(&self, id: u64) -> Option<&Ticket> {
        self.account.tickets.get(&id)
    }

    /// A user.
    pub fn user(&self, id: u64) -> Option<&User> {
        self.account.users.get(&id)
    }

    /// The name of a ticket's group.
    pub fn group_of(&self, ticket: u64) -> Option<String> {
        self.account.group_name(self.account.tickets.get(&ticket)?.group)
    }

    /// The tickets of a group that are not solved, oldest first.
    pub fn tickets_of_group(&self, name: &str) -> Vec<&Ticket> {
        let Some(group) = self.account.group_by_name(name) else { return Vec::new() };
        let open = |ticket: &&Ticket| ticket.group == Some(group.id) && ticket.status < Status::Solved;
        self.account.tickets.values().filter(open).collect()
    }
}
