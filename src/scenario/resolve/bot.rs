//! The bot: which model it asks, and how.

use super::{Context, Names};
use crate::scenario::defaults;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::{Bot, Breaker, Dependency};
use crate::scenario::raw;
use crate::time::Span;

pub(super) fn bot(
    context: &mut Context<'_>,
    names: &Names,
    raw: &raw::Bot,
    dependencies: &[Dependency],
) -> Option<Bot> {
    let no_calls = raw::Calls::default();
    let calls = raw.calls.as_ref().unwrap_or(&no_calls);
    let uses = context.model(names, &raw.uses, dependencies);
    let answers = raw.answers.iter().filter_map(|name| context.find(names.channel(), name)).collect();
    let calls_per_contact =
        calls.per_contact.as_ref().map_or(defaults::BOT_CALLS, |n| context.bounded("per_contact", n, 1, 1_000));
    let retries = calls.retries.as_ref().map_or(defaults::BOT_RETRIES, |n| context.bounded("retries", n, 0, 100));
    let at_once = raw.at_once.as_ref().map_or(defaults::BOT_AT_ONCE, |n| context.bounded("at_once", n, 1, 1_000_000));
    let replies_in = match &raw.replies_in {
        Some(replies) => context.distribution(&replies.value, replies.place),
        None => defaults::bot_replies_in(),
    };
    Some(Bot {
        uses: uses?,
        answers,
        calls_per_contact,
        timeout: calls.timeout.map_or(defaults::BOT_TIMEOUT, |length| length.0),
        retries,
        backoff: calls.backoff.map_or(defaults::BOT_BACKOFF, |length| length.0),
        replies_in,
        at_once,
        breaker: calls.breaker.as_ref().map(|breaker| self::breaker(context, breaker)),
    })
}

fn breaker(context: &mut Context<'_>, raw: &raw::Breaker) -> Breaker {
    let after = context.bounded("after", &raw.after, 1, 1_000_000);
    let length = raw.length.value.0;
    if length < Span::from_secs(1) {
        let error = Diagnostic::at(raw.length.place, "this breaker would close again before anybody could tell");
        context.error(error.label("the least is `1s`"));
    }
    Breaker { after, length }
}
