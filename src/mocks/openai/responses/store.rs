//! The responses that clients may ask for again or go on from, the last of them.

use crate::mocks::openai::error::Error;
use crate::mocks::openai::serve::Answered;
use hyper::body::Bytes;
use serde_json::json;
use std::collections::{HashMap, VecDeque};

/// Responses kept; the oldest is forgotten first.
const KEPT: usize = 1_000;
/// Bytes of what was written in earlier turns that a later one still knows.
const HISTORY: usize = 32 * 1024;
/// A response of more bytes is not kept.
const LONGEST: usize = 256 * 1024;

#[derive(Debug)]
struct Kept {
    object: Bytes,
    prompt: String,
}

/// The kept responses, by id.
#[derive(Debug, Default)]
pub(in crate::mocks::openai) struct Store {
    kept: HashMap<String, Kept>,
    order: VecDeque<String>,
}

impl Store {
    /// Keeps a response and what had been written before it.
    pub(in crate::mocks::openai) fn keep(&mut self, id: String, object: Bytes, mut prompt: String) {
        if object.len() > LONGEST {
            return;
        }
        if self.order.len() >= KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept.remove(&oldest);
        }
        let end = (0..=HISTORY.min(prompt.len())).rev().find(|end| prompt.is_char_boundary(*end)).unwrap_or(0);
        prompt.truncate(end);
        self.order.push_back(id.clone());
        self.kept.insert(id, Kept { object, prompt });
    }

    /// What was written before a request that goes on from this response.
    pub(in crate::mocks::openai) fn history(&self, previous: Option<&str>) -> Result<String, Error> {
        let Some(id) = previous else { return Ok(String::new()) };
        let kept = self.kept.get(id).ok_or_else(|| {
            let shown: String = id.chars().take(100).collect();
            let message = format!("Previous response with id '{shown}' not found.");
            Error::invalid(message, Some("previous_response_id"), Some("previous_response_not_found"))
        })?;
        Ok(kept.prompt.clone())
    }

    /// A response as it was given.
    pub(in crate::mocks::openai) fn get(&self, id: &str) -> Result<Answered, Error> {
        let kept = self.kept.get(id).ok_or_else(|| Error::not_found("Response", id))?;
        Ok(Answered::bytes("application/json", kept.object.clone()))
    }

    /// Forgets a response.
    pub(in crate::mocks::openai) fn delete(&mut self, id: &str) -> Result<Answered, Error> {
        self.kept.remove(id).ok_or_else(|| Error::not_found("Response", id))?;
        self.order.retain(|known| known != id);
        Ok(Answered::json(&json!({"id": id, "object": "response", "deleted": true})))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_last_and_no_more_than_its_bound() {
        let mut store = Store::default();
        for n in 0..=KEPT {
            store.keep(format!("resp_{n}"), Bytes::from_static(b"{}"), "é".repeat(HISTORY));
        }
        assert!(store.get("resp_0").is_err() && store.get("resp_1").is_ok());
        assert!(store.history(Some("resp_1")).is_ok_and(|prompt| prompt.len() == HISTORY));
        assert!(store.delete("resp_1").is_ok() && store.delete("resp_1").is_err());
        assert_eq!((store.kept.len(), store.order.len()), (KEPT - 1, KEPT - 1));
        store.keep("resp_x".into(), Bytes::from(vec![b' '; LONGEST + 1]), String::new());
        assert!(store.get("resp_x").is_err());
    }
}
