//! One contact on one line of time: when the customer waited, who said what, and what the vendors were asked, a lane each.

use super::bundle::Bundle;
use super::story::{Line, Story};
use super::svg::{cut, escape};
use super::words;
use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 96.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 18.0;
const LANE: f64 = 17.0;
/// Lanes at the most; what has none is in the list beside the picture.
const LANES: usize = 10;
/// Ticks at the most.
const TICKS: f64 = 9.0;
/// Distances between ticks, s.
const STEPS: [f64; 18] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0, 86_400.0,
    604_800.0,
];

struct Axis {
    from: f64,
    length: f64,
}

impl Axis {
    fn x(&self, at: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * ((at - self.from) / self.length).clamp(0.0, 1.0)
    }
}

/// The SVG element.
pub(super) fn draw(bundle: &Bundle, story: &Story) -> String {
    let axis = Axis { from: story.began, length: ((story.ended - story.began) * 1.02).max(0.5) };
    let mut lanes: Vec<&str> = ["customer", "desk", "people"]
        .into_iter()
        .filter(|who| story.lines.iter().any(|line| line.who == *who))
        .collect();
    for line in &story.lines {
        if !lanes.contains(&line.who.as_str()) && lanes.len() < LANES {
            lanes.push(&line.who);
        }
    }
    let height = TOP + LANE * (lanes.len() + 1) as f64 + 6.0;
    let label = escape(&format!("{} on one line of time", story.order));
    let mut out =
        format!("<svg class=\"story-line\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{label}\">");
    backdrop(&mut out, bundle, &axis, height);
    lane(&mut out, "waits", 0);
    for [from, to] in &story.waits {
        let (a, b) = (axis.x(*from), axis.x(*to));
        let _ = write!(
            out,
            "<rect class=\"wait\" x=\"{a:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"7\" rx=\"2\"><title>waits {}</title></rect>",
            TOP + 5.0,
            (b - a).max(1.5),
            words::length(to - from),
        );
    }
    for (place, who) in lanes.iter().enumerate() {
        lane(&mut out, who, place + 1);
    }
    for line in &story.lines {
        if let Some(place) = lanes.iter().position(|who| *who == line.who) {
            mark(&mut out, story, line, &axis, place + 1);
        }
    }
    out + "</svg>"
}

fn middle(place: usize) -> f64 {
    TOP + LANE * place as f64 + LANE / 2.0
}

fn lane(out: &mut String, name: &str, place: usize) {
    let y = middle(place);
    let _ = write!(
        out,
        "<line class=\"rule\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"name\" x=\"{}\" y=\"{:.1}\">{}</text>",
        WIDTH - RIGHT,
        LEFT - 8.0,
        y + 3.5,
        escape(&cut(name, 16)),
    );
}

/// What was broken meanwhile, and the time since the contact's start.
fn backdrop(out: &mut String, bundle: &Bundle, axis: &Axis, height: f64) {
    let end = axis.from + axis.length;
    for d in bundle.disturbances.iter().filter(|d| d.kind == "outage" && d.from < end && d.over > axis.from) {
        let (a, b) = (axis.x(d.from), axis.x(d.over));
        let _ = write!(
            out,
            "<rect class=\"shade\" x=\"{a:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"><title>{}</title></rect>",
            b - a,
            height - TOP,
            escape(&format!("{}: {}", d.name, d.about)),
        );
    }
    let step = STEPS.into_iter().find(|step| axis.length / step <= TICKS).unwrap_or(axis.length);
    let ticks = (axis.length / step) as u32;
    for n in 0..=ticks {
        let x = axis.x(axis.from + step * f64::from(n));
        let after = if n == 0 { "0".to_owned() } else { words::length(step * f64::from(n)) };
        let _ = write!(
            out,
            "<line class=\"tick-line\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{height:.1}\"/><text class=\"tick\" x=\"{x:.1}\" y=\"12\">{after}</text>",
        );
    }
}

fn mark(out: &mut String, story: &Story, line: &Line, axis: &Axis, place: usize) {
    let (y, a, b) = (middle(place), axis.x(line.at), axis.x(line.at + line.lasted));
    let bad = if line.bad { " bad" } else { "" };
    let title = escape(&format!("{} {}", super::story::text::since(story, line.at), cut(&line.text, 160)));
    let shape = match line.kind.as_str() {
        "said" => format!("<circle cx=\"{a:.1}\" cy=\"{y:.1}\" r=\"4\"/>"),
        "happened" => format!("<path d=\"M{a:.1} {:.1}l3.5 3.5l-3.5 3.5l-3.5 -3.5Z\"/>", y - 3.5),
        _ => format!(
            "<rect x=\"{a:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"7\" rx=\"1.5\"/>",
            y - 3.5,
            (b - a).max(3.0)
        ),
    };
    let kind = escape(&line.kind);
    let _ = write!(out, "<g class=\"{kind}{bad}\"><title>{title}</title>{shape}</g>");
}
