//! OpenAI's Responses API: one answer as a list of items, plain or as a stream of typed and numbered events, kept so that
//! a later request may go on from it.

mod reply;
mod request;
mod store;

pub(super) use reply::create;
pub(super) use request::parse;
pub(super) use store::Store;
