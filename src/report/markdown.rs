//! `summary.md`: for a pull request or a chat.

use super::bundle::Bundle;
use super::terminal::{TableRow, asked, columns, plan_rows, table_rows, told};
use super::{Around, breaking, words};
use std::fmt::Write as _;

/// Windows of the table.
const COLUMNS: usize = 7;

/// The text.
pub fn summary(bundle: &Bundle, around: &Around) -> String {
    let s = &bundle.scenario;
    let mut out = String::new();
    let runs = if bundle.runs == 1 { "1 run".to_owned() } else { format!("{} runs", bundle.runs) };
    let _ = writeln!(out, "# {}: {}\n", plain(&s.name), bundle.verdict);
    let _ = writeln!(out, "{} · {} · {runs} · seed {}\n", plain(&s.desk), words::part_of_day(s), bundle.seed);
    for sentence in &bundle.in_short {
        let _ = writeln!(out, "{}  ", plain(sentence));
    }
    expectations(&mut out, bundle);
    if !bundle.findings.is_empty() {
        let _ = writeln!(out, "\n## What happened\n");
        for finding in &bundle.findings {
            let _ = writeln!(out, "- {}", plain(&finding.text));
        }
    }
    replayed(&mut out, bundle);
    breaking_points(&mut out, bundle);
    let windows = columns(bundle, COLUMNS);
    let main = bundle.plans.first().map_or("", |p| p.plan.as_str());
    let heads: Vec<String> = windows.iter().map(|w| w.replacen("during ", "", 1)).collect();
    let _ = writeln!(out, "\n## Measures by window\n");
    table(&mut out, &heads, &table_rows(bundle, main, &windows));
    if bundle.plans.len() > 1 {
        let heads: Vec<String> = bundle.plans.iter().map(|p| format!("{} ({})", p.plan, p.verdict)).collect();
        let _ = writeln!(out, "\n## Plans side by side\n");
        table(&mut out, &heads, &plan_rows(bundle));
    }
    if let Some(replay) = &around.replay {
        let _ = writeln!(out, "\n    {replay}");
    }
    let _ = writeln!(out, "\nscenario {} · holdline {}", s.hash, bundle.holdline);
    out
}

/// The recorded incidents that were replayed.
fn replayed(out: &mut String, bundle: &Bundle) {
    let replays = bundle.disturbances.iter().filter_map(|d| Some((d, d.replays.as_ref()?)));
    for (n, (d, replay)) in replays.enumerate() {
        if n == 0 {
            let _ = writeln!(out, "\n## What was replayed\n");
        }
        let (phases, sources) =
            (words::counted(replay.phases.len() as f64, "phase", "phases"), replay.sources.join("; "));
        let text = format!("{}: {}, {} ({phases}; {sources})", d.name, replay.title, d.about);
        let _ = writeln!(out, "- {}", plain(&text));
    }
}

fn breaking_points(out: &mut String, bundle: &Bundle) {
    let rows = &bundle.breaking_points;
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\n## Breaking points\n\n| disturbance | varied | came to | missed first |\n| --- | --- | --- | --- |"
    );
    for row in rows {
        let cells = [&row.disturbance, breaking::what(row), &breaking::said(row), &breaking::because(bundle, row)];
        let _ = writeln!(out, "| {} |", cells.map(plain).join(" | "));
    }
    let _ = writeln!(out, "\n{}", plain(&breaking::method(rows)));
}

fn expectations(out: &mut String, bundle: &Bundle) {
    let Some(plan) = bundle.plans.first().filter(|p| !p.expectations.is_empty()) else { return };
    let _ = writeln!(out, "\n| | expectation | in | figure | interval | |\n| --- | --- | --- | ---: | ---: | --- |");
    for e in &plan.expectations {
        let (figure, interval, remark) = told(e, plan.runs);
        let mark = match e.met.as_str() {
            "met" => "✓",
            "missed" => "✗",
            "empty" => "·",
            _ => "!",
        };
        let cells = [&asked(e), &e.window, &figure, interval.trim_matches(['(', ')']), &remark].map(plain);
        let _ = writeln!(out, "| {mark} | {} |", cells.join(" | "));
    }
}

fn table(out: &mut String, heads: &[String], rows: &[TableRow]) {
    let cells: Vec<String> = heads.iter().map(|head| plain(head)).collect();
    let _ = writeln!(out, "| | | {} |\n| --- | --- |{}", cells.join(" | "), " ---: |".repeat(heads.len()));
    for row in rows {
        let _ = writeln!(out, "| {} | {} | {} |", plain(&row.channel), plain(&row.label), row.cells.join(" | "));
    }
}

/// Text that cannot break out of its cell, its line or its paragraph.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '<' | '>' | '*' | '_' | '`' | '[' | ']' | '#' | '\\' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_cannot_break_a_table() {
        assert_eq!(super::plain("a|b\n<i>"), "a\\|b \\<i\\>");
    }
}
