//! The continuity plan as written.

use super::{Action, Distribution, Figure, Length, Moment, Named, TextOrMap, text_or_map, text_or_map_schema};
use crate::scenario::tree::At;
use crate::units;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// A file that holds only a plan, for `--plan FILE`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// The plan.
    pub plan: Plan,
}

/// What the desk does when something it leans on goes down.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// How trouble is noticed, by dependency.
    #[serde(default)]
    pub notice: Named<Notice>,
    /// What is done about it.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What customers are told while it is broken.
    pub updates: Option<Updates>,
}

/// How trouble with one dependency is noticed: by a probe, by people, by its vendor's word. Whichever is first counts, for
/// down and for up again. Without `people_notice` and `vendor_says` there is a probe even if nothing is said of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// How often it is asked.
    pub probe: Option<At<Length>>,
    /// So many failed answers in a row mean down; as many good ones mean up again.
    pub failures: Option<At<u32>>,
    /// So long after an outage begins somebody notices, if it is still on then; so long after its end, that it is over. Only
    /// a simulation has such people.
    pub people_notice: Option<At<Distribution>>,
    /// What the vendor says of itself. Only a simulation has such a vendor.
    pub vendor_says: Option<VendorSays>,
}

/// A vendor that tells of its own outages, late.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VendorSays {
    /// So long after the outage begins, if it is still on then, and so long after its end. Real vendors: median 42 min.
    pub after: At<Distribution>,
}

/// One rule: when this holds (for `after`), do that; undone when it no longer holds, or by `until`. What cannot be undone is
/// not: people who came stay, offers that were made stand. It is looked at every ten seconds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name; made from its number if not said.
    pub name: Option<At<String>>,
    /// The condition.
    pub when: At<When>,
    /// How long the condition must have held.
    pub after: Option<Length>,
    /// What undoes it, in place of the end of `when`: a length (`2h`), or a condition of its own (`{up: [llm]}`,
    /// `{kpi: wait, channel: phone, below: 1m}`).
    pub until: Option<At<Until>>,
    /// How often it acts in a run at the most; without limit if not said.
    pub at_most: Option<At<u32>>,
    /// The earliest next time, counted from when it was undone. One that `until` undid while `when` still held acts again after
    /// this, and without it only when `when` has come anew.
    pub cool_down: Option<Length>,
    /// It acts in a drill too, where the written plan otherwise leaves the desk to those who take part.
    pub auto: Option<bool>,
    /// What is done.
    #[serde(rename = "do")]
    pub actions: Vec<At<Action>>,
}

/// When a rule acts: `down`, a live figure above a limit, or a moment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// From this moment on, whatever the state of the desk: what was decided in a drill, or is decided beforehand.
    pub at: Option<At<Moment>>,
    /// All of these are down, as the desk's own probes see it.
    pub down: Option<Vec<At<String>>>,
    /// A live figure: wait, waiting, abandonment, blocked.
    pub kpi: Option<At<String>>,
    /// Of which channel; of all if not said.
    pub channel: Option<At<String>>,
    /// The limit, in the figure's unit.
    pub above: Option<At<Figure>>,
    /// How long it must stay above.
    #[serde(rename = "for")]
    pub held_for: Option<Length>,
    /// The window of a share.
    pub over: Option<Length>,
}

/// What undoes a rule.
#[derive(Clone, Debug)]
pub enum Until {
    /// It has acted for so long.
    Length(Length),
    /// Something holds.
    Holds(UntilWhen),
}

/// What undoes a rule: `up`, or a live figure at or below a limit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UntilWhen {
    /// All of these are up, as far as the desk knows.
    pub up: Option<Vec<At<String>>>,
    /// A live figure: wait, waiting, abandonment, blocked.
    pub kpi: Option<At<String>>,
    /// Of which channel; of all if not said.
    pub channel: Option<At<String>>,
    /// The limit, in the figure's unit.
    pub below: Option<At<Figure>>,
    /// How long it must stay at or below the limit.
    #[serde(rename = "for")]
    pub held_for: Option<Length>,
    /// The window of a share.
    pub over: Option<Length>,
}

impl TextOrMap for Until {
    type Map = UntilWhen;
    const ABOUT: &'static str =
        "a length (`2h`), or a condition (`{up: [llm]}`, `{kpi: wait, channel: phone, below: 1m}`)";
    fn text_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Length>()
    }
    fn text(text: &str) -> Result<Self, units::UnitError> {
        units::duration(text).map(|length| Self::Length(Length(length)))
    }
    fn map(map: UntilWhen) -> Self {
        Self::Holds(map)
    }
}

impl<'de> Deserialize<'de> for Until {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_map(deserializer)
    }
}

impl JsonSchema for Until {
    fn schema_name() -> Cow<'static, str> {
        "until".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        text_or_map_schema::<Self>(generator)
    }
}

/// A live figure held against a limit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Live {
    /// A live figure: wait, waiting, abandonment, blocked.
    pub kpi: At<String>,
    /// Of which channel; of all if not said.
    pub channel: Option<At<String>>,
    /// The limit, in the figure's unit.
    pub above: At<Figure>,
    /// How long it must stay above.
    #[serde(rename = "for")]
    pub held_for: Option<Length>,
    /// The window of a share.
    pub over: Option<Length>,
}

/// What customers are told while it is broken.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Updates {
    /// The dependency where it is posted.
    pub over: At<String>,
    /// The first within this of noticing.
    pub first_within: Option<Length>,
    /// Then as often as this.
    pub every: Option<At<Length>>,
    /// The all-clear.
    pub say_when_back: Option<SayWhenBack>,
    /// Customers who are called in person.
    pub call_personally: Option<CallPersonally>,
}

/// The all-clear.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SayWhenBack {
    /// So long after the desk notices the recovery.
    pub after_fix: Length,
}

/// Customers who are called in person. In a rehearsal they are behind one number a segment: `+15005550200` for the first
/// one of the desk file, and so on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallPersonally {
    /// Which group.
    pub segment: At<String>,
    /// Within this of noticing.
    pub within: Length,
}
