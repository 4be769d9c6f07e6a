//! The three days of a channel as one picture: a line each, with its band.

use crate::drill::view::{Curve, CurveGroup};
use crate::report::words::{clock, one};
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// An SVG of a group of curves. Colours are the page's: by class.
pub(super) fn curves(group: &CurveGroup, day_starts: u32) -> String {
    let all = group.curves.iter().flat_map(|curve| curve.line.iter().chain(&curve.high));
    let most = nice(all.copied().fold(1.0, f64::max));
    let points = group.curves.iter().map(|curve| curve.line.len()).max().unwrap_or(0).max(2);
    let x = |n: usize| LEFT + (WIDTH - LEFT - RIGHT) * n as f64 / (points - 1) as f64;
    let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most;
    let label = format!("{}: {}", group.channel, group.what);
    let label = minijinja::HtmlEscape(&label);
    let mut svg = format!(r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">"#);
    let mut draw = |part: String| write!(svg, "{part}").expect("a text takes every part");
    for step in 0..=4 {
        let value = most * f64::from(step) / 4.0;
        let at = y(value);
        draw(format!(r#"<path class="grid" d="M{LEFT} {at:.1}H{:.1}"/>"#, WIDTH - RIGHT));
        draw(format!(
            r#"<text class="axis" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            LEFT - 6.0,
            at + 4.0,
            one(value)
        ));
    }
    let hours = (points - 1) as f64 * group.every / 3_600.0;
    let every = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0].into_iter().find(|every| hours / every <= 12.0).unwrap_or(48.0);
    let ticks = (hours / every) as usize;
    for tick in 0..=ticks {
        let seconds = tick as f64 * every * 3_600.0;
        let at = LEFT + (WIDTH - LEFT - RIGHT) * (seconds / group.every) / (points - 1) as f64;
        let label = clock(day_starts, seconds);
        draw(format!(r#"<text class="axis" x="{at:.1}" y="{:.1}" text-anchor="middle">{label}</text>"#, HEIGHT - 6.0));
    }
    // Bands first, so that no line is under one.
    for curve in &group.curves {
        draw(format!(r#"<path class="band {}" d="{}Z"/>"#, class(curve), band(curve, &x, &y)));
    }
    for curve in &group.curves {
        draw(format!(
            r#"<path class="line {}" d="{}"/>"#,
            class(curve),
            line(curve.line.iter().copied().enumerate(), &x, &y)
        ));
    }
    svg.push_str("</svg>");
    svg
}

fn class(curve: &Curve) -> &'static str {
    match curve.of.as_str() {
        "nothing" => "nothing",
        "plan" => "plan",
        _ => "played",
    }
}

fn band(curve: &Curve, x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) -> String {
    let there = line(curve.high.iter().copied().enumerate(), x, y);
    let back = line(curve.low.iter().copied().enumerate().rev(), x, y);
    format!("{there}L{}", back.trim_start_matches('M'))
}

fn line(points: impl Iterator<Item = (usize, f64)>, x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) -> String {
    let parts: Vec<String> = points.map(|(n, value)| format!("{:.1} {:.1}", x(n), y(value))).collect();
    format!("M{}", parts.join("L"))
}

/// The next round number above, for an axis of four steps.
fn nice(most: f64) -> f64 {
    let sizes = std::iter::successors(Some(1.0), |size| Some(size * 10.0)).take(12);
    let round = sizes.flat_map(|size: f64| [4.0, 6.0, 8.0, 10.0, 20.0].map(|step| step * size));
    round.into_iter().find(|nice| *nice >= most).unwrap_or(most)
}
