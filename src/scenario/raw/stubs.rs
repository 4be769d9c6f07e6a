//! A stub file: what a service of kind `http` answers.

use super::{Distribution, Named, Refused};
use crate::scenario::tree::At;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;

/// Any JSON. It is read from the tree itself, because a tree of the language knows what was quoted.
pub type Anything = Refused;

/// What a service of kind `http` answers, and what it remembers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StubFile {
    /// Another stub file that this one changes: stubs with `name` merge by name.
    pub extends: Option<String>,
    /// A sentence about the service.
    pub about: Option<String>,
    /// What the service remembers, by name: counters and maps.
    #[serde(default)]
    pub state: Named<Memory>,
    /// What it answers: the first stub that fits a request.
    pub stubs: At<Vec<At<Stub>>>,
}

/// One thing that a service remembers, and what it is at the start.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Memory {
    /// A number that `count` counts up; it begins here.
    Counter(At<u32>),
    /// Values by key, which `put` adds to and `drop` takes from; beyond 1,000 the oldest goes.
    Map(Named<At<Anything>>),
}

/// One answer and the requests that it is for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stub {
    /// Its name, which the journal shows and faults match on; if not said, its method and path: `GET /orders/{id}`.
    pub name: Option<At<String>>,
    /// For which requests: everything that is given must be so; for all if not said.
    pub when: Option<When>,
    /// What is done before the reply is written, in order.
    #[serde(default, rename = "do")]
    pub does: Vec<At<Deed>>,
    /// Where the story goes on from here; it stays where it is if not said.
    pub then: Option<At<String>>,
    /// How long the reply takes: a duration or a distribution.
    pub delay: Option<At<Distribution>>,
    /// What is replied; status 200 and no body if not said.
    pub reply: Option<Reply>,
}

/// Which requests a stub is for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The method; any if not said. `GET` is for HEAD too.
    pub method: Option<At<String>>,
    /// The path: `/orders/{id}`; `*` is any one segment, `**` at the end any further ones; any path if not said.
    pub path: Option<At<String>>,
    /// Fields of the query.
    #[serde(default)]
    pub query: Named<At<Want>>,
    /// Headers.
    #[serde(default)]
    pub headers: Named<At<Want>>,
    /// The body.
    pub body: Option<BodyWant>,
    /// Values that are remembered: `made`, or `orders[path.id].status`, as templates name them behind `state.`.
    #[serde(default)]
    pub state: Named<At<Want>>,
    /// Where the story stands: `start` at first, then wherever a `then` has led.
    #[serde(rename = "in")]
    pub story: Option<At<String>>,
}

/// What a body must be.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyWant {
    /// Exactly this text.
    pub is: Option<String>,
    /// This text is a part of it.
    pub contains: Option<String>,
    /// It looks like this: `*` stands for any text, `?` for one character.
    pub like: Option<At<String>>,
    /// Values in JSON, by their pointers: `/order/id`, `/items/0/sku`.
    #[serde(default)]
    pub json: Named<At<Want>>,
    /// Fields of a form.
    #[serde(default)]
    pub form: Named<At<Want>>,
}

/// What a value must be, in detail.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WantMap {
    /// Exactly this.
    pub is: Option<String>,
    /// This is a part of it.
    pub contains: Option<String>,
    /// It looks like this: `*` stands for any text, `?` for one character.
    pub like: Option<At<String>>,
    /// It is there (`true`), or it is not (`false`).
    pub present: Option<bool>,
}

/// What a value must be: a text, or a map with more.
#[derive(Clone, Debug)]
pub struct Want(pub WantMap);

impl<'de> Deserialize<'de> for Want {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted;
        impl<'de> Visitor<'de> for Wanted {
            type Value = Want;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text (`paid`), or a map with is, contains, like, present")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Want, E> {
                Ok(Want(WantMap { is: Some(text.to_owned()), ..WantMap::default() }))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Want, A::Error> {
                WantMap::deserialize(MapAccessDeserializer::new(map)).map(Want)
            }
        }
        deserializer.deserialize_any(Wanted)
    }
}

impl JsonSchema for Want {
    fn schema_name() -> Cow<'static, str> {
        "want".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<WantMap>();
        json_schema!({
            "description": "what a value must be: a text, or a map with is, contains, like, present",
            "anyOf": [{ "type": ["string", "number", "boolean"] }, map],
        })
    }
}

/// What a stub does to what is remembered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Counts this counter up by one.
    Count(At<String>),
    /// Remembers a value in a map.
    Put(Put),
    /// Forgets a value of a map.
    Drop(DropFrom),
}

/// Remembering a value in a map.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Which map.
    pub into: At<String>,
    /// Under which key: a template.
    pub key: At<String>,
    /// What: any JSON, its texts templates.
    pub value: At<Anything>,
}

/// Forgetting a value of a map.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropFrom {
    /// Which map.
    pub from: At<String>,
    /// Its key: a template.
    pub key: At<String>,
}

/// What is replied: at most one of `json`, `text` and `file`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The status; 200 if not said.
    pub status: Option<At<u16>>,
    /// Headers, their values templates; the content type follows from the body if not said.
    #[serde(default)]
    pub headers: Named<At<String>>,
    /// The body as JSON, its texts templates; a text that is nothing but one `{{…}}` becomes what stands there.
    pub json: Option<At<Anything>>,
    /// The body as text: a template.
    pub text: Option<At<String>>,
    /// A file whose content is the body, as it is; it lies beside the stub file or below.
    pub file: Option<At<String>>,
}
