//! Anthropic's Messages API: the same model behind another vendor's shapes.

mod reply;
mod request;

pub(super) use reply::message;
pub(super) use request::{count_tokens, no_key, no_model, parse};
