//! `/search`: the words that bots use, over an index that may lag behind.

use super::page::{self, page};
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::state::{Account, Role, Status, Ticket, User};
use super::{Knob, LAG, organizations, show};
use crate::mocks::answer;
use crate::time::Span;
use serde_json::{Value, json};

/// What can be searched.
const KINDS: [&str; 4] = ["ticket", "user", "group", "organization"];
/// What a priority can be, the least first.
const PRIORITIES: [&str; 4] = ["low", "normal", "high", "urgent"];
/// More results than `/search` shows: who wants more asks `/search/export`.
const MOST_SHOWN: usize = 1_000;

pub(super) fn search(call: &mut Call<'_>) -> Outcome {
    let query = terms(call)?;
    let mut all = results(call, &query, &KINDS);
    let word = |field: &str| query.iter().find(|term| term.field == field).map(|term| term.value.as_str());
    // The latest change first, as Zendesk sorts unless asked otherwise, beside the query or in it.
    let key = match call.query.filled("sort_by").or_else(|| word("order_by")).unwrap_or_default() {
        "created_at" | "created" => "created_at",
        key @ ("status" | "priority" | "ticket_type") => key,
        _ => "updated_at",
    };
    all.sort_by_cached_key(|one| (rank(key, one), one["id"].as_u64()));
    if call.query.get("sort_order").or_else(|| word("sort")) != Some("asc") {
        all.reverse();
    }
    if page::last_of(&call.query)? > MOST_SHOWN {
        return Err(Refusal::response_limits());
    }
    let mut body = page("results", all, page::own_id, |record| record, &call.query, &call.url())?;
    body["facets"] = Value::Null;
    call.show(200, body)
}

/// All there is of one kind, however much, by cursor and oldest first.
pub(super) fn export(call: &mut Call<'_>) -> Outcome {
    let kind = call.query.filled("filter[type]").and_then(|kind| KINDS.into_iter().find(|known| *known == kind));
    let kind = kind.ok_or_else(|| Refusal::attribute("filter[type]", "must be ticket, organization, user or group"))?;
    let mut all = results(call, &terms(call)?, &[kind]);
    all.sort_by_cached_key(|one| (rank("created_at", one), one["id"].as_u64()));
    let mut body = page::exported("results", all, &call.query, &call.url())?;
    body["facets"] = Value::Null;
    call.show(200, body)
}

pub(super) fn count(call: &mut Call<'_>) -> Outcome {
    Ok(answer::json(200, &json!({"count": results(call, &terms(call)?, &KINDS).len()})))
}

/// Where a record stands in a list sorted by `key`: words that mean more or less do not sort as letters do.
fn rank(key: &str, record: &Value) -> String {
    let word = record[key].as_str().unwrap_or_default();
    let ladder: &[&str] = match key {
        "status" => &["new", "open", "pending", "hold", "solved", "closed"],
        "priority" => &PRIORITIES,
        _ => return word.to_owned(),
    };
    ladder.iter().position(|step| *step == word).map_or(String::new(), |at| at.to_string())
}

fn results(call: &Call<'_>, terms: &[Term], kinds: &[&str]) -> Vec<Value> {
    let account = &call.desk.account;
    let lag = call.desk.settings.index_lag;
    let known = call.now - if call.knob == Some(Knob::IndexLag) { lag.max(LAG) } else { lag };
    let wanted = |kind: &str| {
        kinds.contains(&kind) && all_fit(terms, |term| term.field != "type" || (term.value == kind) != term.negated)
    };
    let mut all = Vec::new();
    if wanted("ticket") {
        let found = account.tickets.values().filter(|ticket| ticket.created <= known);
        let found = found.filter(|ticket| all_fit(terms, |term| term.fits_ticket(account, ticket)));
        all.extend(found.map(|ticket| typed(show::ticket(account, ticket, &call.origin), "ticket")));
    }
    if wanted("user") {
        let found = account.users.values().filter(|user| !user.gone && user.created <= known);
        let found = found.filter(|user| all_fit(terms, |term| term.fits_user(account, user)));
        all.extend(found.map(|user| typed(show::user(account, user, &call.origin), "user")));
    }
    if wanted("group") {
        let found = account.groups.values().filter(|group| all_fit(terms, |term| term.fits_name(&group.name, None)));
        all.extend(found.map(|group| typed(show::group(account, group, &call.origin), "group")));
    }
    if wanted("organization") {
        let found = account.organizations.values().filter(|one| one.created <= known);
        let found = found.filter(|one| all_fit(terms, |term| term.fits_name(&one.name, one.external_id.as_deref())));
        all.extend(found.map(|one| typed(organizations::shown(account, one, &call.origin), "organization")));
    }
    all
}

