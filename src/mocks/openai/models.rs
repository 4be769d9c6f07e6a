//! The models that the mock knows.

use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    id: String,
    created: i64,
    owned_by: String,
}

/// The list, from `mocks/openai/models.yaml`.
#[derive(Clone, Debug)]
pub(super) struct Models(Vec<Model>);

impl Models {
    pub(super) fn shipped() -> Self {
        let text = include_str!("../../../mocks/openai/models.yaml");
        Self(serde_yaml::from_str(text).expect("the shipped list of models is tested"))
    }

    /// Whether requests may name it; a dated version is known by its family.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The JSON of one model.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.find(name).map(|model| object(name, model).to_string())
    }

    /// The JSON of all.
    pub(super) fn list(&self) -> String {
        let data: Vec<Value> = self.0.iter().map(|model| object(&model.id, model)).collect();
        json!({"object": "list", "data": data}).to_string()
    }

    fn find(&self, name: &str) -> Option<&Model> {
        let listed = self.0.iter().find(|model| match name.strip_prefix(&model.id) {
            Some("") => true,
            Some(rest) => is_date(rest),
            None => false,
        });
        listed.or_else(|| self.0.first().filter(|_| is_newer(name)))
    }
}

/// Words that follow the version in a model's name.
const EDITIONS: [&str; 8] = ["mini", "nano", "pro", "turbo", "chat", "latest", "preview", "codex"];

/// A name that a later model of the vendor may well have, `gpt-6.1-mini`: a target that is ahead of the list still works.
fn is_newer(name: &str) -> bool {
    let mut parts = name.split('-');
    let version = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    parts.next() == Some("gpt")
        && parts.next().is_some_and(version)
        && parts.all(|p| EDITIONS.contains(&p) || version(p))
}

/// `-2024-08-06` or `-0613`.
fn is_date(rest: &str) -> bool {
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    rest.starts_with('-') && matches!(digits, 4 | 8) && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

fn object(id: &str, model: &Model) -> Value {
    json!({"id": id, "object": "model", "created": model.created, "owned_by": model.owned_by})
}
