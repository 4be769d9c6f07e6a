//! The drill of a scenario, as written.

use super::{Absence, Action, Figure, Length, Live, Moment, Named, Number, Share, Stat};
use crate::scenario::tree::At;
use schemars::JsonSchema;
use serde::Deserialize;

/// What `holdline drill` plays: a day at a pace that people can follow, with somebody who injects trouble and people who decide.
/// The desk's `rules` and `updates` stay off then, but for rules with `auto: true`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    /// Its title.
    pub title: At<String>,
    /// What it is about, in a paragraph for those who take part. It gives nothing away.
    pub about: Option<String>,
    /// The recorded incident that it is built on, by its name in `holdline incidents`.
    pub based_on: Option<At<String>>,
    /// The language of its texts and pages; `en` if not said.
    pub language: Option<Language>,
    /// What it exercises.
    #[serde(default)]
    pub objectives: Vec<At<Objective>>,
    /// Who takes part.
    pub roles: Named<Role>,
    /// Exercise seconds in a second of the wall, to begin with: 1 to 600; 20 if not said.
    pub pace: Option<At<Number>>,
    /// The clock stops when one of these injects is sent.
    #[serde(default)]
    pub hold_at: Vec<At<String>>,
    /// What participants know late.
    #[serde(default)]
    pub fog: Fog,
    /// What participants can do to the desk.
    #[serde(default)]
    pub levers: Vec<At<Lever>>,
    /// What is played to them.
    #[serde(default)]
    pub injects: Vec<At<Inject>>,
    /// What is expected of them.
    #[serde(default)]
    pub expect: Vec<At<Expected>>,
    /// The questions of the hot wash; three usual ones if not said.
    #[serde(default)]
    pub questions: Vec<String>,
}

/// The language of a drill's texts and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
}

/// Something that a drill exercises.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// Its id.
    pub id: At<String>,
    /// What it says.
    pub text: String,
}

/// A part in a drill.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// So many people should have it; 0 if not said.
    pub at_least: Option<At<u32>>,
    /// Not offered to those who join: evaluators, who rate.
    pub hidden: Option<bool>,
}

/// What participants know late.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fog {
    /// So late a vendor tells of its own trouble; at once if not said.
    pub vendor_status: Option<Length>,
    /// So late are the dashboards; not at all if not said.
    pub dashboards: Option<Length>,
}

/// Something that participants can do to the desk.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lever {
    /// Its name.
    pub name: At<String>,
    /// Who can do it; every role that is not hidden if not said.
    pub role: Option<At<String>>,
    /// From the decision until it works; at once if not said.
    pub delay: Option<Length>,
    /// What it does to the desk.
    #[serde(rename = "do", default)]
    pub actions: Vec<At<Action>>,
    /// It ends what this other lever did (instead of `do`).
    pub undoes: Option<At<String>>,
    /// Whoever pulls it must say something: `required`.
    pub text: Option<Words>,
    /// It can be pulled once.
    pub once: Option<bool>,
    /// How long after a pull it can be pulled again.
    pub cool_down: Option<Length>,
    /// What a pull costs, in the money of the desk's `costs`.
    pub cost: Option<At<Number>>,
    /// The chance that it works; certain if not said.
    pub chance: Option<Share>,
    /// The id of the objective that it serves.
    pub serves: Option<At<String>>,
}

/// Whether somebody must say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// They must.
    Required,
}

/// Something that is played to participants: at a moment, when the desk is in some state, or unless somebody did something.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inject {
    /// Its name.
    pub name: At<String>,
    /// When it is sent.
    pub at: Option<At<Moment>>,
    /// It is sent when this holds for the first time (instead of `at`).
    pub when: Option<Live>,
    /// It is sent unless somebody pulled this lever (instead of `at`).
    pub unless: Option<At<String>>,
    /// By then; only with `unless`.
    pub by: Option<At<Moment>>,
    /// The roles that get it; everybody if not said.
    #[serde(default)]
    pub to: Vec<At<String>>,
    /// How it reaches them; `chat` if not said.
    pub via: Option<Via>,
    /// From whom.
    pub from: At<String>,
    /// The words.
    pub say: At<String>,
    /// The ids of what is expected of it.
    #[serde(default)]
    pub expect: Vec<At<String>>,
    /// Who is missing from then on. Their `at` is counted from the moment it is sent.
    #[serde(default)]
    pub absences: Vec<At<Absence>>,
}

/// How something reaches people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A chat message.
    Chat,
    /// A mail.
    Mail,
    /// Somebody rings.
    Phone,
    /// It is in the news.
    News,
}

/// Something that is expected of participants: a lever is pulled (`lever`), a measure of the day keeps a limit (`kpi`), or
/// somebody sees and rates it (`observe`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Its id.
    pub id: At<String>,
    /// The id of the objective that it tells of.
    pub objective: Option<At<String>>,
    /// This lever is pulled.
    pub lever: Option<At<String>>,
    /// By then; at all if not said. Only with `lever`.
    pub by: Option<At<Moment>>,
    /// What an evaluator looks for and rates.
    pub observe: Option<At<String>>,
    /// This measure of the day keeps the limit.
    #[schemars(extend("enum" = crate::scenario::kpi::words()))]
    pub kpi: Option<At<String>>,
    /// The statistic of a duration: mean, p50, p90, p95 or p99; the mean if not said.
    pub at: Option<At<Stat>>,
    /// Of which channel; of all if not said.
    pub channel: Option<At<String>>,
    /// Of which team.
    pub team: Option<At<String>>,
    /// Of which reason.
    pub reason: Option<At<String>>,
    /// Of which segment of customers.
    pub segment: Option<At<String>>,
    /// Of which dependency.
    pub of: Option<At<String>>,
    /// While this disturbance lasts.
    pub during: Option<At<String>>,
    /// After this disturbance.
    pub after: Option<At<String>>,
    /// At most this, in the measure's unit.
    pub max: Option<At<Figure>>,
    /// At least this, in the measure's unit.
    pub min: Option<At<Figure>>,
    /// T of a service level.
    pub within: Option<At<Length>>,
}
