//! `views.*`: forms that the app opens, and its home tab.

use super::elements;
use super::methods::{Call, Outcome};
use super::state::{APP, BOT, TEAM};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Forms that are open at one time: then the oldest goes.
const MAX_OPEN: usize = 1_000;
/// Forms on top of each other.
const MAX_STACK: usize = 3;
/// Blocks of a form.
const MAX_BLOCKS: usize = 100;

/// All forms and home tabs, by id.
#[derive(Debug, Default)]
pub(super) struct Views {
    made: u64,
    open: BTreeMap<String, Value>,
    /// The home tab of each user.
    homes: BTreeMap<String, String>,
}

impl Views {
    /// The form of an id.
    pub(super) fn get(&self, id: &str) -> Option<&Value> {
        self.open.get(id)
    }

    /// The newest form of a callback id, or the newest of all.
    pub(super) fn newest(&self, callback: Option<&str>) -> Option<&str> {
        let modal = |view: &Value| view["type"] == "modal";
        let mut all = self.open.iter().rev().filter(|(_, view)| modal(view));
        all.find(|(_, view)| callback.is_none_or(|callback| view["callback_id"] == callback)).map(|(id, _)| id.as_str())
    }

    /// A user's home tab.
    pub(super) fn home(&self, user: &str) -> Option<&Value> {
        self.open.get(self.homes.get(user)?)
    }

    /// The form is gone.
    pub(super) fn close(&mut self, id: &str) {
        self.open.remove(id);
    }

    fn open(&mut self, mut view: Value, under: Option<&Value>) -> Value {
        self.made += 1;
        let id = format!("V{:08}", self.made);
        view["id"] = json!(id);
        let root = under.map_or(json!(id), |under| under["root_view_id"].clone());
        view["root_view_id"] = root;
        view["previous_view_id"] = under.map_or(Value::Null, |under| under["id"].clone());
        view["hash"] = json!(self.hash());
        self.open.insert(id, view.clone());
        if self.open.len() > MAX_OPEN {
            self.open.pop_first();
        }
        view
    }

    fn hash(&mut self) -> String {
        self.made += 1;
        format!("{:010}.mock", self.made)
    }

    fn replace(&mut self, id: &str, mut view: Value) -> Option<Value> {
        let before = self.open.get(id)?;
        for kept in ["id", "root_view_id", "previous_view_id"] {
            view[kept] = before[kept].clone();
        }
        view["hash"] = json!(self.hash());
        self.open.insert(id.to_owned(), view.clone());
        Some(view)
    }

    /// What the app answered to a form that was sent: another form, or nothing, which closes it.
    pub(super) fn answered(&mut self, id: &str, body: &Value) {
        let next = full(&body["view"]).ok();
        match (body["response_action"].as_str(), next) {
            (Some("errors"), _) => {}
            (Some("update"), Some(view)) => drop(self.replace(id, view)),
            (Some("push"), Some(view)) => {
                let under = self.open.get(id).cloned();
                self.open(view, under.as_ref());
            }
            (Some("clear"), _) => {
                let root = self.open.get(id).map(|view| view["root_view_id"].clone());
                self.open.retain(|_, view| Some(&view["root_view_id"]) != root.as_ref());
            }
            _ => drop(self.open.remove(id)),
        }
    }
}

pub(super) fn open(call: &mut Call<'_>) -> Outcome {
    let view = sent(call)?;
    trigger(call)?;
    Ok(json!({"view": call.slack.views.open(view, None)}))
}

pub(super) fn push(call: &mut Call<'_>) -> Outcome {
    let view = sent(call)?;
    trigger(call)?;
    let views = &mut call.slack.views;
    let under = views.newest(None).and_then(|id| views.get(id)).cloned().ok_or("view_not_found")?;
    let stack = views.open.values().filter(|view| view["root_view_id"] == under["root_view_id"]).count();
    if stack >= MAX_STACK {
        return Err("push_limit_reached");
    }
    Ok(json!({"view": views.open(view, Some(&under))}))
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let view = sent(call)?;
    let views = &call.slack.views;
    let by_name =
        |name: String| views.open.iter().find(|(_, view)| view["external_id"] == name).map(|(id, _)| id.clone());
    let id =
        call.args.text("view_id").or_else(|| call.args.text("external_id").and_then(by_name)).ok_or("not_found")?;
    let before = views.get(&id).ok_or("not_found")?;
    if call.args.text("hash").is_some_and(|hash| before["hash"] != hash.as_str()) {
        return Err("hash_conflict");
    }
    let updated = call.slack.views.replace(&id, view).ok_or("not_found")?;
    Ok(json!({"view": updated}))
}

