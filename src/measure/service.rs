//! Figures of contacts: out of the counters of a slice in a window.

use super::cell::{Aggregate, Counter};
use super::definitions::Kpi;
use super::durations::Spread;
use super::figures::{Figure, Level};
use crate::scenario::model::{Count, Stat};

/// The statistic of a spread; a plain `value` reads as the mean.
pub(super) fn of_spread(spread: Option<&Spread>, stat: Stat) -> Option<Figure> {
    let spread = spread?;
    Some(Figure::plain(match stat {
        Stat::Value | Stat::Mean => spread.mean,
        Stat::P50 => spread.p50,
        Stat::P90 => spread.p90,
        Stat::P95 => spread.p95,
        Stat::P99 => spread.p99,
    }))
}

/// A count: none where no contact was offered, because then there was nothing to count.
fn counted(all: &Aggregate, counter: Counter) -> Option<Figure> {
    (all.get(Counter::Offered) > 0.0).then(|| Figure::plain(all.get(counter)))
}

/// The figure of a measure of contacts; `None` without samples, or if it is none of contacts.
pub(super) fn figure(all: &Aggregate, kpi: Kpi, stat: Stat, level: Option<(usize, Level)>) -> Option<Figure> {
    use Counter as C;
    let ratio = |part: C, of: C| Figure::ratio(all.get(part), all.get(of));
    match kpi {
        Kpi::Offered => counted(all, C::Offered),
        Kpi::Repeats => counted(all, C::Repeats),
        Kpi::Blocked => ratio(C::Blocked, C::Offered),
        Kpi::FirstReply => of_spread(all.first_reply.as_ref(), stat),
        Kpi::Wait => of_spread(all.wait.as_ref(), stat),
        Kpi::WaitAnswered => of_spread(all.wait_answered.as_ref(), stat),
        Kpi::ServiceLevel => level.and_then(|(place, level)| service_level(all, place, level.count)),
        Kpi::Abandonment => ratio(C::GaveUp, C::Entered),
        Kpi::Served => ratio(C::Served, C::Offered),
        Kpi::Resolution => of_spread(all.resolution.as_ref(), stat),
        Kpi::FirstContactResolution => ratio(C::FirstTime, C::Solved),
        Kpi::Contained => ratio(C::ByBot, C::MetBot),
        Kpi::LostContacts => counted(all, C::Lost),
        Kpi::Unserved => counted(all, C::Unserved),
        Kpi::StillOpen => counted(all, C::StillOpen),
        Kpi::Duplicates => counted(all, C::Duplicates),
        Kpi::Misdirected => counted(all, C::Misdirected),
        Kpi::Placeholders => counted(all, C::Placeholders),
        Kpi::Apologies => counted(all, C::Apologies),
        Kpi::DroppedCalls => counted(all, C::Dropped),
        Kpi::DeadAir => of_spread(all.silence.as_ref(), stat),
        Kpi::LateAnswers => counted(all, C::Late),
        Kpi::Callbacks => counted(all, C::Callbacks),
        Kpi::KeptAway => counted(all, C::KeptAway),
        Kpi::SelfServed => counted(all, C::SelfServed),
        Kpi::Satisfaction => ratio(C::Satisfied, C::Rated),
        Kpi::MatchedByNonce => ratio(C::ByNonce, C::Answers),
        Kpi::HandleTime => of_spread(all.handle.as_ref(), stat),
        _ => None,
    }
}

fn service_level(all: &Aggregate, place: usize, count: Count) -> Option<Figure> {
    let [within, short] = all.timed[place].map(|n| n as f64);
    let of = match count {
        Count::WithoutShortAbandons => all.get(Counter::Entered) - short,
        Count::Offered => all.get(Counter::Entered),
        Count::Answered => all.get(Counter::Served),
    };
    Figure::ratio(within, of)
}
