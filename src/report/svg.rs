//! The day as one picture: what was broken, who was there, who waited, who was served, what the plan did and what
//! customers were told, on one line of time.

use super::bundle::{Bundle, ChannelPoint, Series, Spread, TeamPoint};
use super::words;
use std::fmt::Write as _;

const WIDTH: f64 = 1_180.0;
const LEFT: f64 = 142.0;
const RIGHT: f64 = 46.0;
const LANE: f64 = 19.0;
const GAP: f64 = 10.0;
/// Steps that a share is pooled over, so that it reads as a curve.
const POOL: usize = 5;
/// Points of a line at the most: more than that is finer than the picture.
const POINTS: usize = 600;

/// One level of a team.
type Level = fn(&TeamPoint) -> f64;

/// A picture and what its cursor reads.
#[derive(Debug)]
pub(super) struct Picture {
    /// The SVG element.
    pub svg: String,
    /// For the cursor: rows of values by step, as JSON.
    pub data: serde_json::Value,
}

struct Canvas<'a> {
    bundle: &'a Bundle,
    body: String,
    y: f64,
    rows: Vec<serde_json::Value>,
}

/// Text that is safe inside an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The picture of the first plan, with the others behind it where they were run.
pub(super) fn day(bundle: &Bundle) -> Picture {
    let mut canvas = Canvas { bundle, body: String::new(), y: 26.0, rows: Vec::new() };
    canvas.bands();
    let after_bands = canvas.y;
    canvas.marks();
    let main = bundle.plans.first().map_or("", |p| p.plan.as_str()).to_owned();
    let own: Vec<&Series> = bundle.series.iter().filter(|s| s.plan == main).collect();
    for (place, series) in own.iter().filter(|s| s.channel.is_some()).enumerate() {
        canvas.waiting(series, place);
        canvas.served(series, place);
    }
    for series in own.iter().filter(|s| s.team.is_some()).take(8) {
        canvas.people(series);
    }
    let height = canvas.y + 24.0;
    let back = canvas.backdrop(after_bands, height - 24.0);
    let step = own.iter().find_map(|s| s.contacts.get(1)).map_or(60.0, |p| p.at);
    let svg = format!(
        "<svg id=\"day\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"The day as one picture\" \
         data-left=\"{LEFT}\" data-right=\"{}\" data-height=\"{height}\">{back}{}\
         <line id=\"cursor\" class=\"cursor\" x1=\"0\" x2=\"0\" y1=\"20\" y2=\"{}\" visibility=\"hidden\"/></svg>",
        WIDTH - RIGHT,
        canvas.body,
        height - 22.0,
    );
    let data = serde_json::json!({
        "step": step, "start": bundle.scenario.start_second_of_day, "length": bundle.scenario.length, "rows": canvas.rows,
    });
    Picture { svg, data }
}

