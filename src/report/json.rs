//! `run.json` and its schema.

use super::bundle::Bundle;

/// The text of `run.json`: the same bundle is always the same bytes.
pub fn text(bundle: &Bundle) -> String {
    let mut text = serde_json::to_string(bundle).expect("a bundle has no map and no key that is no text");
    // A line for each row keeps a diff readable without the size of full indentation.
    for name in ["measures", "distributions", "series"] {
        text = text.replacen(&format!("\"{name}\":[{{"), &format!("\"{name}\":[\n{{"), 1);
    }
    text = text
        .replace("},{\"kpi\":", "},\n{\"kpi\":")
        .replace("},{\"at\":", "},\n{\"at\":")
        .replace("},{\"plan\":", "},\n{\"plan\":");
    text.push('\n');
    text
}

/// Reads a `run.json`, refusing a format this program does not know.
pub fn read(text: &str) -> Result<Bundle, String> {
    let bundle: Bundle = serde_json::from_str(text).map_err(|e| format!("this is no run.json: {e}"))?;
    if bundle.format == super::bundle::FORMAT {
        Ok(bundle)
    } else {
        Err(format!("this run.json has format {}, this program reads {}", bundle.format, super::bundle::FORMAT))
    }
}

/// The JSON Schema of `run.json`.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Bundle);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}
