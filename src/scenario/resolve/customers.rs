//! Customers: patience, coming back, looking for news, satisfaction, groups.

use super::desk::shares;
use super::{Context, Names};
use crate::scenario::defaults;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::{Channel, Chase, Customers, Distribution, Informed, Retry, Satisfaction, Segment};
use crate::scenario::raw;
use crate::scenario::tree::At;
use crate::time::Span;

pub(super) fn customers(
    context: &mut Context<'_>,
    names: &Names,
    raw: Option<&raw::Customers>,
    channels: usize,
) -> Customers {
    let empty = raw::Customers::default();
    let raw = raw.unwrap_or(&empty);
    let mut patience = vec![None; channels];
    for (name, written) in &raw.patience.0 {
        if let Some(channel) = context.find::<Channel>(names.channel(), name) {
            patience[channel.index()] = Some(context.distribution(&written.value, written.place));
        }
    }
    let exponential = |mean: crate::time::Span| Distribution::Exponential { mean: mean.secs_f64() };
    let unsolved_after = match &raw.unsolved {
        Some(unsolved) => context.distribution(&unsolved.after.value, unsolved.after.place),
        None => exponential(defaults::UNSOLVED_AFTER),
    };
    let retry = raw.busy_or_gave_up.as_ref().map(|retry| self::retry(context, names, retry));
    let chase = raw.unanswered_ticket.as_ref().and_then(|chase| {
        let after = match &chase.after {
            Some(after) => context.distribution(&after.value, after.place),
            None => Distribution::Constant(defaults::CHASE_AFTER),
        };
        Some(Chase { share: chase.chase.0, after, by: context.find(names.channel(), &chase.by)? })
    });
    let informed = raw.informed.as_ref().map(|informed| Informed {
        look: informed.look.0,
        wait: informed.wait.as_ref().map_or(defaults::INFORMED_WAIT, |wait| longer_than_nothing(context, "wait", wait)),
    });
    let satisfaction = raw.satisfaction.as_ref().map(|weights| self::satisfaction(context, names, weights, channels));
    Customers { patience, retry, chase, unsolved_after, informed, satisfaction, segments: segments(context, raw) }
}

fn longer_than_nothing(context: &mut Context<'_>, what: &str, length: &At<raw::Length>) -> Span {
    if length.value.0 <= Span::ZERO {
        let title = format!("`{what}` must be longer than nothing");
        context.error(Diagnostic::at(length.place, title).help("write a length, such as `5m`"));
    }
    length.value.0.max(Span::from_secs(1))
}

fn satisfaction(context: &mut Context<'_>, names: &Names, raw: &raw::Satisfaction, channels: usize) -> Satisfaction {
    let mut wait = vec![None; channels];
    for (name, length) in &raw.wait.0 {
        if let Some(channel) = context.find::<Channel>(names.channel(), name) {
            wait[channel.index()] = Some(longer_than_nothing(context, "wait", length));
        }
    }
    let mut stars = |what: &str, written: &Option<At<raw::Number>>, usual: f64| {
        let Some(number) = written else { return usual };
        if number.value.0 > MOST_STARS {
            let title = format!("`{what}` of {} stars is out of bounds", number.value.0);
            context.error(Diagnostic::at(number.place, title).label("from 0 to 5 is possible"));
        }
        number.value.0.min(MOST_STARS)
    };
    Satisfaction {
        at_best: stars("at_best", &raw.at_best, defaults::STARS_AT_BEST),
        repeat: stars("repeat", &raw.repeat, defaults::STARS_REPEAT),
        unsolved: stars("unsolved", &raw.unsolved, defaults::STARS_UNSOLVED),
        lost: stars("lost", &raw.lost, defaults::STARS_LOST),
        informed: stars("informed", &raw.informed, defaults::STARS_INFORMED),
        let_down: stars("let_down", &raw.let_down, defaults::STARS_LET_DOWN),
        spread: stars("spread", &raw.spread, defaults::STARS_SPREAD),
        wait,
    }
}

/// The best that can be given.
const MOST_STARS: f64 = 5.0;

fn retry(context: &mut Context<'_>, names: &Names, raw: &raw::Retry) -> Retry {
    let after = match &raw.after {
        Some(after) => context.distribution(&after.value, after.place),
        None => Distribution::Exponential { mean: defaults::RETRY_AFTER.secs_f64() },
    };
    let at_most =
        raw.at_most.as_ref().map_or(defaults::RETRY_AT_MOST, |most| context.bounded("at_most", most, 1, 1_000));
    let mut switch = Vec::new();
    let mut total = 0.0;
    for (name, share) in &raw.switch.0 {
        total += share.value.0;
        if total > 1.0 + 1e-9 {
            context.error(Diagnostic::at(share.place, "the shares that switch sum to more than 100%"));
        }
        if let Some(channel) = context.find(names.channel(), name) {
            switch.push((channel, share.value.0));
        }
    }
    Retry { share: raw.retry.map_or(defaults::RETRY, |share| share.0), after, at_most, switch }
}

fn segments(context: &mut Context<'_>, raw: &raw::Customers) -> Vec<Segment> {
    if raw.segments.0.is_empty() {
        return vec![Segment { name: "all".to_owned(), share: 1.0, first: false }];
    }
    let list: Vec<_> = raw.segments.0.iter().map(|(name, one)| (name.place, one.share.as_ref())).collect();
    let shares = shares(context, "segments", &list);
    let segment = |((name, one), share): (&(At<String>, raw::Segment), f64)| Segment {
        name: name.value.clone(),
        share,
        first: one.priority == Some(raw::Priority::First),
    };
    raw.segments.0.iter().zip(shares).map(segment).collect()
}
