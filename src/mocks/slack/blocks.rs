//! What Slack refuses of blocks (<https://docs.slack.dev/reference/block-kit/blocks>): a model's long answer in a section is
//! the most frequent surprise of all.

use serde_json::Value;
use std::collections::BTreeSet;

/// Blocks of a message.
const MOST: usize = 50;
/// Characters of an id, of a section's text, of one of its fields, of a header, a label and a value.
const LONGEST_ID: usize = 255;
const LONGEST_SECTION: usize = 3_000;
const LONGEST_FIELD: usize = 2_000;
const LONGEST_HEADER: usize = 150;
const LONGEST_LABEL: usize = 75;
const LONGEST_VALUE: usize = 2_000;
/// Characters of all Markdown in a message.
const LONGEST_MARKDOWN: usize = 12_000;
const MOST_FIELDS: usize = 10;
const MOST_IN_CONTEXT: usize = 10;
const MOST_ACTIONS: usize = 25;
/// Blocks whose inside is not looked at.
const OTHERS: [&str; 12] = [
    "alert",
    "call",
    "card",
    "carousel",
    "context_actions",
    "divider",
    "file",
    "plan",
    "rich_text",
    "table",
    "task_card",
    "video",
];

/// Whether a message may have these blocks.
pub(super) fn are_valid(blocks: &[Value]) -> bool {
    let ids: Vec<&str> =
        blocks.iter().filter_map(|block| block["block_id"].as_str()).filter(|id| !id.is_empty()).collect();
    let markdown: usize =
        blocks.iter().filter(|block| block["type"] == "markdown").map(|block| length(&block["text"])).sum();
    blocks.len() <= MOST
        && markdown <= LONGEST_MARKDOWN
        && ids.iter().collect::<BTreeSet<_>>().len() == ids.len()
        && ids.iter().all(|id| id.chars().count() <= LONGEST_ID)
        && blocks.iter().all(is_valid)
}

fn is_valid(block: &Value) -> bool {
    let elements = block["elements"].as_array();
    match block["type"].as_str().unwrap_or_default() {
        "section" => {
            let fields = block["fields"].as_array();
            let good =
                |fields: &Vec<Value>| fields.len() <= MOST_FIELDS && fields.iter().all(|one| words(one, LONGEST_FIELD));
            (block["text"].is_null() && fields.is_some_and(|fields| !fields.is_empty())
                || words(&block["text"], LONGEST_SECTION))
                && fields.is_none_or(good)
                && element(&block["accessory"])
        }
        "header" => block["text"]["type"] == "plain_text" && words(&block["text"], LONGEST_HEADER),
        "context" => elements.is_some_and(|all| (1..=MOST_IN_CONTEXT).contains(&all.len())),
        "actions" => elements.is_some_and(|all| {
            let ids: Vec<&str> = all.iter().filter_map(|one| one["action_id"].as_str()).collect();
            (1..=MOST_ACTIONS).contains(&all.len())
                && all.iter().all(element)
                && ids.iter().collect::<BTreeSet<_>>().len() == ids.len()
        }),
        "image" => block["alt_text"].is_string() && (block["image_url"].is_string() || block["slack_file"].is_object()),
        "input" => {
            words(&block["label"], LONGEST_FIELD) && block["element"]["type"].is_string() && element(&block["element"])
        }
        "markdown" => length(&block["text"]) > 0,
        kind => OTHERS.contains(&kind),
    }
}

/// What can be pressed or chosen; `null` is nothing.
fn element(one: &Value) -> bool {
    let id = one["action_id"].as_str().unwrap_or_default();
    let button = one["type"] != "button"
        || (one["text"]["type"] == "plain_text"
            && words(&one["text"], LONGEST_LABEL)
            && length(&one["value"]) <= LONGEST_VALUE);
    (one.is_null() || one["type"].is_string()) && id.chars().count() <= LONGEST_ID && button
}

/// Whether this is a text object of one to so many characters.
fn words(text: &Value, longest: usize) -> bool {
    matches!(text["type"].as_str(), Some("plain_text" | "mrkdwn")) && (1..=longest).contains(&length(&text["text"]))
}

fn length(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn section(text: &str) -> Value {
        json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
    }

    #[test]
    fn blocks_are_refused_where_slack_refuses_them() {
        let button = |id: &str, text: &str| json!({"type": "button", "action_id": id, "text": {"type": "plain_text", "text": text}});
        for (blocks, good) in [
            (json!([section("hello"), {"type": "divider"}]), true),
            (json!([section(&"x".repeat(3_000))]), true),
            (json!([section(&"x".repeat(3_001))]), false),
            (json!([section("")]), false),
            (json!([{"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}]}]), true),
            (json!([{"type": "section"}]), false),
            (json!([{"type": "section", "text": {"text": "no type"}}]), false),
            (json!([{"type": "header", "text": {"type": "plain_text", "text": "Hi"}}]), true),
            (json!([{"type": "header", "text": {"type": "mrkdwn", "text": "Hi"}}]), false),
            (json!([{"type": "actions", "elements": [button("a", "Yes"), button("b", "No")]}]), true),
            (json!([{"type": "actions", "elements": [button("a", "Yes"), button("a", "No")]}]), false),
            (json!([{"type": "actions", "elements": [button("a", &"x".repeat(76))]}]), false),
            (json!([{"type": "actions", "elements": []}]), false),
            (json!([{"type": "context", "elements": [{"type": "mrkdwn", "text": "a"}]}]), true),
            (json!([{"type": "image", "image_url": "http://x/a.png"}]), false),
            (json!([{"type": "markdown", "text": "x".repeat(12_000)}]), true),
            (
                json!([{"type": "markdown", "text": "x".repeat(7_000)}, {"type": "markdown", "text": "x".repeat(7_000)}]),
                false,
            ),
            (json!([{"type": "sektion"}]), false),
            (json!(["text"]), false),
            (json!([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]), false),
            (Value::Array(vec![json!({"type": "divider"}); 50]), true),
            (Value::Array(vec![json!({"type": "divider"}); 51]), false),
        ] {
            assert_eq!(are_valid(blocks.as_array().expect("a list")), good, "{blocks}");
        }
    }
}
