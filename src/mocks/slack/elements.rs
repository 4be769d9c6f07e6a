//! The elements of Block Kit that people use: where they stand in blocks, and what they hold.

use serde_json::{Value, json};

/// The elements of a block: of an `actions` block all, of a section its accessory, of an input the one it is.
pub(super) fn of(block: &Value) -> impl Iterator<Item = &Value> {
    let many = block["elements"].as_array().into_iter().flatten();
    many.chain([&block["accessory"], &block["element"]]).filter(|element| element.is_object())
}

/// The block and the element that an action names.
pub(super) fn find<'a>(blocks: &'a Value, action_id: &str) -> Option<(&'a Value, &'a Value)> {
    let blocks = blocks.as_array().into_iter().flatten();
    blocks.into_iter().find_map(|block| {
        of(block).find(|element| element["action_id"] == action_id).map(|element| (&block["block_id"], element))
    })
}

/// Whether an element keeps what people fill in; buttons and menus of actions keep nothing.
pub(super) fn is_filled_in(element: &Value) -> bool {
    let kind = element["type"].as_str().unwrap_or_default();
    key(kind).is_some() && !kind.ends_with("button") && kind != "feedback_buttons" && kind != "overflow"
}

/// The field that says what an element of a kind holds.
fn key(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "static_select" | "external_select" | "overflow" | "radio_buttons" => "selected_option",
        "multi_static_select" | "multi_external_select" | "checkboxes" => "selected_options",
        "users_select" => "selected_user",
        "multi_users_select" => "selected_users",
        "channels_select" => "selected_channel",
        "multi_channels_select" => "selected_channels",
        "conversations_select" => "selected_conversation",
        "multi_conversations_select" => "selected_conversations",
        "datepicker" => "selected_date",
        "timepicker" => "selected_time",
        "datetimepicker" => "selected_date_time",
        "plain_text_input" | "email_text_input" | "url_text_input" | "number_input" | "button" | "icon_button"
        | "workflow_button" | "feedback_buttons" => "value",
        _ => return None,
    })
}

/// What an element holds when somebody has chosen or typed `value`, with its kind; nothing if nobody has.
pub(super) fn holding(element: &Value, value: Option<&str>) -> Value {
    let kind = element["type"].as_str().unwrap_or("button");
    let key = key(kind).unwrap_or("value");
    let held = match (key, value) {
        ("selected_option", Some(value)) => option(element, value),
        ("selected_options", Some(value)) => json!([option(element, value)]),
        ("selected_options" | "selected_users" | "selected_channels" | "selected_conversations", None) => json!([]),
        ("selected_users" | "selected_channels" | "selected_conversations", Some(value)) => json!([value]),
        ("selected_date_time", Some(value)) => json!(value.parse::<i64>().ok()),
        (_, value) => json!(value),
    };
    json!({"type": kind, key: held})
}

/// What an element holds before anybody has touched it.
pub(super) fn initial(element: &Value) -> Value {
    let mut held = holding(element, None);
    let kind = element["type"].as_str().unwrap_or_default();
    let Some(key) = key(kind) else { return held };
    let first = element.get(key.replace("selected_", "initial_")).or_else(|| element.get("initial_value"));
    if let Some(first) = first {
        held[key] = first.clone();
    }
    held
}

/// The value of an element that somebody uses without saying more: its own, or that of its first choice.
pub(super) fn usual(element: &Value) -> Option<&str> {
    let own = element["value"].as_str().or_else(|| element["positive_button"]["value"].as_str());
    own.or_else(|| options(element).next()?["value"].as_str())
}

/// What stands on the element that somebody pressed.
pub(super) fn words<'a>(element: &'a Value, value: Option<&str>) -> Option<&'a Value> {
    let negative = &element["negative_button"];
    let pressed = match element["type"].as_str() {
        Some("feedback_buttons") if value.is_some() && negative["value"].as_str() == value => negative,
        Some("feedback_buttons") => &element["positive_button"],
        _ => element,
    };
    pressed.get("text").filter(|text| text.is_object())
}

/// The choices of an element, those in groups too.
fn options(element: &Value) -> impl Iterator<Item = &Value> {
    let groups = element["option_groups"].as_array().into_iter().flatten();
    let grouped = groups.flat_map(|group| group["options"].as_array().into_iter().flatten());
    element["options"].as_array().into_iter().flatten().chain(grouped)
}

/// The choice of a value; one that was loaded from elsewhere is called as its value.
fn option(element: &Value, value: &str) -> Value {
    let found = options(element).find(|option| option["value"] == value).cloned();
    found.unwrap_or_else(|| json!({"text": {"type": "plain_text", "text": value}, "value": value}))
}