impl<'a> Canvas<'a> {
    fn x(&self, at: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (at / self.bundle.scenario.length.max(1.0)).clamp(0.0, 1.0)
    }
    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.body.write_fmt(text);
    }
    fn label(&mut self, y: f64, title: &str, under: &str) {
        let (title, under) = (escape(&cut(title, 21)), escape(&cut(under, 26)));
        self.put(format_args!("<text class=\"label\" x=\"{}\" y=\"{y:.1}\">{title}</text>", LEFT - 12.0));
        if !under.is_empty() {
            self.put(format_args!("<text class=\"under\" x=\"{}\" y=\"{:.1}\">{under}</text>", LEFT - 12.0, y + 12.0));
        }
    }

    /// Hours, the warm-up, and a shade through all rows where something is broken.
    fn backdrop(&self, from: f64, to: f64) -> String {
        let mut out = String::new();
        let length = self.bundle.scenario.length;
        for d in self.bundle.disturbances.iter().filter(|d| d.kind == "outage") {
            let (a, b) = (self.x(d.from), self.x(d.over));
            let _ = write!(
                out,
                "<rect class=\"shade\" x=\"{a:.1}\" y=\"{from:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                b - a,
                to - from
            );
        }
        if self.bundle.scenario.warm_up > 0.0 {
            let w = self.x(self.bundle.scenario.warm_up) - LEFT;
            let title = if self.bundle.scenario.warm_start.is_some() { "simulated" } else { "warm-up" };
            let _ = write!(
                out,
                "<rect class=\"warm\" x=\"{LEFT}\" y=\"20\" width=\"{w:.1}\" height=\"{:.1}\"><title>{title}, not measured</title></rect>",
                to - 20.0
            );
        }
        let start = f64::from(self.bundle.scenario.start_second_of_day);
        let every = [300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 43_200.0, 86_400.0, 604_800.0];
        let every = every.into_iter().find(|every| length / every <= 14.0).unwrap_or(length);
        let mut at = (start / every).ceil() * every - start;
        while at <= length {
            let x = self.x(at);
            let clock = words::clock(self.bundle.scenario.start_second_of_day, at);
            let _ = write!(out, "<line class=\"hour\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"20\" y2=\"{to:.1}\"/>");
            for y in [13.0, to + 14.0] {
                let _ = write!(out, "<text class=\"tick\" x=\"{x:.1}\" y=\"{y:.1}\">{clock}</text>");
            }
            at += every;
        }
        out
    }

    /// One lane after another for what was wrong, packed.
    fn bands(&mut self) {
        let bundle = self.bundle;
        let mut lanes: Vec<f64> = Vec::new();
        let top = self.y;
        for d in &bundle.disturbances {
            let (a, b) = (self.x(d.begins), self.x(d.over));
            let text = format!("{} · {}", d.name, d.about);
            let wide = |text: &str| 8.0 + 5.3 * text.chars().count() as f64;
            // A text that does not fit into its band stands behind it, or before it, or is cut where there is more room.
            let (behind, before) = (WIDTH - b, a - LEFT);
            let inside = wide(&text) < b - a;
            let room = if inside { b - a } else { behind.max(before) };
            let shown = cut(&text, ((room - 8.0) / 5.3).max(8.0) as usize);
            let (x, class, reach) = if inside {
                (a + 6.0, "start", b)
            } else if wide(&shown) <= behind {
                (b + 5.0, "start", b + wide(&shown))
            } else {
                (a - 5.0, "end", b)
            };
            let a_lane = if class == "end" { a - wide(&shown) } else { a };
            let lane = lanes.iter().position(|end| *end + 6.0 < a_lane).unwrap_or_else(|| {
                lanes.push(0.0);
                lanes.len() - 1
            });
            lanes[lane] = reach;
            let y = top + LANE * lane as f64;
            let at = self.x(d.from);
            let kind = &d.kind;
            let title = escape(&format!("{text}, {} to {}", self.clock(d.begins), self.clock(d.over)));
            self.put(format_args!(
                "<g class=\"band {kind}\"><title>{title}</title>\
                 <rect class=\"soft\" x=\"{a:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{}\" rx=\"3\"/>\
                 <rect x=\"{at:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{}\" rx=\"3\"/>",
                (b - a).max(2.0),
                LANE - 4.0,
                (b - at).max(2.0),
                LANE - 4.0,
            ));
            self.put(format_args!(
                "<text class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\">{}</text></g>",
                y + 11.0,
                escape(&shown)
            ));
        }
        if !lanes.is_empty() {
            self.label(top + 11.0, "What was wrong", "");
            self.y = top + LANE * lanes.len() as f64 + GAP;
        }
    }
    fn clock(&self, at: f64) -> String {
        words::clock(self.bundle.scenario.start_second_of_day, at)
    }

    /// What the plan did, and what customers were told: a lane of marks each.
    fn marks(&mut self) {
        let bundle = self.bundle;
        for (title, kinds) in
            [("The plan", &["noticed", "rule", "stopped", "trouble"][..]), ("Customers told", &["update", "called"])]
        {
            let marks: Vec<_> = bundle.marks.iter().filter(|m| kinds.contains(&m.kind.as_str())).take(200).collect();
            if marks.is_empty() {
                continue;
            }
            let mut lanes = [f64::MIN; 3];
            let top = self.y;
            let mut used = 0;
            for m in marks {
                let x = self.x(m.at);
                let clock = self.clock(m.at);
                let text = cut(&m.text, 30);
                let title = escape(&format!("{clock} {}", m.text));
                let lane = lanes.iter().position(|end| *end < x);
                let y = top + 5.0 + 13.0 * lane.unwrap_or(lanes.len()) as f64;
                self.put(format_args!(
                    "<g class=\"mark {}\"><title>{title}</title><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>",
                    m.kind
                ));
                used = used.max(lane.unwrap_or(lanes.len()));
                if let Some(lane) = lane {
                    let wide = 12.0 + 5.3 * text.chars().count() as f64;
                    lanes[lane] = x + wide;
                    let (x, class) = if x + wide > WIDTH { (x - 7.0, "end") } else { (x + 7.0, "start") };
                    self.put(format_args!(
                        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
                        y + 3.5,
                        escape(&text)
                    ));
                }
                self.put(format_args!("</g>"));
            }
            self.label(top + 9.0, title, "");
            self.y = top + 13.0 * (used + 1) as f64 + GAP;
        }
    }

    fn frame(&mut self, height: f64, most: &str, least: &str) -> f64 {
        let top = self.y;
        let right = WIDTH - RIGHT;
        self.put(format_args!(
            "<line class=\"floor\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{0:.1}\" y2=\"{0:.1}\"/>\
             <text class=\"scale\" x=\"{1}\" y=\"{2:.1}\">{most}</text><text class=\"scale\" x=\"{1}\" y=\"{3:.1}\">{least}</text>",
            top + height, right + 5.0, top + 8.0, top + height,
        ));
        self.y = top + height + GAP;
        top
    }
    /// The line through (time, value) points, `top` to `top + height` standing for `most` to nought.
    fn line(&self, points: &[(f64, Option<f64>)], most: f64, top: f64, height: f64) -> String {
        let mut path = String::new();
        let mut pen = 'M';
        for (at, value) in points {
            match value {
                Some(value) => {
                    let y = top + height * (1.0 - (value / most).clamp(0.0, 1.0));
                    let _ = write!(path, "{pen}{:.1} {y:.1}", self.x(*at));
                    pen = 'L';
                }
                None => pen = 'M',
            }
        }
        path
    }
    fn others(&self, of: &Series) -> Vec<&'a Series> {
        let twin = |s: &&Series| s.plan != of.plan && s.channel == of.channel && s.team == of.team;
        let bundle: &'a Bundle = self.bundle;
        bundle.series.iter().filter(twin).collect()
    }

    fn waiting(&mut self, series: &Series, place: usize) {
        const HEIGHT: f64 = 64.0;
        let others: Vec<&Series> = self.others(series);
        let points = thin(&series.contacts, POINTS);
        let peak =
            |points: &[ChannelPoint], of: fn(&Spread) -> f64| points.iter().map(|p| of(&p.waiting)).fold(0.0, f64::max);
        let most = others
            .iter()
            .map(|o| peak(&o.contacts, |s| s.mean))
            .fold(peak(&series.contacts, |s| s.p90), f64::max)
            .max(1.0)
            .ceil();
        let name = series.channel.clone().unwrap_or_default();
        let top = self.frame(HEIGHT, &words::one(most), "0");
        let of = |pick: fn(&Spread) -> f64| points.iter().map(|p| (p.at, Some(pick(&p.waiting)))).collect::<Vec<_>>();
        let (high, mut low) = (of(|s| s.p90), of(|s| s.p10));
        low.reverse();
        let there = self.line(&high, most, top, HEIGHT);
        let back = self.line(&low, most, top, HEIGHT).replacen('M', "L", 1);
        let mean = self.line(&of(|s| s.mean), most, top, HEIGHT);
        let hue = place % 6;
        self.put(format_args!("<path class=\"range c{hue}\" d=\"{there}{back}Z\"/>"));
        let mut names = vec!["waiting"];
        let mut values = vec![rounded(series.contacts.iter().map(|p| Some(p.waiting.mean)), 1.0)];
        for other in others {
            let thinned = thin(&other.contacts, POINTS);
            let points: Vec<_> = thinned.iter().map(|p| (p.at, Some(p.waiting.mean))).collect();
            let path = self.line(&points, most, top, HEIGHT);
            self.put(format_args!("<path class=\"other {}\" d=\"{path}\"/>", kind_of(&other.plan)));
            names.push(other.plan.as_str());
            values.push(rounded(other.contacts.iter().map(|p| Some(p.waiting.mean)), 1.0));
        }
        self.put(format_args!("<path class=\"line c{hue}\" d=\"{mean}\"/>"));
        self.label(top + 12.0, &name, "waiting");
        self.row(&name, &names, "", values);
        let levels: [fn(&ChannelPoint) -> f64; 2] = [|p| p.in_service.mean, |p| p.backlog.mean];
        let levels = levels.map(|level| rounded(series.contacts.iter().map(|p| Some(level(p))), 1.0));
        self.row(&name, &["in service", "open"], "", levels.to_vec());
    }

    /// The served share with its lost area, and the share served in time.
    fn served(&mut self, series: &Series, place: usize) {
        const HEIGHT: f64 = 46.0;
        let top = self.frame(HEIGHT, "100 %", "0 %");
        let pooled = |series: &Series, of: fn(&ChannelPoint) -> Option<f64>| -> Vec<(f64, Option<f64>)> {
            let values: Vec<Option<f64>> = series.contacts.iter().map(of).collect();
            let all = values.iter().enumerate().map(|(at, _)| {
                let near: Vec<f64> = values[(at + 1).saturating_sub(POOL)..=at].iter().flatten().copied().collect();
                let mean = near.iter().sum::<f64>() / near.len().max(1) as f64;
                (series.contacts[at].at, (!near.is_empty()).then_some(mean))
            });
            all.collect()
        };
        let served = pooled(series, |p| p.served);
        let in_time = pooled(series, |p| p.in_time);
        let curve: Vec<_> = thin(&served, POINTS).into_iter().filter(|(_, q)| q.is_some()).collect();
        if let (Some(first), Some(last)) = (curve.first(), curve.last()) {
            let path = self.line(&curve, 1.0, top, HEIGHT);
            let (a, b) = (self.x(first.0), self.x(last.0));
            self.put(format_args!("<path class=\"loss\" d=\"{path}L{b:.1} {top:.1}L{a:.1} {top:.1}Z\"/><path class=\"line served\" d=\"{path}\"/>"));
        }
        for other in self.others(series) {
            let points = thin(&pooled(other, |p| p.served), POINTS);
            let path = self.line(&points, 1.0, top, HEIGHT);
            self.put(format_args!("<path class=\"other {}\" d=\"{path}\"/>", kind_of(&other.plan)));
        }
        let path = self.line(&thin(&in_time, POINTS), 1.0, top, HEIGHT);
        self.put(format_args!("<path class=\"line level c{}\" d=\"{path}\"/>", place % 6));
        let name = series.channel.clone().unwrap_or_default();
        let levelled = in_time.iter().any(|(_, q)| q.is_some());
        self.label(top + 12.0, "", if levelled { "served, served in time" } else { "served" });
        let shares = [served, in_time].map(|share| rounded(share.iter().map(|(_, q)| *q), 100.0));
        self.row(&name, &["served", "in time"], " %", shares.to_vec());
    }

    fn people(&mut self, series: &Series) {
        const HEIGHT: f64 = 36.0;
        let points = thin(&series.people, POINTS);
        let most = series.people.iter().map(|p| p.scheduled.mean.max(p.present.mean)).fold(1.0, f64::max);
        let name = series.team.clone().unwrap_or_default();
        let top = self.frame(HEIGHT, &words::one(most), "0");
        let base = top + HEIGHT;
        let (a, b) = (points.first().map_or(0.0, |p| p.at), points.last().map_or(0.0, |p| p.at));
        let (a, b) = (self.x(a), self.x(b));
        let picks: [(&str, Level); 3] =
            [("scheduled", |p| p.scheduled.mean), ("present", |p| p.present.mean), ("busy", |p| p.busy.mean)];
        let mut values = Vec::new();
        for (class, pick) in picks {
            let steps: Vec<_> = points.iter().map(|p| (p.at, Some(pick(p)))).collect();
            let path = self.line(&steps, most, top, HEIGHT);
            self.put(format_args!("<path class=\"people {class}\" d=\"{path}L{b:.1} {base:.1}L{a:.1} {base:.1}Z\"/>"));
            values.push(rounded(series.people.iter().map(|p| Some(pick(p))), 1.0));
        }
        self.row(&name, &picks.map(|(class, _)| class), "", values);
        self.label(top + 12.0, &name, "scheduled, present, busy");
    }

    /// A line of what the cursor reads: several values that belong together.
    fn row(&mut self, name: &str, labels: &[&str], unit: &str, values: Vec<Vec<Option<f64>>>) {
        let name = format!("{name} {}", labels.join(" · "));
        self.rows.push(serde_json::json!({"name": name, "unit": unit, "values": values}));
    }
}

