//! What is kept of a drill for people and programs: Markdown, one page of HTML that works offline, and JSON.

mod picture;
pub mod teams;

use super::exercise::{Exercise, figure};
use super::play::Play as _;
use super::view::{After, Answer, Cast, Decision, Expectation, Improvement, Outcome, Seat};
use crate::report::words::clock;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;
use std::fmt::Write;

/// The version of `after-action.json`.
const FORMAT: u32 = 1;
const TEMPLATE: &str = include_str!("after.html");

/// Everything that is told of a drill.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The version of this form.
    pub holdline_drill_report: u32,
    /// The scenario's hash.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Seconds after midnight at the start.
    pub day_starts: u32,
    /// What was known before.
    pub cast: Cast,
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// What was expected, with ratings.
    pub expectations: Vec<Expectation>,
    /// What came of it.
    pub after: After,
    /// The answers of the hot wash.
    pub hot_wash: Vec<Answer>,
    /// The improvement plan.
    pub improvements: Vec<Improvement>,
}

impl Report {
    /// Of an exercise, with what looking back on it came to.
    pub fn of(exercise: &Exercise, after: After) -> Self {
        let view = exercise.view(&Seat::Facilitator);
        let scenario = exercise.set().scenario();
        Self {
            holdline_drill_report: FORMAT,
            scenario: scenario.hash.clone(),
            seed: exercise.set().seed,
            day_starts: scenario.start.second_of_day,
            cast: exercise.cast(),
            decisions: view.decisions,
            expectations: view.expectations.unwrap_or_default(),
            after,
            hot_wash: view.hot_wash,
            improvements: view.improvements,
        }
    }

    /// Its files: name and text.
    ///
    /// # Errors
    ///
    /// Only when the template of the page is broken.
    pub fn files(&self) -> Result<Vec<(&'static str, String)>, String> {
        let mut json = serde_json::to_string_pretty(self).map_err(|e| format!("the report cannot be written: {e}"))?;
        json.push('\n');
        Ok(vec![("after-action.json", json), ("after-action.md", self.markdown()), ("after-action.html", self.page()?)])
    }

    fn french(&self) -> bool {
        self.cast.language == "fr"
    }

    /// One of two texts.
    fn pick<'a>(&self, en: &'a str, fr: &'a str) -> &'a str {
        if self.french() { fr } else { en }
    }

    fn clock(&self, at: f64) -> String {
        clock(self.day_starts, at)
    }

    fn met(&self, met: Option<bool>) -> &str {
        match met {
            Some(true) => self.pick("met", "atteint"),
            Some(false) => self.pick("not met", "non atteint"),
            None => self.pick("not rated", "non évalué"),
        }
    }

    fn value(value: Option<f64>, unit: &str) -> String {
        value.map_or_else(|| "–".to_owned(), |value| figure(value, unit))
    }

