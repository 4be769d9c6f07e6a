//! How durations are distributed, as curves: the share of the contacts that were done within a time, on a logarithmic
//! axis of time, the first plan drawn through and the others behind it.

use super::bundle::{Bundle, DistributionInfo};
use super::svg::{escape, kind_of};
use super::words;
use std::fmt::Write as _;

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 182.0;
const LEFT: f64 = 42.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 22.0;
/// The axis begins here at the earliest, s: what is shorter is at once.
const AT_ONCE: f64 = 0.1;
/// The axis begins where this share of the contacts is done: one short wait must not stretch it.
const TAIL: f64 = 0.01;
/// Moments that may have a label, s.
const TICKS: [f64; 21] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0,
    14_400.0, 28_800.0, 86_400.0, 604_800.0,
];
/// The room that a label of the axis needs.
const LABEL: f64 = 44.0;

/// One picture and what is said beside it.
#[derive(Debug)]
pub(super) struct Curve {
    /// Channel and measure.
    pub title: String,
    /// The percentiles of the first plan, and out of how many contacts.
    pub said: String,
    /// The SVG element.
    pub svg: String,
}

/// A curve for each channel and duration that the first plan has samples of.
pub(super) fn curves(bundle: &Bundle) -> Vec<Curve> {
    let main = bundle.plans.first().map_or("", |plan| plan.plan.as_str());
    let channels = super::findings::channels(bundle);
    let own = bundle.distributions.iter().filter(|d| d.plan == main);
    let curve = |own: &DistributionInfo| {
        let others =
            bundle.distributions.iter().filter(|d| d.plan != main && d.channel == own.channel && d.kpi == own.kpi);
        let others: Vec<&DistributionInfo> = others.collect();
        let place = channels.iter().position(|channel| *channel == own.channel).unwrap_or(channels.len());
        Curve {
            title: format!("{}: {}", own.channel, words::kpi(&own.kpi)),
            said: said(bundle, own),
            svg: draw(own, &others, place % 6),
        }
    };
    own.map(curve).collect()
}

fn said(bundle: &Bundle, own: &DistributionInfo) -> String {
    let runs = u64::from(bundle.runs.max(1));
    let a_run = if runs > 1 { " a run" } else { "" };
    format!(
        "p50 {} · p90 {} · p99 {} · {} contacts{a_run}",
        words::length(own.p50),
        words::length(own.p90),
        words::length(own.p99),
        words::mean_count(own.n as f64 / runs as f64),
    )
}

/// The axis of time.
struct Axis {
    from: f64,
    to: f64,
}

impl Axis {
    fn over(all: &[&DistributionInfo]) -> Self {
        let begins = |d: &&DistributionInfo| {
            let few = d.n as f64 * TAIL;
            let mut before = 0.0;
            let bin = d.bins.iter().find(|(.., n)| {
                before += *n as f64;
                before >= few
            });
            bin.map_or(AT_ONCE, |(from, ..)| *from)
        };
        let from = all.iter().map(begins).fold(f64::MAX, f64::min).max(AT_ONCE);
        let to = all.iter().filter_map(|d| d.bins.last()).map(|(_, to, _)| *to).fold(from * 4.0, f64::max);
        Self { from, to }
    }
    fn x(&self, seconds: f64) -> f64 {
        let share = libm::log(seconds.clamp(self.from, self.to) / self.from) / libm::log(self.to / self.from);
        LEFT + (WIDTH - LEFT - RIGHT) * share
    }
    /// Moments with a label, as many as there is room for.
    fn ticks(&self) -> Vec<f64> {
        let mut free = 0.0;
        let fits = |at: &f64| {
            let x = self.x(*at);
            let fits = *at >= self.from && *at <= self.to && x >= free && x <= WIDTH - 18.0;
            if fits {
                free = x + LABEL;
            }
            fits
        };
        TICKS.into_iter().filter(fits).collect()
    }
}

fn y(share: f64) -> f64 {
    TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share)
}

