//! A comparison in a terminal.

use super::{Comparison, Figure, Way, runs};
use crate::report::bundle::Measure;
use crate::report::terminal::{Look, asked, told};
use crate::report::words;
use std::fmt::Write as _;

/// Figures shown of each kind at the most; those that got worse are all shown.
const SHOWN: usize = 12;

/// The comparison, ending with a newline.
pub fn text(seen: &Comparison<'_>, look: Look) -> String {
    let mut out = String::new();
    let after = seen.after;
    let (name, n) = (&after.scenario.name, runs(after.runs));
    let plan = after.plans.first().map_or("", |plan| plan.plan.as_str());
    let verdicts = if seen.verdict == Way::Same {
        look.verdict(&after.verdict)
    } else {
        format!("{} → {}", look.verdict(&seen.before.verdict), look.verdict(&after.verdict))
    };
    let head = format!("{name} · plan {plan} · {n} · seed {}", after.seed);
    let _ = writeln!(out, "\n {}   {verdicts}", look.bold(&head));
    for line in &seen.unlike {
        let _ = writeln!(out, " {}", look.dim(&format!("note: {line}")));
    }
    out.push('\n');
    expectations(&mut out, seen, look);
    figures(&mut out, "Worse", seen.figures_of(Way::Worse), usize::MAX, look);
    figures(&mut out, "Better", seen.figures_of(Way::Better), SHOWN, look);
    figures(&mut out, "Moved, in single runs, which have no interval", seen.figures_of(Way::Unjudged), SHOWN, look);
    let same = seen.figures_of(Way::Same).count();
    let line = if seen.is_worse() { look.paint("31", "worse") } else { look.paint("32", "nothing got worse") };
    let _ = writeln!(out, " {line}; {same} figures of the whole day are the same as far as these runs can tell");
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

fn expectations(out: &mut String, seen: &Comparison<'_>, look: Look) {
    let changed = seen.expected.iter().filter(|one| one.way != Way::Same || one.before.is_none());
    let mut said = false;
    for one in changed {
        said = true;
        let mark = match one.way {
            Way::Worse => look.paint("31", "✗"),
            Way::Better => look.paint("32", "✓"),
            Way::Same | Way::Unjudged => look.dim("·"),
        };
        let figure = |e| told(e, seen.after.runs).0;
        let was = match one.before {
            Some(old) => format!("{} → {}   was {}, is {}", figure(old), figure(one.after), old.met, one.after.met),
            None => format!("{}   new, {}", figure(one.after), one.after.met),
        };
        let _ = writeln!(out, " {mark} {}   {was}   {}", asked(one.after), look.dim(&one.after.window));
    }
    for gone in &seen.gone {
        said = true;
        let _ = writeln!(out, " {} {gone}   no longer expected", look.dim("·"));
    }
    if !said {
        let n = seen.expected.len();
        let what = if n == 1 { "The one expectation came".to_owned() } else { format!("All {n} expectations came") };
        let _ = writeln!(out, " {what} to the same");
    }
    out.push('\n');
}

fn figures<'a>(out: &mut String, title: &str, all: impl Iterator<Item = &'a Figure<'a>>, most: usize, look: Look) {
    let all: Vec<_> = all.collect();
    if all.is_empty() {
        return;
    }
    let _ = writeln!(out, " {}", look.bold(title));
    let rows: Vec<_> =
        all.iter().take(most).map(|figure| (label(figure.after), moved(figure), interval(figure))).collect();
    let wide = |text: &str| text.chars().count();
    let labels = rows.iter().map(|(label, ..)| wide(label)).max().unwrap_or(0);
    let figures = rows.iter().map(|(_, moved, _)| wide(moved)).max().unwrap_or(0);
    for (label, moved, interval) in &rows {
        let _ = writeln!(out, "  {label:<labels$}  {moved:>figures$}  {}", look.dim(interval));
    }
    if all.len() > rows.len() {
        let _ = writeln!(out, "  {}", look.dim(&format!("… and {} more", all.len() - rows.len())));
    }
    out.push('\n');
}

/// What a row measures, in words.
pub(super) fn label(row: &Measure) -> String {
    let narrowed = [&row.channel, &row.of].into_iter().flatten();
    let narrowed: String = narrowed.map(|name| format!(" {name}")).collect();
    let stat = if row.stat == "value" { String::new() } else { format!(" {}", row.stat) };
    let within = row.within.map(|w| format!(" {}", words::limit_length(w))).unwrap_or_default();
    let count = row.count.as_ref().map(|how| format!(" ({how})")).unwrap_or_default();
    format!("{}{stat}{within}{count}{narrowed}", words::kpi(&row.kpi))
}

/// From what to what.
pub(super) fn moved(figure: &Figure<'_>) -> String {
    let of = |row: &Measure| match row.unit.as_str() {
        "count" | "people" => words::mean_count(row.mean),
        unit => words::figure(row.mean, unit),
    };
    format!("{} → {}", of(figure.before), of(figure.after))
}

fn interval(figure: &Figure<'_>) -> String {
    let of = |row: &Measure| row.ci95.map(|ci| words::interval(ci, &row.unit));
    match (of(figure.before), of(figure.after)) {
        (Some(was), Some(is)) => format!("({was} → {is})"),
        _ => String::new(),
    }
}
