//! The conversation: what was said by whom, as far back as the mock remembers.

use serde_json::{Value, json};
use std::collections::VecDeque;

/// Items that are remembered, and bytes of words in each.
const MOST: usize = 500;
const MOST_WORDS: usize = 16 * 1024;

/// Something in a conversation.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: String,
    /// As the client is shown it, without its sound.
    pub(super) shown: Value,
    /// What was said.
    words: String,
    /// The customer said it, or it is what a function gave.
    customer: bool,
}

impl Item {
    /// The customer spoke; the transcript is shown where the client wants one.
    pub(super) fn spoken(id: &str, said: &str, transcribed: bool) -> Self {
        let transcript = transcribed.then_some(said);
        let content = json!([{"type": "input_audio", "transcript": transcript}]);
        Self {
            id: id.to_owned(),
            shown: json!({
                "id": id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user",
                "content": content,
            }),
            words: said.to_owned(),
            customer: true,
        }
    }

    /// The model said it.
    pub(super) fn answer(shown: Value, words: &str) -> Self {
        let id = shown["id"].as_str().unwrap_or_default().to_owned();
        Self { id, shown, words: words.to_owned(), customer: false }
    }

    /// What a client puts into the conversation. `sounds` tells what is said in a sound of the client's.
    pub(super) fn put(
        id: String,
        given: &Value,
        sounds: impl Fn(&str) -> String,
    ) -> Result<Self, (String, &'static str)> {
        let kind = given["type"].as_str().unwrap_or_default();
        let mut shown = given.clone();
        if !matches!(kind, "message" | "function_call" | "function_call_output") {
            return Err(("Invalid value: 'item.type' is no type of an item.".to_owned(), "item.type"));
        }
        let mut words = String::new();
        if kind == "message" {
            let parts = shown["content"].as_array_mut();
            let parts = parts.ok_or(("Missing required parameter: 'item.content'.".to_owned(), "item.content"))?;
            for part in parts {
                let sound = part.as_object_mut().and_then(|part| part.remove("audio"));
                let said = match (
                    part["text"].as_str().or(part["transcript"].as_str()),
                    sound.as_ref().and_then(Value::as_str),
                ) {
                    (Some(text), _) => text.to_owned(),
                    (None, Some(sound)) => sounds(sound),
                    (None, None) => String::new(),
                };
                words.push_str(&said);
                words.push('\n');
            }
        } else if let Some(output) = given["output"].as_str() {
            words.push_str(output);
        }
        let mut end = MOST_WORDS.min(words.len());
        while !words.is_char_boundary(end) {
            end -= 1;
        }
        words.truncate(end);
        shown["id"] = json!(id);
        shown["object"] = json!("realtime.item");
        shown["status"] = json!("completed");
        let customer = given["role"] == "user" || kind == "function_call_output";
        Ok(Self { id, shown, words: words.trim().to_owned(), customer })
    }
}

/// All of it, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Items(VecDeque<Item>);

impl Items {
    /// The last item's id.
    pub(super) fn last(&self) -> Option<String> {
        self.0.back().map(|item| item.id.clone())
    }

    /// Puts an item behind the one of this id, or at the end.
    pub(super) fn put(&mut self, item: Item, behind: Option<&str>) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        let place = behind.and_then(|id| self.0.iter().position(|known| known.id == id));
        self.0.insert(place.map_or(self.0.len(), |at| at + 1), item);
    }

    pub(super) fn get(&self, id: &str) -> Option<&Item> {
        self.0.iter().find(|item| item.id == id)
    }

    /// Takes an item out; whether it was there.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|item| item.id != id);
        self.0.len() < before
    }

    /// Everything that was said, and the customer's last words.
    pub(super) fn words(&self) -> (String, String) {
        let all: Vec<&str> = self.0.iter().map(|item| item.words.as_str()).collect();
        let last = self.0.iter().rev().find(|item| item.customer).map_or("", |item| &item.words);
        (all.join("\n"), last.to_owned())
    }
}
