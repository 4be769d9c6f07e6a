//! What a plan can do.

use super::{Change, Length, Named, Number, People, Share, TextOrMap, text_or_map, text_or_map_schema};
use crate::scenario::tree::At;
use crate::units;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

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
    /// A channel is closed with a message; who waits there already stays.
    Close(Close),
    /// People at the end of their shift stay on.
    Overtime(Overtime),
    /// Some people of a team answer another channel first.
    Move(Move),
    /// People take less time for a contact.
    Shorten(Shorten),
    /// A group of customers is served before others.
    First(First),
    /// Customers who were let down get something for it.
    Compensate(Compensate),
    /// An update is posted here, once whenever the rule begins to act.
    Update(At<String>),
}

/// The bot changes how it answers: `off`, or another model, or prepared answers.
#[derive(Clone, Debug)]
pub enum BotAction {
    /// Manual mode: whoever comes, and whoever is with the bot, is handed to people at once.
    Off,
    /// It answers otherwise.
    Answers(BotAnswers),
}

impl TextOrMap for BotAction {
    type Map = BotAnswers;
    const ABOUT: &'static str = "`off`, or how it answers (`{use: llm-backup}`, `{answer_from: faq, solves: 35%}`)";
    fn text_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": ["off"] })
    }
    fn text(text: &str) -> Result<Self, units::UnitError> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let title = format!("a bot cannot be `{}`", units::shown(text));
        Err(units::UnitError::new(title, "write `bot: off`, `bot: {use: llm-backup}` or `bot: {answer_from: faq}`"))
    }
    fn map(map: BotAnswers) -> Self {
        Self::Answers(map)
    }
}

impl<'de> Deserialize<'de> for BotAction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_map(deserializer)
    }
}

impl JsonSchema for BotAction {
    fn schema_name() -> Cow<'static, str> {
        "bot_action".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        text_or_map_schema::<Self>(generator)
    }
}

/// How the bot answers instead: out of another model, or with prepared answers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BotAnswers {
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

/// People on call come, a partner desk's among them. They stay: what is undone calls nobody home.
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

/// A channel is closed with a message. Who comes is turned away (and so counts as blocked); a share goes where the message
/// points, the others do what those do who get a busy tone. Who waits in the channel already is still served.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// Which channel.
    pub channel: At<String>,
    /// What customers are told.
    pub say: Option<String>,
    /// Where the message points.
    pub to: Option<At<String>>,
    /// Share who go there; only with `to`.
    pub accepted: Option<At<Share>>,
}

/// People at the end of their shift stay on, each with this chance. It asks those whose shift ends while the rule acts; who
/// agreed stays to the end of the overtime, whatever becomes of the rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Overtime {
    /// Which team.
    pub team: At<String>,
    /// For how long.
    #[serde(rename = "for")]
    pub length: Option<Length>,
    /// Share of those on shift who agree.
    pub accepted: Option<Share>,
}

/// Some people of a team answer another channel first, and their own when nobody waits there (blending). They finish what is in
/// hand before; a call or ticket of the other channel is taken with nothing else in hand.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Of which team.
    pub from: At<String>,
    /// Which channel they answer.
    pub to: At<String>,
    /// How many of those who are there; a share is one of the whole team.
    pub people: At<People>,
}

/// People take less time for each contact they begin (a short wrap-up, templates), which may solve fewer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shorten {
    /// Only this team.
    pub team: Option<At<String>>,
    /// Only this channel.
    pub channel: Option<At<String>>,
    /// By how much handling is shorter: `-15%`.
    pub handle: Option<At<Change>>,
    /// By how much fewer are solved the first time: `-5%`.
    pub solved_first_time: Option<At<Change>>,
}

/// A group of customers is served before others, as if its `priority` were `first`: those who come, and those who wait.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct First {
    /// Which group.
    pub segment: At<String>,
}

/// Customers who were let down get something for it: so much for each contact that was open while the rule acted and that was
/// turned away, given up, cut off or lost, or waited longer than `late`. It costs money and changes nothing else.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compensate {
    /// Only this group of customers.
    pub segment: Option<At<String>>,
    /// Only this channel.
    pub channel: Option<At<String>>,
    /// How much, in the money of `costs`.
    pub each: At<Number>,
    /// Waiting in all from which a contact counts as let down.
    pub late: Option<Length>,
}