    fn outcome(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Open => self.pick("not ruled", "non tranché").to_owned(),
            Outcome::Noted => self.pick("noted", "noté").to_owned(),
            Outcome::Coming { at } | Outcome::Done { at } => {
                format!("{} {}", self.pick("works from", "agit à partir de"), self.clock(*at))
            }
            Outcome::Failed { at } => format!("{} {}", self.pick("failed at", "échec à"), self.clock(*at)),
        }
    }

    /// For reading in a terminal, a ticket or a wiki.
    fn markdown(&self) -> String {
        let mut text = String::new();
        let after = &self.after;
        let mut say = |line: String| writeln!(text, "{line}").expect("a text takes every line");
        say(format!("# {}\n", plain(&self.cast.title)));
        after.summary.iter().for_each(|line| say(format!("{}  ", plain(line))));
        say(format!("\n## {}\n", self.pick("Objectives", "Objectifs")));
        for one in &after.objectives {
            say(format!("- **{}** — {}", plain(&one.objective.text), self.met(one.met)));
            one.because.iter().for_each(|because| say(format!("  - {}", plain(because))));
        }
        say(format!("\n## {}\n", self.pick("The same day three times", "La même journée, trois fois")));
        let heads = [
            self.pick("measure", "mesure"),
            self.pick("no decision", "aucune décision"),
            self.pick("the written plan", "le plan écrit"),
            self.pick("what you decided", "vos décisions"),
        ];
        say(format!("| {} |\n|---|---:|---:|---:|", heads.join(" | ")));
        for row in &after.measures {
            let values = [row.nothing, row.plan, row.played].map(|value| Self::value(value, &row.unit));
            say(format!("| {} | {} |", cell(&row.what), values.join(" | ")));
        }
        say(format!("\n## {}\n", self.pick("Timeline", "Chronologie")));
        for entry in &after.timeline {
            let who = if entry.who.is_empty() { String::new() } else { format!(" **{}**", plain(&entry.who)) };
            say(format!("- {} {}{who}: {}", self.clock(entry.at), entry.kind, plain(&entry.text)));
        }
        for (head, lines) in [
            (self.pick("Strengths", "Points forts"), &after.strengths),
            (self.pick("Areas to improve", "À améliorer"), &after.to_improve),
        ] {
            say(format!("\n## {head}\n"));
            lines.iter().for_each(|line| say(format!("- {}", plain(line))));
        }
        say(format!("\n## {}\n", self.pick("Improvement plan", "Plan d’amélioration")));
        let heads = [self.pick("what", "quoi"), self.pick("owner", "qui"), self.pick("by", "pour quand")];
        say(format!("| {} |\n|---|---|---|", heads.join(" | ")));
        for line in &self.improvements {
            say(format!("| {} | {} | {} |", cell(&line.what), cell(&line.owner), cell(&line.by)));
        }
        say(format!("\n## {}\n", self.pick("Hot wash", "Débriefing à chaud")));
        for (n, question) in self.cast.questions.iter().enumerate() {
            say(format!("**{}**\n", plain(question)));
            let answers = self.hot_wash.iter().filter(|answer| answer.question == n);
            answers.for_each(|answer| say(format!("- {}: {}", plain(&answer.by), plain(&answer.text))));
            say(String::new());
        }
        say(format!("holdline {} · scenario {} · seed {}", env!("CARGO_PKG_VERSION"), self.scenario, self.seed));
        text
    }

    /// For people, in a browser or on paper.
    fn page(&self) -> Result<String, String> {
        let mut env = Environment::new();
        env.set_auto_escape_callback(|_| AutoEscape::Html);
        let broken = |e: minijinja::Error| format!("the report cannot be rendered: {e:#}");
        env.add_template("after.html", TEMPLATE).map_err(broken)?;
        let after = &self.after;
        let of = |of: &str| match of {
            "nothing" => self.pick("no decision", "aucune décision").to_owned(),
            "plan" => self.pick("the written plan", "le plan écrit").to_owned(),
            _ => self.pick("what you decided", "vos décisions").to_owned(),
        };
        let view = context! {
            fr => self.french(), language => self.cast.language.clone(), title => self.cast.title.clone(), about => self.cast.about.clone(),
            based_on => self.cast.based_on.clone(), summary => after.summary.clone(),
            objectives => after.objectives.iter().map(|one| context!(
                text => one.objective.text.clone(), met => self.met(one.met), state => match one.met { Some(true) => "met", Some(false) => "missed", None => "open" }, because => one.because.clone(),
            )).collect::<Vec<_>>(),
            curves => after.curves.iter().map(|group| context!(
                channel => group.channel.clone(), what => group.what.clone(), seeds => group.seeds,
                legend => group.curves.iter().map(|curve| context!(kind => curve.of.clone(), name => of(&curve.of))).collect::<Vec<_>>(),
                svg => Value::from_safe_string(picture::curves(group, self.day_starts)),
            )).collect::<Vec<_>>(),
            measures => after.measures.iter().map(|row| context!(
                what => row.what.clone(),
                values => [row.nothing, row.plan, row.played].map(|value| Self::value(value, &row.unit)),
            )).collect::<Vec<_>>(),
            timeline => after.timeline.iter().map(|entry| context!(
                at => self.clock(entry.at), kind => entry.kind.clone(), who => entry.who.clone(), text => entry.text.clone(),
            )).collect::<Vec<_>>(),
            decisions => self.decisions.iter().map(|one| context!(
                at => self.clock(one.at), by => one.by.clone(), role => one.role.clone(), lever => one.lever.clone(), text => one.text.clone(), why => one.why.clone(),
                outcome => self.outcome(&one.outcome),
            )).collect::<Vec<_>>(),
            strengths => after.strengths.clone(), to_improve => after.to_improve.clone(), improvements => self.improvements.iter().map(|line| context!(
                what => line.what.clone(), owner => line.owner.clone(), by => line.by.clone(),
            )).collect::<Vec<_>>(),
            questions => self.cast.questions.iter().enumerate().map(|(n, question)| context!(
                question => question.clone(), answers => self.hot_wash.iter().filter(|answer| answer.question == n).map(|answer| context!(
                    by => answer.by.clone(), text => answer.text.clone(),
                )).collect::<Vec<_>>(),
            )).collect::<Vec<_>>(),
            holdline => env!("CARGO_PKG_VERSION"), hash => self.scenario.clone(), seed => self.seed,
        };
        env.get_template("after.html").and_then(|template| template.render(view)).map_err(broken)
    }
}

/// A text on one line of Markdown, in which nothing of it is markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => plain.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => plain.extend(['\\', c]),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}

/// The same in a table.
fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}
