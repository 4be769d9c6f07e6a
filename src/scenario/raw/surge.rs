//! More contacts than a normal day has: a surge by the clock, one that an outage causes, what a message to many brings, a storm,
//! a recorded trace.

use super::{Length, Moment, Number, Rate, Share};
use crate::scenario::tree::At;
use schemars::JsonSchema;
use serde::Deserialize;

/// More contacts than a normal day has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Surge {
    /// Its name; made from its number if not said.
    pub name: Option<At<String>>,
    /// The channels it reaches; all if not said. Of a trace: only rows of these.
    pub channels: Option<Vec<At<String>>>,
    /// Only this reason. Of a trace: only rows with it, and those that have none get it.
    pub reason: Option<At<String>>,
    /// The first contacts are multiplied by this at its height.
    pub times: Option<At<Number>>,
    /// So many contacts more at its height.
    pub add: Option<At<Rate>>,
    /// When it is at its height. Of a send: when it goes out. Of a trace: when its first row comes; if not said, rows come at
    /// their own clock time, the first day of the file on the first day of the scenario.
    pub at: Option<At<Moment>>,
    /// For how long.
    #[serde(rename = "for")]
    pub length: Option<At<Length>>,
    /// Until when (instead of `for`).
    pub until: Option<At<Moment>>,
    /// It builds up over this, before `at`.
    pub rise: Option<At<Length>>,
    /// It dies away over this, after its height.
    pub fall: Option<At<Length>>,
    /// The outage that causes it, in place of `at` and `for`: it builds up as the outage does, is at its height to the outage's
    /// end, and dies away over its `recovers_over`. An outage that comes and goes counts as there all the time.
    pub because_of: Option<At<String>>,
    /// So much longer it takes to die away after the outage that causes it.
    pub lingers: Option<At<Length>>,
    /// Contacts that come once the outage that causes it is over.
    pub wave: Option<At<Wave>>,
    /// Contacts bring contacts, as in a storm on social media: with `add`, which is what starts it.
    pub burst: Option<At<Burst>>,
    /// A message to many customers, some of whom contact; it goes out `at`.
    pub send: Option<At<Sending>>,
    /// A trace: a CSV file with a row for each contact, beside or below the scenario.
    pub replay: Option<At<String>>,
    /// How the columns of the trace are called, where not `at`, `channel`, `reason`, `segment` and `handle`.
    pub columns: Option<At<Columns>>,
    /// How fast the trace is played: 2 is twice as fast.
    pub speed: Option<At<Number>>,
    /// Each row of the trace is so many contacts; a part of one is drawn.
    pub scale: Option<At<Number>>,
    /// The trace is in place of the rates of its channels, for the whole scenario; else it comes on top.
    pub instead: Option<At<bool>>,
}

/// Contacts that come once an outage is over: most at once, then fewer and fewer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// How many, on average.
    pub of: At<Number>,
    /// After this the last has come.
    pub within: At<Length>,
}

/// Contacts bring contacts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// How many more each contact brings by itself, on average: `70%` is seven for ten; in all that is 3.3 times what starts it.
    pub echo: At<Share>,
    /// How long after it they come, on average.
    pub after: At<Length>,
}

/// A message to many customers, some of whom contact.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sending {
    /// How many customers get it.
    pub to: At<u32>,
    /// The share of them that contacts because of it.
    pub contact_rate: At<Share>,
    /// Half of those who contact have done so this long after they got it.
    pub half_within: At<Length>,
    /// It goes out evenly over this; at once if not said.
    pub over: Option<At<Length>>,
}

/// How the columns of a trace are called. Only the first must be there.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// When the contact came: `2025-11-28T09:30:00+01:00`, `2025-11-28 09:30`, `09:30:15`, or a duration or a number of seconds
    /// from the start; `at` if not said.
    pub at: Option<At<String>>,
    /// By which channel of the desk; `channel` if not said.
    pub channel: Option<At<String>>,
    /// Why, a reason of the desk; `reason` if not said.
    pub reason: Option<At<String>>,
    /// Of which group of customers; `segment` if not said.
    pub segment: Option<At<String>>,
    /// How long a person needed for it, a duration or a number of seconds; `handle` if not said.
    pub handle: Option<At<String>>,
}
