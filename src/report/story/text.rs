//! A story in a terminal.

use super::Story;
use crate::report::words;
use std::fmt::Write as _;

/// What took less is over in a moment, s.
pub const NOTABLE: f64 = 0.05;

/// One story: a line for everything that happened.
pub fn text(story: &Story, start_second_of_day: u32) -> String {
    let mut out = String::new();
    let why: Vec<String> = story.why.iter().map(|kpi| words::kpi(kpi)).collect();
    let why = if why.is_empty() { "nothing went wrong".to_owned() } else { why.join(", ") };
    let clock = words::clock_seconds(start_second_of_day, story.began);
    let _ = writeln!(out, "\n {} · {}, {} · {clock} · {why}", story.order, story.channel, story.reason);
    let width = story.lines.iter().map(|line| line.who.chars().count()).max().unwrap_or(0);
    for line in &story.lines {
        let mark = if line.bad { '✗' } else { ' ' };
        let clock = words::clock_seconds(start_second_of_day, line.at);
        let after = since(story, line.at);
        let took = if line.lasted >= NOTABLE { format!(" [{}]", words::length(line.lasted)) } else { String::new() };
        let _ =
            writeln!(out, " {mark} {clock} {after:>8}  {:<width$}  {}{took}", line.who, line.text.replace('\n', " "));
    }
    if story.left_out > 0 {
        let _ = writeln!(out, "   … {} lines before the last ones are left out", story.left_out);
    }
    out
}

/// How long after the contact's start.
pub fn since(story: &Story, at: f64) -> String {
    let after = (at - story.began).max(0.0);
    // Much happens within a second.
    if after < 9.995 { format!("+{after:.2} s") } else { format!("+{}", words::length(after)) }
}
