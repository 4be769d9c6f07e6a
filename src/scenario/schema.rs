//! The published JSON Schemas: made from the types of [`super::raw`], whose doc comments become the descriptions. They are
//! committed under `scenarios/schema/`; a test keeps them current (`UPDATE_SCHEMAS=1 cargo test schema` writes them anew).

use super::raw;
use schemars::{JsonSchema, SchemaGenerator};

/// The JSON Schema of a desk file.
pub fn desk_schema() -> String {
    text::<raw::Desk>("Holdline desk")
}

/// The JSON Schema of a scenario file.
pub fn scenario_schema() -> String {
    text::<raw::Scenario>("Holdline scenario")
}

/// The JSON Schema of a plan file.
pub fn plan_schema() -> String {
    text::<raw::PlanFile>("Holdline plan")
}

/// The JSON Schema of a stub file.
pub fn stubs_schema() -> String {
    text::<raw::stubs::StubFile>("Holdline stubs")
}

/// The JSON Schema of an incident file.
pub fn incident_schema() -> String {
    text::<raw::Incident>("Holdline incident")
}

fn text<T: JsonSchema>(title: &str) -> String {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    // A file that extends another need not say again what that one says.
    if schema.get("properties").is_some_and(|properties| properties.get("extends").is_some())
        && let Some(required) = schema.remove("required")
    {
        let either = serde_json::json!([{ "required": ["extends"] }, { "required": required }]);
        schema.insert("anyOf".to_owned(), either);
    }
    let mut text = serde_json::to_string_pretty(&schema).expect("a JSON value has no keys that are no texts");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_schemas_are_current() {
        let folder = Path::new("scenarios/schema");
        for (name, text) in [
            ("desk", desk_schema()),
            ("scenario", scenario_schema()),
            ("plan", plan_schema()),
            ("stubs", stubs_schema()),
            ("incident", incident_schema()),
        ] {
            let path = folder.join(format!("{name}.schema.json"));
            if std::env::var_os("UPDATE_SCHEMAS").is_some() {
                std::fs::create_dir_all(folder)
                    .and_then(|()| std::fs::write(&path, &text))
                    .expect("the folder can be written");
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "{} is not current: UPDATE_SCHEMAS=1 cargo test schema", path.display());
        }
    }

    #[test]
    fn every_field_says_what_it_is() {
        for text in [desk_schema(), scenario_schema(), stubs_schema(), incident_schema()] {
            let schema: serde_json::Value = serde_json::from_str(&text).expect("this is JSON");
            let mut silent = Vec::new();
            look(&schema, "", &mut silent);
            assert_eq!(silent, Vec::<String>::new());
        }
    }

    /// Collects the properties of closed maps that have no description.
    fn look(schema: &serde_json::Value, at: &str, silent: &mut Vec<String>) {
        let Some(map) = schema.as_object() else {
            schema.as_array().into_iter().flatten().for_each(|item| look(item, at, silent));
            return;
        };
        for (name, property) in map.get("properties").and_then(|p| p.as_object()).into_iter().flatten() {
            let choice = map.contains_key("maxProperties")
                || map.get("required").is_some_and(|r| {
                    r.as_array()
                        .is_some_and(|r| r.len() == 1 && map["properties"].as_object().is_some_and(|p| p.len() == 1))
                });
            if property.get("description").is_none() && property.get("$ref").is_none() && !choice {
                silent.push(format!("{at}.{name}"));
            }
        }
        map.iter().for_each(|(key, value)| look(value, &format!("{at}/{key}"), silent));
    }
}
