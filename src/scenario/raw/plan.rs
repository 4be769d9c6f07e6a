//! The continuity plan as written.

use super::{Figure, Length, Named, Refused, Share};
use crate::scenario::tree::At;
use schemars::JsonSchema;
use serde::Deserialize;

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

/// A probe of one dependency.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// How often it is asked.
    pub probe: Option<At<Length>>,
    /// So many failed answers in a row mean down; as many good ones mean up again.
    pub failures: Option<At<u32>>,
}

/// One rule: when this holds (for `after`), do that; undone when it no longer holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name; made from its number if not said.
    pub name: Option<At<String>>,
    /// The condition.
    pub when: At<When>,
    /// How long the condition must have held.
    pub after: Option<Length>,
    /// What is done.
    #[serde(rename = "do")]
    pub actions: Vec<At<Action>>,
}

/// When a rule acts: `down`, or a live figure above a limit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
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

/// One thing a plan can do.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The bot changes how it answers.
    Bot(BotAction),
    /// A channel runs over another carrier: `{phone: mobile}`.
    Carry(Named<At<String>>),
    /// People on call come.
    CallIn(CallIn),
    /// Those who wait may choose to be called back.
    OfferCallback(OfferCallback),
    /// Those who wait are asked to take another channel.
    Announce(Announce),
    /// Not built yet.
    Compensate(Refused),
}

/// The bot changes how it answers: another model, or prepared answers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BotAction {
    /// The model it asks instead.
    #[serde(rename = "use")]
    pub uses: Option<At<String>>,
    /// It answers without a model: `faq`.
    pub answer_from: Option<AnswerFrom>,
    /// Share of contacts that such an answer solves.
    pub solves: Option<Share>,
}

/// Where a bot without a model takes its answers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFrom {
    /// Prepared texts.
    Faq,
}

/// People on call come.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallIn {
    /// Which team.
    pub team: At<String>,
    /// How long until they work.
    pub ready_in: Option<Length>,
}

/// Those who wait may choose to be called back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferCallback {
    /// On which channel; on every call channel if not said.
    pub channel: Option<At<String>>,
    /// Share who accept.
    pub accepted: Option<Share>,
}

/// Those who wait are asked to take another channel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Announce {
    /// Where they wait.
    pub from: At<String>,
    /// Where they are sent.
    pub to: At<String>,
    /// Share who go.
    pub accepted: Share,
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
