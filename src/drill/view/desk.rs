//! The floor and what it depends on, as a seat knows them.

use super::Seconds;
use serde::Serialize;

/// The floor at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Floor {
    /// The moment it shows: earlier than now where fog delays the dashboards.
    pub as_of: Seconds,
    /// The channels, in the desk's order.
    pub channels: Vec<Channel>,
    /// The teams, in the desk's order.
    pub teams: Vec<Team>,
}

/// A channel at one moment. Counts are since the start of the day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// `phone`, `chat`, `email` and the like.
    pub kind: String,
    /// Contacts that came through to the desk.
    pub arrived: u64,
    /// Waiting for the bot or a person now.
    pub waiting: u64,
    /// Not done with: waiting, with the bot, with a person, put aside.
    pub backlog: u64,
    /// How long the one who waits longest has waited; none: nobody waits.
    pub longest_wait: Option<Seconds>,
    /// Gave up.
    pub abandoned: u64,
    /// Dealt with.
    pub done: u64,
    /// Share answered within the target in the last half hour; none: nothing was answered.
    pub service_level: Option<f64>,
    /// The target's length, for the label.
    pub service_within: Option<Seconds>,
}

/// A team at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Planned to be here now.
    pub scheduled: u32,
    /// Here.
    pub present: u32,
    /// With a customer.
    pub busy: u32,
    /// Planned and not here.
    pub absent: u32,
}

/// The floor over time, a column a channel; all columns are as long as each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Trend {
    /// The distance of two samples.
    pub every: Seconds,
    /// The columns. Sample `n` is of the moment `n × every`.
    pub channels: Vec<TrendOf>,
}

/// A channel over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrendOf {
    /// The channel.
    pub channel: String,
    /// Waiting.
    pub waiting: Vec<u32>,
    /// Not done with.
    pub backlog: Vec<u32>,
    /// Service level of the last half hour in percent; none: nothing was answered.
    pub service: Vec<Option<u8>>,
}

/// How well a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Works.
    Up,
    /// Works badly.
    Degraded,
    /// Does not work.
    Down,
    /// Nobody can tell yet.
    Unknown,
}

/// A service that the desk depends on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// How it is, as far as this seat may know.
    pub health: Health,
    /// What its status page says, where it has one.
    pub says: String,
    /// Since when it is known to be so.
    pub since: Option<Seconds>,
    /// How it truly is (facilitator alone).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<Health>,
    /// What truly is broken, in words (facilitator alone).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth_says: Option<String>,
}
