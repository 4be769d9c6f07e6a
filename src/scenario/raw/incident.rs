//! An incident file: something that happened to others, so that `like:` can replay it.

use super::{Distribution, Fails, Flaps, Kind, Length};
use crate::scenario::tree::At;
use schemars::JsonSchema;
use serde::Deserialize;

/// A recorded incident: facts in own words with their sources, and for each phase what a request met. Times count from the
/// first phase.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Its name, which `like:` refers to.
    pub incident: At<String>,
    /// What happened, in a line.
    pub title: String,
    /// What customers and people of a desk met.
    pub about: String,
    /// Whose service it was.
    pub provider: String,
    /// What part of a support desk it breaks.
    pub layer: Layer,
    /// The kinds of dependency that it is true to. On others its failures are told in their own way.
    pub fits: Vec<At<Kind>>,
    /// When it began: `2025-02-26 14:45 UTC`.
    pub began: String,
    /// What happened, in order. Phases may overlap.
    pub phases: Vec<At<IncidentPhase>>,
    /// What was said in public, and when.
    #[serde(default)]
    pub notices: Vec<Announcement>,
    /// Where this can be read.
    pub sources: Vec<String>,
}

/// A part of a support desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The language model.
    Llm,
    /// Where people chat.
    Chat,
    /// Where tickets lie.
    Ticket,
    /// Calls and texts.
    Phone,
    /// What several services stand on.
    Cloud,
    /// What the people of the desk work with.
    Staff,
}

impl Layer {
    /// Every layer, with its word.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Llm, "llm"),
        (Self::Chat, "chat"),
        (Self::Ticket, "ticket"),
        (Self::Phone, "phone"),
        (Self::Cloud, "cloud"),
        (Self::Staff, "staff"),
    ];
    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(layer, _)| *layer == self).map_or("", |(_, word)| word)
    }
}

/// A stretch of an incident in which requests met the same. Without `fails` and `slow` nothing happened: a false all-clear.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentPhase {
    /// From when on, after the incident began.
    pub at: At<Length>,
    /// Until when, after the incident began. Without it and with `recovers_over` it is a recovery from its first moment on;
    /// without both its end is not known, and a default stands in.
    pub until: Option<At<Length>>,
    /// What happened, in a sentence.
    pub effect: String,
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
    /// Whether a simulation plays it: not, if the modelled desk does nothing that would meet it. Where `match` tells requests
    /// apart, a simulation takes them all for such. True if not said.
    pub simulated: Option<bool>,
    /// What of this phase nobody published: it was chosen so that it can be played.
    #[serde(default)]
    pub assumed: Vec<At<Assumed>>,
}

/// What of a phase can be assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assumed {
    /// When it began.
    At,
    /// When it ended.
    Until,
    /// The share that failed.
    Share,
    /// How it failed.
    With,
    /// Who was hit.
    Hits,
    /// How slow it was.
    Slow,
    /// How it came and went.
    Flaps,
    /// How it set in.
    RisesOver,
    /// How it recovered.
    RecoversOver,
    /// That calls in progress ended.
    DropsCalls,
}

impl Assumed {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::At => "at",
            Self::Until => "until",
            Self::Share => "share",
            Self::With => "with",
            Self::Hits => "hits",
            Self::Slow => "slow",
            Self::Flaps => "flaps",
            Self::RisesOver => "rises_over",
            Self::RecoversOver => "recovers_over",
            Self::DropsCalls => "drops_calls",
        }
    }
    /// Whether the phase says this at all.
    pub fn is_said(self, phase: &IncidentPhase) -> bool {
        let fails = phase.fails.as_ref();
        match self {
            Self::At => true,
            Self::Until => phase.until.is_some(),
            Self::Share | Self::With => fails.is_some(),
            Self::Hits => fails.is_some_and(|fails| fails.hits.is_some()),
            Self::Slow => phase.slow.is_some(),
            Self::Flaps => phase.flaps.is_some(),
            Self::RisesOver => phase.rises_over.is_some(),
            Self::RecoversOver => phase.recovers_over.is_some(),
            Self::DropsCalls => phase.drops_calls.is_some(),
        }
    }
}

/// Something that was said in public.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// How long after the incident began; not known if not said.
    pub after: Option<Length>,
    /// What.
    pub said: String,
}