fn draw(own: &DistributionInfo, others: &[&DistributionInfo], hue: usize) -> String {
    let all: Vec<&DistributionInfo> = others.iter().copied().chain([own]).collect();
    let axis = Axis::over(&all);
    let title = format!("{}, {}: share of the contacts done within a time", own.channel, words::kpi(&own.kpi));
    let mut out = format!(
        "<svg class=\"curve\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escape(&title)
    );
    for share in [0.0, 0.5, 0.9, 1.0] {
        let (right, at) = (WIDTH - RIGHT, y(share));
        let _ = write!(
            out,
            "<line class=\"rule\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text class=\"scale\" x=\"{}\" y=\"{:.1}\">{}</text>",
            LEFT - 5.0,
            at + 3.0,
            words::share(share),
        );
    }
    for at in axis.ticks() {
        let x = axis.x(at);
        let _ = write!(
            out,
            "<line class=\"rule\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            HEIGHT - BOTTOM,
            HEIGHT - 8.0,
            tick(at),
        );
    }
    for other in others {
        let _ = write!(out, "<path class=\"other {}\" d=\"{}\"/>", kind_of(&other.plan), path(other, &axis));
    }
    let _ = write!(out, "<path class=\"line c{hue}\" d=\"{}\"/>", path(own, &axis));
    for (name, share, at) in [("p50", 0.5, own.p50), ("p90", 0.9, own.p90), ("p99", 0.99, own.p99)] {
        let (x, top, foot) = (axis.x(at), y(share), HEIGHT - BOTTOM);
        let _ = write!(
            out,
            "<g class=\"at c{hue}\"><title>{name} {}</title><line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top:.1}\" y2=\"{foot:.1}\"/>\
             <circle cx=\"{x:.1}\" cy=\"{top:.1}\" r=\"3.2\"/></g>",
            words::length(at),
        );
    }
    out + "</svg>"
}

/// The share that is done by the end of each bin, from the axis's beginning to its end.
fn path(of: &DistributionInfo, axis: &Axis) -> String {
    let (mut path, mut before, mut last) = (String::new(), 0u64, -1.0);
    let height = |count: u64| y(count as f64 / of.n.max(1) as f64);
    for (from, to, count) in &of.bins {
        // Where nothing lies between two bins the curve is level.
        if *from > last {
            let pen = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{pen}{:.1} {:.1}", axis.x(*from), height(before));
        }
        before += count;
        let pen = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{pen}{:.1} {:.1}", axis.x(*to), height(before));
        last = *to;
    }
    let _ = write!(path, "L{:.1} {:.1}", axis.x(axis.to), height(before));
    path
}

fn tick(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{} s", words::one(s)),
        s if s < 3_600.0 => format!("{} min", words::one(s / 60.0)),
        s if s < 86_400.0 => format!("{} h", words::one(s / 3_600.0)),
        s => format!("{} d", words::one(s / 86_400.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bins: &[(f64, f64, u64)]) -> DistributionInfo {
        DistributionInfo {
            plan: "written".into(),
            channel: "chat".into(),
            kpi: "wait".into(),
            n: bins.iter().map(|(.., n)| n).sum(),
            p50: 2.0,
            p90: 20.0,
            p99: 30.0,
            bins: bins.to_vec(),
        }
    }

    #[test]
    fn a_curve_rises_from_left_to_right_to_all_contacts() {
        let d = of(&[(0.0, 0.000_032, 50), (2.0, 2.1, 30), (20.0, 21.0, 20)]);
        let axis = Axis::over(&[&d]);
        assert_eq!((axis.from, axis.to), (AT_ONCE, 21.0));
        let points: Vec<(f64, f64)> = path(&d, &axis)
            .split(['M', 'L'])
            .filter_map(|point| point.split_once(' '))
            .map(|(x, y)| (x.parse().expect("a number"), y.parse().expect("a number")))
            .collect();
        assert!(points.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 >= pair[1].1), "{points:?}");
        let last = points.last().expect("there are points");
        assert!((last.1 - y(1.0)).abs() < 0.1 && (last.0 - (WIDTH - RIGHT)).abs() < 0.1);
    }

    #[test]
    fn labels_of_the_axis_do_not_touch() {
        for bins in [&[(1.0, 1.1, 1), (86_000.0, 90_000.0, 1)][..], &[(3.0, 3.1, 5)]] {
            let d = of(bins);
            let axis = Axis::over(&[&d]);
            let at: Vec<f64> = axis.ticks().into_iter().map(|at| axis.x(at)).collect();
            assert!(!at.is_empty() && at.windows(2).all(|pair| pair[1] - pair[0] >= LABEL), "{at:?}");
        }
    }
}
