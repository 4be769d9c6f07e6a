//! The end of a run in a terminal: header, measures by window, expectations, findings, where to go from here.

use super::bundle::{Bundle, ExpectationInfo};
use super::{Around, breaking, findings, price, words};
use std::fmt::Write as _;

/// Columns of windows at the most; the rest is in the other reports.
const COLUMNS: usize = 6;
/// Findings at the most.
const FINDINGS: usize = 8;

/// How to write.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// With colours (only ever on a terminal).
    pub colours: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self { colours: false, width: 100 }
    }
}

impl Look {
    pub(super) fn paint(self, code: &str, text: &str) -> String {
        if self.colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
    pub(super) fn verdict(self, verdict: &str) -> String {
        let code = match verdict {
            "held" => "1;32",
            "bent" => "1;33",
            "broke" => "1;31",
            _ => "1;35",
        };
        self.paint(code, &verdict.to_uppercase())
    }
    pub(super) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }
    pub(super) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }
}

/// The summary, ending with a newline.
pub fn summary(bundle: &Bundle, around: &Around, look: Look) -> String {
    let mut out = String::new();
    header(&mut out, bundle, look);
    table(&mut out, bundle, look);
    if bundle.plans.len() > 1 {
        plans(&mut out, bundle, look);
    }
    expectations(&mut out, bundle, look);
    happened(&mut out, bundle, look);
    breaking_points(&mut out, bundle, look);
    footer(&mut out, bundle, around, look);
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

fn header(out: &mut String, bundle: &Bundle, look: Look) {
    let s = &bundle.scenario;
    let runs = if bundle.runs == 1 { "1 run".to_owned() } else { format!("{} runs", bundle.runs) };
    let pace = if bundle.pace == 1.0 { String::new() } else { format!(" · pace {}", words::one(bundle.pace)) };
    let left = format!(" {} · {} · {} · {runs} · seed {}{pace}", s.name, s.desk, words::part_of_day(s), bundle.seed);
    let gap = look.width.saturating_sub(left.chars().count() + bundle.verdict.len() + 1).max(2);
    let _ = writeln!(out, "\n{}{}{}", look.bold(&left), " ".repeat(gap), look.verdict(&bundle.verdict));
    if let Some(reason) = &bundle.reason {
        let _ = writeln!(out, " {}", look.paint("35", reason));
    }
    out.push('\n');
}

/// The windows worth a column: those that a channel's contacts fall in, and not the same as the whole.
pub(super) fn columns(bundle: &Bundle, most: usize) -> Vec<&str> {
    let whole = bundle.windows.first().map(|w| &w.pieces);
    let fits = |name: &str| name == "baseline" || name.starts_with("during ");
    let shown = bundle
        .windows
        .iter()
        .filter(|w| fits(&w.name) && w.name != "during any" && !w.pieces.is_empty() && Some(&w.pieces) != whole);
    let mut shown: Vec<_> = shown.collect();
    // Where there is no room for all, surges and absences go first.
    let outage = |name: &str| {
        let of = name.strip_prefix("during ").unwrap_or_default();
        name == "baseline" || bundle.disturbances.iter().any(|d| d.name == of && d.kind == "outage")
    };
    shown.sort_by_key(|w| !outage(&w.name));
    let all = shown.len() + 1 < most;
    shown.truncate(most.saturating_sub(1));
    shown.sort_by(|a, b| a.pieces[0][0].total_cmp(&b.pieces[0][0]));
    let mut names: Vec<&str> = shown.into_iter().map(|w| w.name.as_str()).collect();
    let last = names.iter().rfind(|name| name.starts_with("during ")).map(|name| name.replacen("during", "after", 1));
    let after = bundle.windows.iter().find(|w| Some(&w.name) == last.as_ref() && !w.pieces.is_empty());
    names.extend(after.map(|w| w.name.as_str()).filter(|_| all));
    names.push("whole");
    names
}

/// A row of the table of a channel: its label, and what its cells hold.
pub(super) struct TableRow {
    /// Which channel.
    pub(super) channel: String,
    /// What it shows.
    pub(super) label: String,
    /// By window.
    pub(super) cells: Vec<String>,
}

/// The measures by window, channel by channel.
pub(super) fn table_rows(bundle: &Bundle, plan: &str, windows: &[&str]) -> Vec<TableRow> {
    let mut rows: Vec<TableRow> = Vec::new();
    for channel in findings::channels(bundle) {
        let of =
            |kpi: &str, stat: &str, window: &str| findings::row(bundle, plan, kpi, stat, window, Some(channel), None);
        let within = of("service_level", "value", "whole").and_then(|m| m.within);
        let kinds: [(String, &str, &[&str]); 9] = [
            (
                format!("service level {}", within.map(words::limit_length).unwrap_or_default()),
                "service_level",
                &["value"],
            ),
            ("wait mean / p90".to_owned(), "wait", &["mean", "p90"]),
            ("first reply p50 / p90".to_owned(), "first_reply", &["p50", "p90"]),
            ("abandonment".to_owned(), "abandonment", &["value"]),
            ("blocked".to_owned(), "blocked", &["value"]),
            ("backlog peak".to_owned(), "backlog", &["value"]),
            ("kept away, being told".to_owned(), "kept_away", &["value"]),
            ("helped themselves".to_owned(), "self_served", &["value"]),
            ("satisfied (4 or 5 stars)".to_owned(), "satisfaction", &["value"]),
        ];
        for (label, kpi, stats) in kinds {
            let cell = |window: &&str| {
                let figures: Vec<String> = stats
                    .iter()
                    .filter_map(|stat| of(kpi, stat, window))
                    .map(|m| words::figure(m.mean, &m.unit))
                    .collect();
                if figures.is_empty() { "–".to_owned() } else { figures.join(" / ") }
            };
            let cells: Vec<String> = windows.iter().map(cell).collect();
            // What is nothing everywhere is not worth a row.
            let says = |cell: &String| match kpi {
                "blocked" | "abandonment" => cell != "–" && !cell.starts_with("0\u{a0}"),
                "kept_away" | "self_served" => cell != "–" && cell != "0",
                _ => cell != "–",
            };
            if cells.iter().any(says) {
                rows.push(TableRow { channel: channel.to_owned(), label, cells });
            }
        }
    }
    rows
}

fn table(out: &mut String, bundle: &Bundle, look: Look) {
    let plan = bundle.plans.first().map_or("", |p| p.plan.as_str());
    // As many windows as the terminal is wide enough for.
    for most in (2..=COLUMNS).rev() {
        let windows = columns(bundle, most);
        let rows = table_rows(bundle, plan, &windows);
        let heads: Vec<String> = windows.iter().map(|name| name.replacen("during ", "", 1)).collect();
        let mut table = String::new();
        grid(&mut table, &heads, &rows, Look { colours: false, ..look });
        if most == 2 || table.lines().all(|line| line.chars().count() <= look.width) {
            grid(out, &heads, &rows, look);
            return;
        }
    }
}

fn grid(out: &mut String, heads: &[String], rows: &[TableRow], look: Look) {
    let wide = |text: &str| text.chars().count();
    let name = rows.iter().map(|r| wide(&r.channel)).max().unwrap_or(0) + 1;
    let label = rows.iter().map(|r| wide(&r.label)).max().unwrap_or(0) + 1;
    let width = |place: usize| {
        let cells = rows.iter().map(|r| wide(&r.cells[place]));
        cells.chain([wide(&heads[place])]).max().unwrap_or(0) + 2
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line: String = heads.iter().zip(&widths).map(|(head, w)| format!("{head:>w$}", w = *w)).collect();
    let _ = writeln!(out, " {}{}", " ".repeat(name + label), look.dim(&line));
    for (place, row) in rows.iter().enumerate() {
        let cells: String = row.cells.iter().zip(&widths).map(|(cell, w)| format!("{cell:>w$}", w = *w)).collect();
        let known = place > 0 && rows[place - 1].channel == row.channel;
        let channel = look.bold(&format!("{:<name$}", if known { "" } else { &row.channel }));
        let _ = writeln!(out, " {channel}{:<label$}{cells}", row.label);
    }
    out.push('\n');
}

/// The figures of the whole day, plan by plan.
pub(super) fn plan_rows(bundle: &Bundle) -> Vec<TableRow> {
    let mut rows: Vec<TableRow> = Vec::new();
    for (place, plan) in bundle.plans.iter().enumerate() {
        for row in table_rows(bundle, &plan.plan, &["whole"]) {
            let known =
                rows.iter().position(|r| r.label == row.label && r.channel == row.channel).unwrap_or_else(|| {
                    let after = rows.iter().rposition(|r| r.channel == row.channel).map_or(rows.len(), |at| at + 1);
                    let cells = vec!["–".to_owned(); bundle.plans.len()];
                    rows.insert(after, TableRow { channel: row.channel, label: row.label, cells });
                    after
                });
            rows[known].cells[place] = row.cells.concat();
        }
    }
    rows.extend(price::rows(bundle));
    rows
}

fn plans(out: &mut String, bundle: &Bundle, look: Look) {
    let heads: Vec<String> = bundle.plans.iter().map(|p| p.plan.clone()).collect();
    let _ = writeln!(out, " {}", look.bold("Plans side by side, whole day"));
    let mut rows = plan_rows(bundle);
    let verdicts = bundle.plans.iter().map(|p| p.verdict.clone()).collect();
    rows.push(TableRow { channel: String::new(), label: "verdict".to_owned(), cells: verdicts });
    grid(out, &heads, &rows, look);
}

/// What an expectation came to, in pieces: figure, interval, remark.
pub(super) fn told(e: &ExpectationInfo, runs: u32) -> (String, String, String) {
    let figure = match e.figure {
        _ if e.never > 0.5 => "never".to_owned(),
        Some(figure) => words::figure(figure, &e.unit),
        None => "–".to_owned(),
    };
    let interval = e
        .ci95
        .filter(|[low, high]| low < high)
        .map(|ci| format!("({})", words::interval(ci, &e.unit)))
        .unwrap_or_default();
    let mut remarks = Vec::new();
    if let (Some(share), Some(kept)) = (e.in_runs, e.kept) {
        remarks.push(format!("kept in {} of runs, {} asked", words::share(kept), words::share(share)));
    } else if let Some(kept) = e.kept.filter(|kept| runs > 1 && *kept > 0.0 && *kept < 1.0) {
        remarks.push(format!("kept in {} of runs", words::share(kept)));
    }
    match e.met.as_str() {
        "warned" => remarks.push("warns".to_owned()),
        "inconclusive" => remarks.push("inconclusive: the interval lies across the limit".to_owned()),
        "empty" => remarks.push("nothing to measure".to_owned()),
        _ => {}
    }
    (figure, interval, remarks.join(", "))
}

/// The expectation as a sentence without its figure.
pub(super) fn asked(e: &ExpectationInfo) -> String {
    let narrowed = [&e.channel, &e.team, &e.reason, &e.segment, &e.of].into_iter().flatten();
    let narrowed: String = narrowed.map(|name| format!(" {name}")).collect();
    let stat = if matches!(e.stat.as_str(), "value" | "mean") { String::new() } else { format!(" {}", e.stat) };
    let within = e.within.map(|w| format!(" {}", words::limit_length(w))).unwrap_or_default();
    let sign = if e.bound == "max" { '≤' } else { '≥' };
    format!("{}{stat}{within}{narrowed} {sign} {}", words::kpi(&e.kpi), words::limit(e.limit, &e.unit))
}

fn expectations(out: &mut String, bundle: &Bundle, look: Look) {
    let Some(plan) = bundle.plans.first() else { return };
    let lines: Vec<_> = plan.expectations.iter().map(|e| (e, asked(e), told(e, plan.runs))).collect();
    let wide = |text: &str| text.chars().count();
    let width = lines.iter().map(|(_, asked, _)| wide(asked)).max().unwrap_or(0);
    let figures = lines.iter().map(|(_, _, (figure, ..))| wide(figure)).max().unwrap_or(0);
    let intervals = lines.iter().map(|(_, _, (_, interval, _))| wide(interval)).max().unwrap_or(0);
    for (e, asked, (figure, interval, remark)) in &lines {
        let mark = match e.met.as_str() {
            "met" => look.paint("32", "✓"),
            "missed" => look.paint("31", "✗"),
            "empty" => look.dim("·"),
            _ => look.paint("33", "!"),
        };
        let window = format!("{}{}", e.window, if remark.is_empty() { String::new() } else { format!("   {remark}") });
        let _ =
            writeln!(out, " {mark} {asked:<width$}  {figure:>figures$}  {interval:<intervals$}  {}", look.dim(&window));
    }
    if !lines.is_empty() {
        out.push('\n');
    }
}

fn happened(out: &mut String, bundle: &Bundle, look: Look) {
    if bundle.findings.is_empty() {
        return;
    }
    let _ = writeln!(out, " {}", look.bold("What happened"));
    for finding in bundle.findings.iter().take(FINDINGS) {
        wrapped(out, "  ", &finding.text, look.width);
    }
    let more = bundle.findings.len().saturating_sub(FINDINGS);
    if more > 0 {
        let _ = writeln!(out, "  {}", look.dim(&format!("… and {more} more in the report")));
    }
    out.push('\n');
}

/// A text in lines of this width at the most, all but the first further in.
fn wrapped(out: &mut String, first: &str, text: &str, width: usize) {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if line.chars().count() + word.chars().count() + 1 > width && !empty {
            let _ = writeln!(out, "{line}");
            line = String::from("    ");
        } else if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    let _ = writeln!(out, "{line}");
}

fn breaking_points(out: &mut String, bundle: &Bundle, look: Look) {
    let rows = &bundle.breaking_points;
    let Some(runs) = rows.first().map(breaking::runs) else { return };
    let how = format!("one at a time, all else equal, {runs}");
    let _ = writeln!(out, " {}   {}", look.bold("Breaking points"), look.dim(&how));
    let name = rows.iter().map(|row| row.disturbance.chars().count()).max().unwrap_or(0);
    for row in rows {
        let because = breaking::because(bundle, row);
        let because = if because.is_empty() { because } else { format!(" ({because})") };
        let text = format!("{}{because}", breaking::said(row));
        wrapped(out, &format!("  {:<name$}  ", row.disturbance), &text, look.width);
    }
    out.push('\n');
}

fn footer(out: &mut String, bundle: &Bundle, around: &Around, look: Look) {
    if let Some(report) = &around.report {
        let _ = writeln!(out, " {}   {report}", look.dim("report"));
    }
    if let Some(replay) = &around.replay {
        let _ = writeln!(
            out,
            " {}   {replay}      (scenario {}, holdline {})",
            look.dim("replay"),
            bundle.scenario.hash,
            bundle.holdline
        );
    }
    for (place, next) in around.next.iter().enumerate() {
        let _ = writeln!(out, " {}   {next}", look.dim(if place == 0 { "next  " } else { "      " }));
    }
}
