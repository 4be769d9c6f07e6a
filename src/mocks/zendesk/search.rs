//! `/search`: the words that bots use, over an index that may lag behind.

use super::page::page;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use super::state::{Account, Role, Status, Ticket, User};
use super::{Knob, LAG};
use crate::mocks::answer;
use serde_json::{Value, json};

pub(super) fn search(call: &mut Call<'_>) -> Outcome {
    let mut all = results(call)?;
    // The latest change first, as Zendesk sorts unless asked otherwise.
    let key = call.query.filled("sort_by").unwrap_or("updated_at");
    let key = if matches!(key, "created_at" | "updated_at" | "status" | "priority") { key } else { "updated_at" };
    all.sort_by(|a, b| a[key].as_str().cmp(&b[key].as_str()).then(a["id"].as_u64().cmp(&b["id"].as_u64())));
    if call.query.get("sort_order") != Some("asc") {
        all.reverse();
    }
    let mut body = page("results", all, |record| record, &call.query, &call.url())?;
    body["facets"] = Value::Null;
    call.show(200, body)
}

pub(super) fn count(call: &mut Call<'_>) -> Outcome {
    Ok(answer::json(200, &json!({"count": results(call)?.len()})))
}

fn results(call: &Call<'_>) -> Result<Vec<Value>, Refusal> {
    let text = call.query.filled("query").ok_or_else(|| Refusal::attribute("query", "must be present"))?;
    let terms: Vec<Term> = terms(text);
    let account = &call.desk.account;
    let lag = call.desk.settings.index_lag;
    let known = call.now - if call.knob == Some(Knob::IndexLag) { lag.max(LAG) } else { lag };
    let of_type = |kind: &str| terms.iter().all(|term| term.field != "type" || term.value == kind);
    let mut all = Vec::new();
    if of_type("ticket") {
        let found = account.tickets.values().filter(|ticket| ticket.created <= known);
        let found = found.filter(|ticket| terms.iter().all(|term| term.fits_ticket(account, ticket)));
        all.extend(found.map(|ticket| typed(show::ticket(account, ticket, &call.origin), "ticket")));
    }
    if of_type("user") {
        let found = account.users.values().filter(|user| user.created <= known);
        let found = found.filter(|user| terms.iter().all(|term| term.fits_user(user)));
        all.extend(found.map(|user| typed(show::user(account, user, &call.origin), "user")));
    }
    Ok(all)
}

fn typed(mut record: Value, kind: &str) -> Value {
    record["result_type"] = json!(kind);
    record
}

/// `field:value`, `field<value`, `field>value`, or a word (field empty); a leading `-` negates.
#[derive(Debug)]
struct Term {
    negated: bool,
    field: String,
    sign: char,
    value: String,
}

/// More terms than are looked at.
const MAX_TERMS: usize = 50;

fn terms(text: &str) -> Vec<Term> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(String::new()),
            c => words.last_mut().iter_mut().for_each(|word| word.push(c)),
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).take(MAX_TERMS).map(|word| term(&word.to_lowercase())).collect()
}

fn term(word: &str) -> Term {
    let (negated, word) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
    match word.find([':', '<', '>']) {
        Some(at) => {
            let sign = word[at..].chars().next().unwrap_or(':');
            let value = word[at + 1..].trim_start_matches('=').to_owned();
            Term { negated, field: word[..at].to_owned(), sign, value }
        }
        None => Term { negated, field: String::new(), sign: ':', value: word.to_owned() },
    }
}

impl Term {
    fn fits_ticket(&self, account: &Account, ticket: &Ticket) -> bool {
        let fits = match self.field.as_str() {
            "type" if matches!(self.value.as_str(), "ticket" | "user") => true,
            "status" => Status::parse(&self.value).is_some_and(|status| match self.sign {
                '<' => ticket.status < status,
                '>' => ticket.status > status,
                _ => ticket.status == status,
            }),
            "priority" => ticket.priority.as_deref() == Some(&self.value),
            "group" => match self.value.parse() {
                Ok(id) => ticket.group == Some(id),
                Err(_) => account.group_name(ticket.group).is_some_and(|name| name.to_lowercase() == self.value),
            },
            "requester" => self.is_user(account, Some(ticket.requester)),
            "submitter" => self.is_user(account, Some(ticket.submitter)),
            "assignee" => self.is_user(account, ticket.assignee),
            "tags" => ticket.tags.contains(&self.value),
            "external_id" => ticket.external_id.as_ref().is_some_and(|id| id.to_lowercase() == self.value),
            "subject" => ticket.subject.to_lowercase().contains(&self.value),
            "description" => ticket.description().to_lowercase().contains(&self.value),
            "created" => self.compares(&account.epoch.iso(ticket.created)),
            "updated" => self.compares(&account.epoch.iso(ticket.updated)),
            "" => {
                let mut texts = ticket.comments.iter().map(|comment| &comment.body).chain([&ticket.subject]);
                ticket.id.to_string() == self.value || texts.any(|text| text.to_lowercase().contains(&self.value))
            }
            _ => true,
        };
        fits != self.negated
    }

    fn fits_user(&self, user: &User) -> bool {
        let fits = match self.field.as_str() {
            "type" => true,
            "email" => user.email.as_deref() == Some(&self.value),
            "role" => user.role.word() == self.value || (self.value == "agent" && user.role == Role::Admin),
            "external_id" => user.external_id.as_ref().is_some_and(|id| id.to_lowercase() == self.value),
            "" | "name" | "user" => {
                user.name.to_lowercase().contains(&self.value)
                    || user.email.as_deref().is_some_and(|email| email.contains(&self.value))
            }
            _ => false,
        };
        fits != self.negated
    }

    /// `none`, an id, an address or a name.
    fn is_user(&self, account: &Account, id: Option<u64>) -> bool {
        let Some(user) = id.and_then(|id| account.users.get(&id)) else { return self.value == "none" };
        user.id.to_string() == self.value
            || user.email.as_deref() == Some(&self.value)
            || user.name.to_lowercase() == self.value
    }

    /// Moments compare as their text does.
    fn compares(&self, moment: &str) -> bool {
        let moment = moment.to_lowercase();
        match self.sign {
            '<' => moment < self.value,
            '>' => moment > self.value,
            _ => moment.starts_with(&self.value),
        }
    }
}
