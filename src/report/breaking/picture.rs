//! A breaking point as a picture: a bar that is thicker where it bends and thickest where it breaks, and below it the
//! deciding figure against the length or size, with its limit.

use super::super::bundle::Bundle;
use super::super::svg::escape;
use super::super::words;
use super::{BreakingInfo, BreakingPoint, VariedInfo, amount};
use std::fmt::Write as _;

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 206.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 12.0;
/// The middle of the bar.
const BAR: f64 = 30.0;
const TOP: f64 = 58.0;
const FOOT: f64 = 184.0;
/// A letter's width, in bold.
const LETTER: f64 = 5.9;

/// The axis of a picture.
struct Axis {
    from: f64,
    to: f64,
    most: f64,
}

impl Axis {
    fn x(&self, at: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * ((at - self.from) / (self.to - self.from).max(1e-9)).clamp(0.0, 1.0)
    }
    fn y(&self, figure: f64) -> f64 {
        FOOT - (FOOT - TOP) * (figure / self.most).clamp(0.0, 1.0)
    }
}

/// The picture of a row, if it has points.
pub(in crate::report) fn draw(bundle: &Bundle, row: &BreakingInfo) -> Option<String> {
    let varied = row.varied.as_ref()?;
    let (first, last) = (row.points.first()?, row.points.last()?);
    let plan = bundle.plans.iter().find(|plan| plan.plan == row.plan);
    let expected = plan.and_then(|plan| plan.expectations.iter().find(|e| Some(&e.name) == row.expectation.as_ref()));
    let figures = row.points.iter().filter_map(|point| point.figure);
    let most = figures.chain(expected.map(|e| e.limit)).fold(1e-9, f64::max) * 1.12;
    let axis = Axis { from: first.at, to: last.at, most };
    let title = format!("{}, {}: where the verdict flips", row.disturbance, super::what(row));
    let mut out = format!(
        "<svg class=\"curve flip\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escape(&title)
    );
    bar(&mut out, &axis, row);
    foot(&mut out, &axis, varied);
    yours(&mut out, &axis, varied);
    if let Some(e) = expected {
        let (y, right) = (axis.y(e.limit), WIDTH - RIGHT);
        let limit = escape(&words::limit(e.limit, &e.unit));
        let _ = write!(
            out,
            "<line class=\"limit\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"scale\" x=\"{}\" y=\"{:.1}\">{limit}</text>",
            LEFT - 5.0,
            y + 3.0,
        );
        if y < FOOT - 13.0 {
            let _ = write!(out, "<text class=\"scale\" x=\"{}\" y=\"{FOOT}\">0</text>", LEFT - 5.0);
        }
        let top = row.points.iter().filter_map(|point| point.figure).fold(0.0, f64::max);
        if (axis.y(top) - y).abs() > 13.0 && axis.y(top) < FOOT - 13.0 {
            let text = escape(&words::figure(top, &e.unit));
            let (x, y) = (LEFT - 5.0, axis.y(top) + 3.0);
            let _ = write!(out, "<text class=\"scale\" x=\"{x}\" y=\"{y:.1}\">{text}</text>");
        }
    }
    curve(&mut out, &axis, &row.points);
    Some(out + "</svg>")
}

/// Stretches of the same verdict, from half-way to the point before to half-way to the one behind.
fn bar(out: &mut String, axis: &Axis, row: &BreakingInfo) {
    let mut from = row.points.first().map_or(0.0, |point| point.at);
    for (place, point) in row.points.iter().enumerate() {
        let next = row.points.get(place + 1);
        if next.is_some_and(|next| next.verdict == point.verdict) {
            continue;
        }
        let to = next.map_or(point.at, |next| (point.at + next.at) / 2.0);
        let (a, b) = (axis.x(from), axis.x(to));
        let (height, word) = match point.verdict.as_str() {
            "held" => (5.0, "holds"),
            "bent" => (10.0, "bends"),
            _ => (16.0, "breaks"),
        };
        let _ = write!(
            out,
            "<rect class=\"{}\" x=\"{a:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height}\"/>",
            point.verdict,
            BAR - height / 2.0,
            (b - a).max(1.0),
        );
        if b - a > LETTER * word.len() as f64 {
            let _ = write!(out, "<text class=\"tick\" x=\"{:.1}\" y=\"50\">{word}</text>", (a + b) / 2.0);
        }
        from = to;
    }
}

/// The axis, with its ends and its middle.
fn foot(out: &mut String, axis: &Axis, varied: &VariedInfo) {
    let right = WIDTH - RIGHT;
    let _ = write!(out, "<line class=\"rule\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{FOOT}\" y2=\"{FOOT}\"/>");
    let short = VariedInfo { team: None, ..varied.clone() };
    for (at, anchor) in [(axis.from, "start"), ((axis.from + axis.to) / 2.0, "middle"), (axis.to, "end")] {
        let text = match varied.unit.as_str() {
            "seconds" if at >= 600.0 => words::limit_length((at / 60.0).round() * 60.0),
            "people" => words::one(at.round()),
            "share_of_team" | "chance" => words::share(at),
            _ => amount(&short, at),
        };
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            axis.x(at),
            FOOT + 15.0,
            escape(&text),
        );
    }
}

/// A mark at what is written.
fn yours(out: &mut String, axis: &Axis, varied: &VariedInfo) {
    let x = axis.x(varied.yours);
    let text = format!("yours: {}", amount(varied, varied.yours));
    let half = LETTER * text.chars().count() as f64 / 2.0;
    let middle = x.clamp(half.min(WIDTH / 2.0), (WIDTH - half).max(WIDTH / 2.0));
    let _ = write!(
        out,
        "<text class=\"tick mine\" x=\"{middle:.1}\" y=\"9\">{}</text>\
         <path class=\"mine\" d=\"M{:.1} 13h9l-4.5 7z\"/><line class=\"mine\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"20\" y2=\"{FOOT}\"/>",
        escape(&text),
        x - 4.5,
    );
}

/// The deciding figure: a ring where it holds, a square where it bends, a cross where it breaks.
fn curve(out: &mut String, axis: &Axis, points: &[BreakingPoint]) {
    let (mut path, mut marks) = (String::new(), String::new());
    let mut pen = 'M';
    for point in points {
        let Some(figure) = point.figure else {
            pen = 'M';
            continue;
        };
        let (x, y) = (axis.x(point.at), axis.y(figure));
        let _ = write!(path, "{pen}{x:.1} {y:.1}");
        pen = 'L';
        let _ = match point.verdict.as_str() {
            "held" => write!(marks, "<circle class=\"held\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"),
            "bent" => {
                let (x, y) = (x - 3.0, y - 3.0);
                write!(marks, "<rect class=\"bent\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"6\" height=\"6\"/>")
            }
            _ => {
                let (x, y) = (x - 3.0, y - 3.0);
                write!(marks, "<path class=\"broke\" d=\"M{x:.1} {y:.1}l6 6m0 -6l-6 6\"/>")
            }
        };
    }
    let _ = write!(out, "<path class=\"line c0\" d=\"{path}\"/>{marks}");
}