/// Whether every term fits, where several of one field are alternatives (`status:new status:open`).
fn all_fit(terms: &[Term], fits: impl Fn(&Term) -> bool) -> bool {
    let alike = |term: &Term, other: &Term| {
        !term.field.is_empty()
            && term.sign == ':'
            && !term.negated
            && (&term.field, term.sign, false) == (&other.field, other.sign, other.negated)
    };
    terms.iter().all(|term| fits(term) || terms.iter().any(|other| alike(term, other) && fits(other)))
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

/// The longest that is looked back, of any unit.
const MOST_AGO: i64 = 100;
/// More terms than are looked at.
const MAX_TERMS: usize = 50;

fn terms(call: &Call<'_>) -> Result<Vec<Term>, Refusal> {
    let text = call.query.filled("query").ok_or_else(|| Refusal::attribute("query", "must be present"))?;
    let mut words = vec![Word::default()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(Word::default()),
            c => words.last_mut().iter_mut().for_each(|word| word.push(c, quoted)),
        }
    }
    let words = words.iter().filter(|word| !word.text.is_empty()).take(MAX_TERMS);
    Ok(words.map(|word| term(word, call)).collect())
}

/// A word of a query, or several in quotation marks.
#[derive(Default)]
struct Word {
    text: String,
    /// Where the first sign between a field and its value stands; one within quotation marks is text.
    sign: Option<usize>,
}

impl Word {
    fn push(&mut self, c: char, quoted: bool) {
        if !quoted && self.sign.is_none() && matches!(c, ':' | '<' | '>') {
            self.sign = Some(self.text.len());
        }
        self.text.extend(c.to_lowercase());
    }
}

fn term(word: &Word, call: &Call<'_>) -> Term {
    let at = word.sign.unwrap_or(word.text.len());
    let (field, value) = word.text.split_at(at);
    let sign = value.chars().next().unwrap_or(':');
    // A word, and what looks like a field and is none, is looked for in the texts.
    let Some(value) = value.strip_prefix([':', '<', '>']).filter(|_| is_field(field.trim_start_matches('-'))) else {
        let (negated, text) = word.text.strip_prefix('-').map_or((false, &*word.text), |rest| (true, rest));
        return Term { negated, field: String::new(), sign: ':', value: text.to_owned() };
    };
    let (negated, field) = field.strip_prefix('-').map_or((false, field), |rest| (true, rest));
    let value = value.trim_start_matches('=');
    let of_time = matches!(field, "created" | "updated" | "solved" | "due_date");
    let value = match (ago(value).filter(|_| of_time), value) {
        // `created>4hours` is what was made in the last four hours.
        (Some(ago), _) => call.desk.account.epoch.iso(call.now - ago).to_lowercase(),
        (None, "me") if OF_PEOPLE.contains(&field) => call.actor.unwrap_or_default().to_string(),
        (None, value) => value.to_owned(),
    };
    Term { negated, field: field.to_owned(), sign, value }
}

/// Fields whose values are users.
const OF_PEOPLE: [&str; 5] = ["requester", "submitter", "assignee", "cc", "commenter"];
/// The other fields.
const FIELDS: [&str; 27] = [
    "brand_id",
    "comment",
    "created",
    "description",
    "due_date",
    "email",
    "external_id",
    "form",
    "group",
    "has_attachment",
    "name",
    "notes",
    "order_by",
    "organization",
    "phone",
    "priority",
    "role",
    "solved",
    "sort",
    "status",
    "subject",
    "tags",
    "ticket_type",
    "type",
    "updated",
    "user",
    "via",
];

fn is_field(word: &str) -> bool {
    OF_PEOPLE.contains(&word) || FIELDS.contains(&word) || word.starts_with("custom_field_")
}

/// `4hours`, `1day` and their like; a month has thirty days.
fn ago(value: &str) -> Option<Span> {
    let at = value.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = (value[..at].parse::<i64>().ok()?, value[at..].trim_end_matches('s'));
    let seconds = match unit {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 7 * 86_400,
        "month" => 30 * 86_400,
        "year" => 365 * 86_400,
        _ => return None,
    };
    Some(Span::from_secs(count.min(MOST_AGO) * seconds))
}

