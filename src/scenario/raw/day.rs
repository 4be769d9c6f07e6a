//! A scenario file: one bad day that happens to a desk, and what must still hold.

use super::{Cut, Distribution, Drill, Expectation, Length, Live, Moment, Number, People, Share, Surge, Target};
use crate::scenario::tree::At;
use schemars::JsonSchema;
use serde::Deserialize;

/// One bad day that happens to a desk, and what must still hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Another scenario file that this one changes: lists with `name` merge by name, other lists are replaced, `null` removes.
    pub extends: Option<String>,
    /// The scenario's name.
    pub scenario: At<String>,
    /// A sentence about it.
    pub about: Option<String>,
    /// The desk file it happens to, beside or below this file.
    pub desk: At<String>,
    /// The clock at the start: `2026-11-27 08:00 Europe/Paris`; a Monday at midnight, UTC, if not said.
    pub start: Option<At<String>>,
    /// From the start to the last moment at which a contact can begin.
    pub length: At<Length>,
    /// The first part of `length`: it runs, but is not measured.
    pub warm_up: Option<At<Length>>,
    /// How long the desk runs on after the end so that open contacts can end.
    pub drain: Option<At<Length>>,
    /// More demand than normal.
    #[serde(default)]
    pub surges: Vec<At<Surge>>,
    /// What breaks.
    #[serde(default)]
    pub outages: Vec<At<Outage>>,
    /// Who is missing.
    #[serde(default)]
    pub absences: Vec<At<Absence>>,
    /// When to end the day early.
    #[serde(default)]
    pub stop_if: Vec<Live>,
    /// What must hold.
    #[serde(default)]
    pub expect: Vec<At<Expectation>>,
    /// The system under test in a rehearsal; the built-in reference desk if not said.
    pub target: Option<At<Target>>,
    /// What only a drill acts on.
    pub drill: Option<At<Drill>>,
}

/// Something the desk leans on is broken for a while. Without `fails` and `slow` it fails whole, in the vendor's usual way; with
/// `slow` alone nothing fails.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Its name; made from its number if not said.
    pub name: Option<At<String>>,
    /// What is broken.
    pub of: At<String>,
    /// From when.
    pub at: At<Moment>,
    /// For how long.
    #[serde(rename = "for")]
    pub length: Option<At<Length>>,
    /// Until when (instead of `for`).
    pub until: Option<At<Moment>>,
    /// Which requests fail, and how.
    pub fails: Option<At<Fails>>,
    /// Requests that do not fail take this much longer.
    pub slow: Option<At<Distribution>>,
    /// It comes and goes, beginning with down.
    pub flaps: Option<At<Flaps>>,
    /// The share that fails rises from nothing to its height over this, from the start.
    pub rises_over: Option<At<Length>>,
    /// The share that fails falls to nothing over this, after the end.
    pub recovers_over: Option<At<Length>>,
    /// Calls in progress end.
    pub drops_calls: Option<bool>,
    /// A recorded incident that is replayed, by its name in `holdline incidents`: it says how long this lasts, who fails and
    /// how, so nothing of that is written beside it.
    pub like: Option<At<String>>,
    /// So many times faster goes a replayed incident by: every time of its course is divided by this. What a request meets
    /// (how slow, what it is told) stays as it was.
    pub compress: Option<At<Number>>,
}

/// Which requests fail, and how.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fails {
    /// Share that fails; 100% if not said.
    pub share: Option<Share>,
    /// The failure mode, by its name in the catalogue: `openai.overloaded`, `hang`.
    pub with: Option<At<String>>,
    /// Who is hit.
    pub hits: Option<At<Hits>>,
    /// Only requests, or webhooks, that are so: everything that is said must hold. For rehearsals and `mocks`.
    #[serde(rename = "match")]
    pub narrow: Option<At<Match>>,
    /// Only so many are hit, the first ones. For rehearsals and `mocks`.
    pub first: Option<At<u32>>,
    /// How long the vendor says to wait before the next try, where this failure says so.
    pub retry_after: Option<At<Length>>,
    /// The status of the reply, where this failure is one; its own if not said. For rehearsals and `mocks`.
    pub status: Option<At<u16>>,
    /// How late a webhook comes that is delayed or overtaken; 1s if not said.
    pub late: Option<At<Length>>,
}

/// Which requests, or webhooks, a failure is for: each by what it asks for and says.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// What it asks for, as the journal names it: `chat.completions`, `tickets.create`; of a webhook its kind.
    pub endpoint: Option<String>,
    /// Its method: `GET`, `POST`.
    pub method: Option<String>,
    /// What its path begins with.
    pub path: Option<String>,
    /// Words somewhere in its path, query or body.
    pub text: Option<String>,
    /// The `model` of its body.
    pub model: Option<String>,
    /// The `channel` of its body.
    pub channel: Option<String>,
    /// The `to` of its body.
    pub to: Option<String>,
    /// The `from` of its body.
    pub from: Option<String>,
}

/// Who is hit when only a share fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hits {
    /// Each request by itself.
    Requests,
    /// The same customers all the time.
    Customers,
    /// A share of a carrier's `lines`: the others carry the calls as long as there are enough.
    Lines,
}

/// Down and up in turn, beginning with down.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flaps {
    /// So long down.
    pub down: At<Length>,
    /// So long up.
    pub up: At<Length>,
}

/// People who are not there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Its name; made from its number if not said.
    pub name: Option<At<String>>,
    /// Whose people.
    pub team: At<String>,
    /// From when; from the start if not said.
    pub at: Option<At<Moment>>,
    /// For how long; to the end if not said.
    #[serde(rename = "for")]
    pub length: Option<At<Length>>,
    /// Until when (instead of `for`).
    pub until: Option<At<Moment>>,
    /// How many: `4`, or a share of those scheduled (`25%`).
    pub people: Option<At<People>>,
    /// Everyone independently with this chance.
    pub each: Option<At<Share>>,
    /// The word for it in reports: sick, no-show, …
    pub kind: Option<String>,
    /// What happens to the work in hand.
    pub cut: Option<Cut>,
    /// An illness that spreads through the team.
    pub outbreak: Option<At<Outbreak>>,
    /// With which chance it comes to pass at all, drawn once a day for all of them together; surely if not said.
    pub chance: Option<At<Share>>,
    /// They are late: each comes so long after `at`, or after the beginning of their shift if that is not said. Everyone of
    /// the team if not said who.
    pub late: Option<At<Distribution>>,
    /// They leave early: each goes so long after `at`, or after the beginning of their shift if that is not said. Everyone of
    /// the team if not said who.
    pub leaves: Option<At<Distribution>>,
    /// The place where the team works is closed: all are missing, and those who can work on from home.
    pub closed: Option<At<Closed>>,
}

/// A place of work that is closed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// The share of the team that can work from home; nobody if not said.
    pub from_home: Option<At<Share>>,
    /// How long it takes them until they work on.
    pub after: At<Length>,
}

/// An illness that spreads through a team: after a time t, `first` × 2^(t / `doubles_every`) of its people have had it, drawn
/// from those who are there and have not. Nobody gets it twice.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outbreak {
    /// So many have it at the beginning.
    pub first: At<u32>,
    /// In this time twice as many have had it.
    pub doubles_every: At<Length>,
    /// Each is away for so long.
    pub away_for: At<Length>,
}