/// Values with one decimal, which is all that the cursor shows.
fn rounded(values: impl Iterator<Item = Option<f64>>, scale: f64) -> Vec<Option<f64>> {
    values.map(|v| v.map(|v| (v * scale * 10.0).round() / 10.0)).collect()
}

pub(super) fn kind_of(plan: &str) -> &'static str {
    if plan == "undisturbed" { "quiet" } else { "without" }
}

/// At most so many of these, evenly.
fn thin<T: Copy>(points: &[T], most: usize) -> Vec<T> {
    points.iter().step_by(points.len().div_ceil(most).max(1)).copied().collect()
}

pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).collect::<String>() + "…" }
}

/// A figure with its interval against its limit, on a scale of its own: `limit` stands at the mark, the good side is left
/// of it for a `max` and right of it for a `min`.
pub(super) fn bullet(figure: f64, ci: Option<[f64; 2]>, limit: f64, bound: &str, met: &str) -> String {
    let all = [figure, limit, ci.map_or(figure, |ci| ci[0]), ci.map_or(figure, |ci| ci[1])];
    let low = all.iter().copied().fold(0.0, f64::min);
    let high = all.iter().copied().fold(0.0, f64::max).max(low + 1e-9) * 1.12;
    let x = |value: f64| 2.0 + 116.0 * ((value - low) / (high - low).max(1e-9)).clamp(0.0, 1.0);
    let (from, to) = if bound == "max" { (2.0, x(limit)) } else { (x(limit), 118.0) };
    let [a, b] = ci.unwrap_or([figure, figure]).map(x);
    format!(
        "<svg class=\"bullet\" viewBox=\"0 0 120 14\" aria-hidden=\"true\"><rect class=\"good\" x=\"{from:.1}\" y=\"4\" width=\"{:.1}\" height=\"6\"/>\
         <line class=\"limit\" x1=\"{l:.1}\" x2=\"{l:.1}\" y1=\"1\" y2=\"13\"/><line class=\"ci\" x1=\"{a:.1}\" x2=\"{b:.1}\" y1=\"7\" y2=\"7\"/>\
         <circle class=\"{met}\" cx=\"{:.1}\" cy=\"7\" r=\"3.4\"/></svg>",
        (to - from).max(0.0),
        x(figure),
        l = x(limit),
    )
}
