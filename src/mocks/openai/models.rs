//! The models that the mock knows.

use super::route::Dialect;
use crate::mocks::stamp::Epoch;
use crate::time::Time;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    pub(super) id: String,
    created: i64,
    owned_by: String,
    /// The length of its embeddings.
    #[serde(default)]
    pub(super) dimensions: Option<usize>,
}

/// Who owns the models of the other vendor.
const ANTHROPIC: &str = "anthropic";

impl Model {
    fn is_of(&self, dialect: Dialect) -> bool {
        (self.owned_by == ANTHROPIC) == (dialect == Dialect::Anthropic)
    }

    /// Its JSON, under the name that was asked for.
    pub(super) fn show(&self, name: &str, dialect: Dialect) -> Value {
        match dialect {
            Dialect::OpenAi => {
                json!({"id": name, "object": "model", "created": self.created, "owned_by": self.owned_by})
            }
            Dialect::Anthropic => {
                let created = Epoch { unix: self.created }.iso(Time::ZERO);
                json!({"type": "model", "id": name, "display_name": name, "created_at": created})
            }
        }
    }
}

/// The list, from `mocks/openai/models.yaml`.
#[derive(Clone, Debug)]
pub(super) struct Models(Vec<Model>);

impl Models {
    pub(super) fn shipped() -> Self {
        let text = include_str!("../../../mocks/openai/models.yaml");
        Self(serde_yaml::from_str(text).expect("the shipped list of models is tested"))
    }

    /// The JSON of all that are this vendor's.
    pub(super) fn list(&self, dialect: Dialect) -> Value {
        let own = self.0.iter().filter(|model| model.is_of(dialect));
        let data: Vec<Value> = own.map(|model| model.show(&model.id, dialect)).collect();
        match dialect {
            Dialect::OpenAi => json!({"object": "list", "data": data}),
            Dialect::Anthropic => {
                let end = |one: Option<&Value>| one.map_or(Value::Null, |model| model["id"].clone());
                let (first, last) = (end(data.first()), end(data.last()));
                json!({"data": data, "has_more": false, "first_id": first, "last_id": last})
            }
        }
    }

    /// The model that a request may name so; a dated version is known by its family.
    pub(super) fn find(&self, name: &str) -> Option<&Model> {
        let listed = self.0.iter().find(|model| match name.strip_prefix(&model.id) {
            Some("") => true,
            Some(rest) => is_date(rest),
            None => false,
        });
        listed.or_else(|| self.0.first().filter(|_| is_newer(name))).or_else(|| {
            let newer = |model: &&Model| model.owned_by == ANTHROPIC && is_claude(name);
            self.0.iter().find(newer)
        })
    }

    /// The model that a request to this vendor may name so.
    pub(super) fn find_in(&self, dialect: Dialect, name: &str) -> Option<&Model> {
        // A gateway may offer Anthropic's models through OpenAI's API, but not the other way round.
        self.find(name).filter(|model| dialect == Dialect::OpenAi || model.is_of(dialect))
    }
}

/// Any name of Anthropic's family: they carry words and versions in many orders.
fn is_claude(name: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    name.strip_prefix("claude-").is_some_and(|rest| rest.split('-').all(word))
}

/// Words that follow the version in a model's name.
const EDITIONS: [&str; 18] = [
    "mini", "nano", "pro", "turbo", "chat", "latest", "preview", "codex", "audio", "search", "vision", "instruct",
    "16k", "32k", "max", "sol", "terra", "luna",
];

/// A name that a later model of the vendor may well have, `gpt-6.1-mini`: a target that is ahead of the list still works.
fn is_newer(name: &str) -> bool {
    let mut parts = name.split('-');
    let version = |part: &str| {
        let part = part.strip_suffix('o').unwrap_or(part);
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    parts.next() == Some("gpt")
        && parts.next().is_some_and(version)
        && parts.all(|p| EDITIONS.contains(&p) || version(p))
}

/// `-2024-08-06` or `-0613`.
fn is_date(rest: &str) -> bool {
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    rest.starts_with('-') && matches!(digits, 4 | 8) && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}