pub(super) fn publish(call: &mut Call<'_>) -> Outcome {
    let user = call.args.text("user_id").ok_or("invalid_arguments")?;
    if !call.slack.workspace.users.contains_key(&user) {
        return Err("user_not_found");
    }
    let view = sent(call)?;
    let views = &mut call.slack.views;
    let known = views.homes.get(&user).cloned();
    let shown = match known.and_then(|id| views.replace(&id, view.clone())) {
        Some(shown) => shown,
        None => views.open(view, None),
    };
    if let Some(id) = shown["id"].as_str() {
        views.homes.insert(user, id.to_owned());
    }
    Ok(json!({"view": shown}))
}

fn trigger(call: &mut Call<'_>) -> Result<(), &'static str> {
    let id = call.args.text("trigger_id").or_else(|| call.args.text("interactivity_pointer"));
    call.slack.triggers.take(&id.ok_or("invalid_trigger_id")?, call.now)
}

/// The form that was sent, as JSON or as JSON in a string.
fn sent(call: &Call<'_>) -> Result<Value, &'static str> {
    full(&call.args.object("view").ok_or("invalid_arguments")?)
}

/// A form with every field that Slack adds.
fn full(view: &Value) -> Result<Value, &'static str> {
    let kind = view["type"].as_str().filter(|kind| ["modal", "home"].contains(kind)).ok_or("invalid_arguments")?;
    let blocks = view["blocks"].as_array().filter(|blocks| blocks.len() <= MAX_BLOCKS).ok_or("invalid_arguments")?;
    if kind == "modal" && view["title"]["text"].as_str().is_none() {
        return Err("invalid_arguments");
    }
    let text = |name: &str| view[name].as_str().unwrap_or_default();
    let on = |name: &str| view[name] == true;
    Ok(json!({
        "id": null, "team_id": TEAM, "type": kind, "blocks": super::chat::with_ids(blocks),
        "private_metadata": text("private_metadata"), "callback_id": text("callback_id"),
        "external_id": text("external_id"), "state": {"values": {}}, "hash": "", "title": view["title"],
        "close": view["close"], "submit": view["submit"], "clear_on_close": on("clear_on_close"),
        "notify_on_close": on("notify_on_close"), "root_view_id": null, "previous_view_id": null, "app_id": APP,
        "app_installed_team_id": TEAM, "bot_id": BOT,
    }))
}

/// The state of a form: what every element of it holds that people fill in. `values` are by block and action; plain words
/// stand for what the element holds, and where nothing is said it holds what it began with. What `values` has for no
/// element of the form stays as it is.
pub(super) fn state(view: &Value, values: &Value) -> Value {
    let mut state: Map<String, Value> = Map::new();
    let mut hold = |block: &str, action: &str, held: Value| {
        state.entry(block).or_insert_with(|| json!({}))[action] = held;
    };
    for (block, actions) in values.as_object().into_iter().flatten() {
        for (action, value) in actions.as_object().into_iter().flatten() {
            let held = match value {
                Value::String(text) => json!({"type": "plain_text_input", "value": text}),
                other => other.clone(),
            };
            hold(block, action, held);
        }
    }
    for block in view["blocks"].as_array().into_iter().flatten() {
        for element in elements::of(block).filter(|element| elements::is_filled_in(element)) {
            let (Some(block), Some(action)) = (block["block_id"].as_str(), element["action_id"].as_str()) else {
                continue;
            };
            match &values[block][action] {
                Value::Null => hold(block, action, elements::initial(element)),
                Value::String(text) => hold(block, action, elements::holding(element, Some(text))),
                _ => {}
            }
        }
    }
    Value::Object(state)
}