impl Term {
    fn fits_ticket(&self, account: &Account, ticket: &Ticket) -> bool {
        let fits = match self.field.as_str() {
            "type" => self.value == "ticket",
            "status" => Status::parse(&self.value).is_some_and(|status| match self.sign {
                '<' => ticket.status < status,
                '>' => ticket.status > status,
                _ => ticket.status == status,
            }),
            "priority" => {
                let step = |word: Option<&str>| PRIORITIES.iter().position(|known| Some(*known) == word);
                match (step(ticket.priority.as_deref()), step(Some(&self.value))) {
                    (has, None) => self.value == "none" && has.is_none(),
                    (has, wanted) if self.sign == '<' => has < wanted,
                    (has, wanted) if self.sign == '>' => has > wanted,
                    (has, wanted) => has == wanted,
                }
            }
            "ticket_type" => ticket.kind.as_deref() == Some(&self.value),
            "group" if self.value == "none" => ticket.group.is_none(),
            "group" => match self.value.parse() {
                Ok(id) => ticket.group == Some(id),
                Err(_) => account.group_name(ticket.group).is_some_and(|name| name.to_lowercase() == self.value),
            },
            "requester" => self.is_user(account, Some(ticket.requester)),
            "submitter" => self.is_user(account, Some(ticket.submitter)),
            "assignee" => self.is_user(account, ticket.assignee),
            "cc" if self.value == "none" => ticket.copied.is_empty(),
            "cc" => ticket.copied.iter().any(|user| self.is_user(account, Some(*user))),
            "commenter" => ticket.comments.iter().any(|comment| self.is_user(account, Some(comment.author))),
            "comment" => ticket.comments.iter().any(|comment| self.within(&comment.body)),
            "via" => ticket.via == self.value || (ticket.via, self.value.as_str()) == ("email", "mail"),
            "has_attachment" => self.value == "false",
            "due_date" => match ticket.kept.get("due_at").and_then(Value::as_str) {
                Some(due) => self.compares(due),
                None => self.value == "none",
            },
            "brand_id" => self.is_id(ticket.kept.get("brand_id")),
            "form" => self.is_id(ticket.kept.get("ticket_form_id")),
            "order_by" | "sort" => true,
            "organization" => match (&self.value, ticket.organization) {
                (value, None) => value == "none",
                (value, Some(id)) => {
                    value.parse() == Ok(id) || account.organizations.get(&id).is_some_and(|one| self.reads(&one.name))
                }
            },
            "tags" if self.value == "none" => ticket.tags.is_empty(),
            "tags" => ticket.tags.iter().any(|tag| self.reads(tag)),
            "external_id" => ticket.external_id.as_ref().is_some_and(|id| id.to_lowercase() == self.value),
            "subject" => self.within(&ticket.subject),
            "description" => self.within(ticket.description()),
            "created" => self.compares(&account.epoch.iso(ticket.created)),
            "updated" => self.compares(&account.epoch.iso(ticket.updated)),
            "solved" => ticket.marks.solved.is_some_and(|at| self.compares(&account.epoch.iso(at))),
            "" => {
                let mut texts = ticket.comments.iter().map(|comment| &comment.body).chain([&ticket.subject]);
                ticket.id.to_string() == self.value || texts.any(|text| self.within(text))
            }
            // A custom field's value; other fields are not of tickets.
            field => {
                let id = field.strip_prefix("custom_field_").and_then(|id| id.parse().ok());
                let value = id.and_then(|id: u64| ticket.custom.get(&id));
                value.is_some_and(|value| self.reads(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            }
        };
        fits != self.negated
    }

    fn fits_user(&self, account: &Account, user: &User) -> bool {
        let fits = match self.field.as_str() {
            "type" => self.value == "user",
            "order_by" | "sort" => true,
            "email" => user.email.as_deref().is_some_and(|email| self.reads(email)),
            "notes" => user.kept.get("notes").and_then(Value::as_str).is_some_and(|notes| self.within(notes)),
            "tags" => {
                let tags = user.kept.get("tags").and_then(Value::as_array).into_iter().flatten();
                tags.filter_map(Value::as_str).any(|tag| self.reads(tag))
            }
            "organization" => match user.organization.and_then(|id| account.organizations.get(&id)) {
                Some(one) => one.id.to_string() == self.value || self.reads(&one.name),
                None => self.value == "none",
            },
            "phone" => user.phone.as_ref().is_some_and(|phone| self.reads(phone)),
            "created" => self.compares(&account.epoch.iso(user.created)),
            "updated" => self.compares(&account.epoch.iso(user.updated)),
            "role" => user.role.word() == self.value || (self.value == "agent" && user.role == Role::Admin),
            "external_id" => user.external_id.as_ref().is_some_and(|id| id.to_lowercase() == self.value),
            "" | "name" | "user" => {
                self.within(&user.name) || user.email.as_deref().is_some_and(|email| email.contains(&self.value))
            }
            _ => false,
        };
        fits != self.negated
    }

    /// A group or an organization, which has little to be found by.
    fn fits_name(&self, name: &str, external_id: Option<&str>) -> bool {
        let fits = match self.field.as_str() {
            "type" => KINDS[2..].contains(&self.value.as_str()),
            "order_by" | "sort" => true,
            "external_id" => external_id.is_some_and(|id| id.to_lowercase() == self.value),
            "" | "name" => self.within(name),
            _ => false,
        };
        fits != self.negated
    }

    /// Whether this is the text, or what it begins with where a star ends the value.
    fn reads(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.value.strip_suffix('*').map_or(text == self.value, |start| text.starts_with(start))
    }

    /// Whether the text has these words.
    fn within(&self, text: &str) -> bool {
        text.to_lowercase().contains(self.value.trim_end_matches('*'))
    }

    /// `none`, or an id.
    fn is_id(&self, id: Option<&Value>) -> bool {
        id.map_or(self.value == "none", |id| id.as_u64() == self.value.parse().ok())
    }

    /// `none`, an id, an address or a name.
    fn is_user(&self, account: &Account, id: Option<u64>) -> bool {
        let Some(user) = id.and_then(|id| account.users.get(&id)) else { return self.value == "none" };
        user.id.to_string() == self.value
            || user.email.as_deref().is_some_and(|email| self.reads(email))
            || self.reads(&user.name)
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
