//! Which stub a request missed, so that a slip is found at once.

use super::fit::{self, Asks};
use super::memory::Memory;
use crate::scenario::model::stubs::Stub;

/// The name of the stub that is nearest to a request, and what of its conditions is not so. `None`: there are no stubs.
pub(super) fn nearest(stubs: &[Stub], asks: &Asks<'_>, memory: &Memory) -> Option<(String, Vec<String>)> {
    let far =
        |stub: &Stub, misses: &[String]| (distance(stub, asks), misses.iter().map(|miss| weight(miss)).sum::<usize>());
    let each = stubs.iter().map(|stub| (stub, fit::misses(stub, asks, memory)));
    let nearest = each.min_by_key(|(stub, misses)| far(stub, misses));
    nearest.map(|(stub, misses)| (stub.name.clone(), misses))
}

/// What a client says can be a slip; what is remembered seldom is one.
fn weight(miss: &str) -> usize {
    if miss.starts_with("state ") || miss.starts_with("in ") { 2 } else { 1 }
}

/// How many segments of the path are not as the stub wants them; one that wants no path in particular is farther than any
/// that wants one as long.
fn distance(stub: &Stub, asks: &Asks<'_>) -> usize {
    let Some(pattern) = &stub.when.path else { return asks.parts.len() + 1 };
    let wrong = pattern.parts.iter().zip(&asks.parts).filter(|(segment, part)| !fit::segment_fits(segment, part));
    let longer = if pattern.open { 0 } else { asks.parts.len().saturating_sub(pattern.parts.len()) };
    wrong.count() + pattern.parts.len().saturating_sub(asks.parts.len()) + longer
}
