//! Expectations and the system under test, as written.

use super::{Figure, Length, Named, OfRuns, Share};
use crate::scenario::tree::At;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One thing that must hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Its name; made from its words if not said.
    pub name: Option<String>,
    /// The measure.
    #[schemars(extend("enum" = crate::scenario::kpi::words()))]
    pub kpi: At<String>,
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
    /// While this disturbance lasts; `any`: while any outage lasts; `baseline`: before the first disturbance; `whole`: all day.
    pub during: Option<At<String>>,
    /// After this disturbance, until the desk has recovered.
    pub after: Option<At<String>>,
    /// At most this, in the measure's unit.
    pub max: Option<At<Figure>>,
    /// At least this, in the measure's unit.
    pub min: Option<At<Figure>>,
    /// T of a service level.
    pub within: Option<At<Length>>,
    /// Which contacts count for a service level.
    pub count: Option<Count>,
    /// Who gives up sooner than this is a short abandon.
    pub short_abandons: Option<Length>,
    /// What counts as recovered: the least share of the baseline that is served.
    pub minimum: Option<Share>,
    /// For how long it must hold to count as recovered.
    pub held_for: Option<Length>,
    /// What a miss means: `warn` only warns.
    pub otherwise: Option<Otherwise>,
    /// Instead of the mean over runs: this share of the runs must keep the limit.
    #[serde(rename = "in")]
    pub in_runs: Option<OfRuns>,
    /// No samples is no fault.
    pub allow_empty: Option<bool>,
}

/// A statistic of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stat {
    /// The mean.
    Mean,
    /// The median.
    P50,
    /// The 90th percentile.
    P90,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
}

/// Which contacts count for a service level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Count {
    /// All that entered the queue.
    Offered,
    /// Only the answered.
    Answered,
    /// All that entered the queue, but for short abandons.
    WithoutShortAbandons,
}

/// What a miss means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The run is bent, not broken.
    Warn,
    /// The run is broken (as if nothing were said).
    Fail,
}

/// The system under test. Only a rehearsal acts on it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The program and its arguments.
    pub command: Option<Vec<String>>,
    /// Where an already running target is.
    pub url: Option<String>,
    /// Its own environment; the vendors' exports are added.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// How to know that it is ready.
    pub ready: Option<Ready>,
    /// It has no timers of its own, so a pace other than 1 is honest.
    pub pace_safe: Option<bool>,
    /// Where it hears of contacts, by channel.
    #[serde(default)]
    pub receives: Named<At<Receives>>,
    /// Where the simulated people of each team look for work.
    #[serde(default)]
    pub works: Named<At<Works>>,
}

/// How to know that the target is ready.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// A URL that answers with a success.
    pub http: String,
    /// How long to wait for that.
    pub within: Option<Length>,
}

/// Where a target hears of the contacts of a channel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Receives {
    /// Slack events are posted to this URL.
    SlackEvents(String),
    /// The target opens a Socket Mode connection to Slack: `true`.
    SlackSocket(bool),
    /// Twilio asks this URL what to do with a call.
    TwilioVoice(String),
    /// Zendesk's webhook calls this URL.
    ZendeskWebhook(String),
}

/// Where the simulated people of a team look for work.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Works {
    /// Messages in this Slack channel.
    SlackChannel(String),
    /// Members of this Twilio queue.
    TwilioQueue(String),
    /// Tickets of this Zendesk group.
    ZendeskGroup(String),
}
