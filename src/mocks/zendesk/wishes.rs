//! What requests ask of a ticket, read.

use super::changes::{NewComment, Person, Wish};
use super::kept::{self, id};
use super::refusal::Refusal;
use super::state::{Account, Status};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Reads what a request asks of a ticket.
pub(super) fn read(account: &Account, fields: &Value) -> Result<Wish, Refusal> {
    let text = |name: &str| fields[name].as_str().map(str::to_owned);
    let word = |name: &str, known: &[&str]| choice(fields, name, known);
    let status = match fields.get("status") {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.as_str().and_then(Status::parse).ok_or_else(|| not_valid("status", value))?),
    };
    let mut wish = Wish {
        subject: text("subject").or_else(|| text("raw_subject")),
        comment: comment(fields)?,
        status,
        priority: word("priority", &["low", "normal", "high", "urgent"])?,
        kind: word("type", &["problem", "incident", "question", "task"])?,
        requester: id(&fields["requester_id"]).map(Person::Known),
        submitter: id(&fields["submitter_id"]),
        copied: people(fields, &["email_ccs", "collaborators", "collaborator_ids", "additional_collaborators"]),
        followers: people(fields, &["followers"]),
        assignee: reference(fields, "assignee_id"),
        group: reference(fields, "group_id"),
        organization: reference(fields, "organization_id"),
        tags: fields.get("tags").filter(|tags| !tags.is_null()).map(read_tags),
        external_id: fields.get("external_id").map(|id| id.as_str().map(str::to_owned)),
        ..Wish::default()
    };
    kept::keep(kept::OF_TICKETS, fields, &mut wish.kept);
    let names = kept::OF_TICKETS.iter().map(|(name, _)| *name);
    wish.cleared = names.filter(|name| fields.get(*name).is_some_and(Value::is_null)).collect();
    if wish.requester.is_none() {
        wish.requester = requester(account, &fields["requester"])?;
    }
    if let Some(email) = fields["assignee_email"].as_str() {
        let user = account.user_by_email(email).map(|user| user.id);
        wish.assignee =
            Some(Some(user.ok_or_else(|| Refusal::invalid("assignee", "Assignee: is invalid", "InvalidValue"))?));
    }
    wish.more_tags = read_tags(&fields["additional_tags"]);
    wish.fewer_tags = read_tags(&fields["remove_tags"]);
    for field in fields["custom_fields"].as_array().into_iter().flatten() {
        if let Some(id) = field["id"].as_u64() {
            wish.custom.insert(id, field["value"].clone());
        }
    }
    Ok(wish)
}

/// An id that may be set, cleared or left alone; zero is none.
fn reference(fields: &Value, name: &str) -> Option<Option<u64>> {
    fields.get(name).map(id)
}

fn choice(fields: &Value, name: &str, known: &[&str]) -> Result<Option<Option<String>>, Refusal> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(word)) if word.is_empty() => Ok(Some(None)),
        Some(Value::String(word)) if known.contains(&word.as_str()) => Ok(Some(Some(word.clone()))),
        Some(value) => Err(not_valid(name, value)),
    }
}

fn not_valid(name: &str, value: &Value) -> Refusal {
    let title = name.get(..1).map_or(String::new(), |first| format!("{}{}", first.to_uppercase(), &name[1..]));
    let word = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let word: String = word.chars().take(100).collect();
    Refusal::invalid(name, &format!("{title}: {word} is not valid"), "InvalidValue")
}

/// A comment as an object, or a description.
pub(super) fn comment(fields: &Value) -> Result<Option<NewComment>, Refusal> {
    let (body, public, author) = match fields.get("comment") {
        Some(Value::Object(comment)) => {
            let body = comment_text(comment);
            (body, comment.get("public") != Some(&json!(false)), comment.get("author_id").and_then(id))
        }
        Some(Value::String(body)) => (Some(body.clone()), true, None),
        Some(Value::Null) | None => (None, true, None),
        Some(_) => return Err(Refusal::attribute("comment", "must be an object")),
    };
    let body = body.or_else(|| fields["description"].as_str().map(str::to_owned));
    Ok(body.map(|body| NewComment { body, public, author }))
}

fn comment_text(comment: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| comment.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text("body").or_else(|| text("value")).map(str::to_owned).or_else(|| text("html_body").map(untagged))
}

/// HTML without its tags.
fn untagged(html: &str) -> String {
    let mut inside = false;
    let text: String = html
        .chars()
        .filter(|c| {
            let keep = !inside && *c != '<';
            inside = if *c == '<' { true } else { inside && *c != '>' };
            keep
        })
        .collect();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Who `{name, email}` means: a user of that address, or a new one.
pub(super) fn requester(account: &Account, fields: &Value) -> Result<Option<Person>, Refusal> {
    if !fields.is_object() {
        return Ok(None);
    }
    let (name, email) = (fields["name"].as_str().unwrap_or_default(), fields["email"].as_str());
    if let Some(user) = email.and_then(|email| account.user_by_email(email)) {
        return Ok(Some(Person::Known(user.id)));
    }
    if name.is_empty() {
        let text = "Requester: Name: is too short (minimum is 1 characters)";
        return Err(Refusal::invalid("requester", text, "ValueTooShort"));
    }
    Ok(Some(Person::Named { name: name.to_owned(), email: email.map(str::to_owned) }))
}

/// More people than are added to a ticket at once.
const MOST_PEOPLE: usize = 100;

/// Who is to get copies: ids, addresses, or objects of a name and an address, and whether each comes or goes.
fn people(fields: &Value, names: &[&str]) -> Vec<(Person, bool)> {
    let all = names.iter().filter_map(|name| fields[*name].as_array()).flatten().take(MOST_PEOPLE);
    let person = |one: &Value| {
        if let Some(id) = id(one).or_else(|| id(&one["user_id"])).or_else(|| id(&one["id"])) {
            return Some(Person::Known(id));
        }
        let email = one.as_str().or_else(|| one["user_email"].as_str()).or_else(|| one["email"].as_str())?;
        let name = one["user_name"].as_str().or_else(|| one["name"].as_str());
        let name = name.or_else(|| email.split('@').next()).unwrap_or(email);
        Some(Person::Named { name: name.to_owned(), email: Some(email.to_owned()) })
    };
    all.filter_map(|one| Some((person(one)?, one["action"] != "delete"))).collect()
}

/// Tags as a list, or parted by blanks or commas.
pub(super) fn read_tags(value: &Value) -> BTreeSet<String> {
    let words: Vec<&str> = match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => text.split([' ', ',']).collect(),
        _ => Vec::new(),
    };
    words.into_iter().map(|word| word.trim().to_lowercase().replace(' ', "_")).filter(|word| !word.is_empty()).collect()
}
