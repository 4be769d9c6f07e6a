//! More demand than a normal day has.

use super::{Channel, Id, Reason, Scenario, Segment, Window};
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// More contacts than a normal day has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Surge {
    /// Its name.
    pub name: String,
    /// What it does to demand.
    pub effect: SurgeEffect,
    /// When it is at its height.
    pub window: Window,
    /// It builds up over this, before the window.
    pub rise: Span,
    /// It dies away over this, after the window.
    pub fall: Span,
    /// The outage that causes it; `window`, `rise` and `fall` are then made from it ([`Scenario::follow_outages`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because_of: Option<BecauseOf>,
}

impl Surge {
    /// The moment from which on nothing of it is left, its wave included.
    pub fn over(&self) -> Time {
        let wave = self.wave().map_or(Time::ZERO, |wave| wave.from + wave.within);
        wave.max(self.window.to + self.fall)
    }
    /// Whether it is no disturbance but the normal day itself: a trace in place of the rates.
    pub fn is_normal(&self) -> bool {
        matches!(&self.effect, SurgeEffect::Trace(trace) if !trace.instead.is_empty())
    }
    /// The contacts that come once the outage behind it is over.
    pub fn wave(&self) -> Option<&Wave> {
        self.because_of.as_ref()?.wave.as_ref()
    }
}

/// What a surge adds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum SurgeEffect {
    /// The first contacts of these channels are multiplied.
    Times {
        /// The factor at its height.
        factor: f64,
        /// Which channels; all if empty.
        channels: Vec<Id<Channel>>,
        /// Only contacts with this reason.
        reason: Option<Id<Reason>>,
    },
    /// So many more contacts a second.
    Add {
        /// Contacts a second at its height.
        per_second: f64,
        /// The mix of channels they come by; shares sum to one.
        channels: Vec<(Id<Channel>, f64)>,
        /// Always this reason.
        reason: Option<Id<Reason>>,
        /// Each of them brings more: a storm.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        burst: Option<Burst>,
    },
    /// What a message to many customers brings, from the beginning of the window on.
    Send {
        /// Contacts expected in all.
        contacts: f64,
        /// Half of those who will contact have done so this long after they got it.
        half_within: Span,
        /// It goes out evenly over this.
        over: Span,
        /// The mix of channels they come by; shares sum to one.
        channels: Vec<(Id<Channel>, f64)>,
        /// Always this reason.
        reason: Option<Id<Reason>>,
    },
    /// Contacts that were recorded.
    Trace(Trace),
}

/// A storm: contacts bring contacts. A Hawkes process with an exponential kernel (Hawkes 1971), whose branching ratio is `echo`:
/// in all it brings 1 / (1 - echo) times the contacts that start it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Burst {
    /// How many more each contact brings by itself, on average; below one.
    pub echo: f64,
    /// How long after it, on average.
    pub after: Span,
}

/// The outage that causes a surge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BecauseOf {
    /// Its place among the outages of the scenario.
    pub outage: u16,
    /// How long the surge takes to die away once the outage is over.
    pub lingers: Span,
    /// Contacts that come once it is over.
    pub wave: Option<Wave>,
}

/// Contacts that come once an outage is over: most at once, then fewer in a straight line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wave {
    /// Contacts expected in all.
    pub contacts: f64,
    /// The end of the outage's recovery; set by [`Scenario::follow_outages`].
    pub from: Time,
    /// After this the last has come.
    pub within: Span,
    /// The mix of channels they come by; shares sum to one.
    pub channels: Vec<(Id<Channel>, f64)>,
    /// Always this reason.
    pub reason: Option<Id<Reason>>,
}

/// Contacts that were recorded, as they come in this scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trace {
    /// The file, as it is written.
    pub file: String,
    /// Its rows in order of time, those that lie within the scenario.
    pub rows: Arc<[TraceRow]>,
    /// Each row is so many contacts; a part of one is drawn.
    pub scale: f64,
    /// The channels whose rates it stands in place of; empty: it comes on top.
    pub instead: Vec<Id<Channel>>,
    /// Rows that lie outside the scenario, or are of other channels or reasons.
    pub left_out: u32,
    /// Where nothing was recorded for over an hour while a channel was open.
    pub gaps: Vec<Window>,
}

/// One recorded contact.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceRow {
    /// When it comes.
    pub at: Time,
    /// By which channel.
    pub channel: Id<Channel>,
    /// Why; `None`: drawn as for any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Id<Reason>>,
    /// Of which group; `None`: drawn as for any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<Id<Segment>>,
    /// How long a person needs for it; `None`: drawn as for any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<Span>,
}

impl Scenario {
    /// Sets the surges that outages cause by their outages. Whoever changes an outage of a resolved scenario calls it.
    ///
    /// A surge builds up as the outage does (`rises_over`), is at its height to the end of its `for`, and dies away over its
    /// `recovers_over` and what the surge lingers. One that comes and goes, or hits only some, counts as there all the time:
    /// customers do not know when it is up.
    pub fn follow_outages(&mut self) {
        for surge in &mut self.surges {
            let Some(because) = &mut surge.because_of else { continue };
            let Some(outage) = self.outages.get(usize::from(because.outage)) else { continue };
            let (from, to) = (outage.window.from + outage.rises_over, outage.window.to);
            surge.window = Window { from: from.min(to), to };
            surge.rise = outage.rises_over;
            surge.fall = outage.recovers_over + because.lingers;
            if let Some(wave) = &mut because.wave {
                wave.from = outage.window.to + outage.recovers_over;
            }
        }
    }
}
