//! Everything a rehearsal plays with: the mocks, the ledger, and where the desk's people look for work.

use super::judge::DayJudge;
use super::ledger::{Entry, Ledger};
use super::phrases::Phrases;
use super::redact::Redactor;
use super::repeats::Repeats;
use crate::mocks::host::Running;
use crate::report::note::Note;
use crate::scenario::model::{Channel, Dependency, DependencyKind, Id, Scenario, Style, Team, Works};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The channel in which customers write.
pub const SUPPORT: &str = "support";

/// Where people look for work when the scenario does not say: the conventions of the reference desk.
const ESCALATIONS: &str = "support-escalations";
const QUEUE: &str = "support";
const GROUP: &str = "support";

/// The stage of a rehearsal.
pub struct Stage {
    /// The day.
    pub scenario: Arc<Scenario>,
    /// Who is who on the wire.
    pub ledger: Arc<Mutex<Ledger>>,
    /// The mocks.
    pub mocks: Running,
    /// Who judges what is asked of them.
    pub judge: Arc<DayJudge>,
    /// How texts without a nonce are told apart.
    pub phrases: Phrases,
    /// The number that customers call, by carrier.
    pub numbers: BTreeMap<u16, String>,
    /// Slack users of customers.
    pub(super) users: BTreeMap<u64, String>,
    /// Slack users and Zendesk agents of teams.
    pub(super) agents: BTreeMap<u16, Agent>,
    pub(super) slack_channels: BTreeSet<String>,
    pub(super) queues: BTreeSet<String>,
    pub(super) groups: BTreeSet<String>,
    /// Requests that failed, by dependency and fingerprint: the same again is a retry.
    pub(super) failed: BTreeMap<(u16, u64), Refused>,
    /// The offer that a customer hears in this very moment.
    pub(super) offered: Option<Offered>,
    /// What is to be kept for the stories of contacts.
    pub(super) notes: Vec<Note>,
    /// Takes secrets out of them.
    pub(super) redactor: Redactor,
    /// The side effects of the target.
    pub(super) repeats: Repeats,
}

/// An offer, as a customer takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offered {
    pub(super) contact: ContactId,
    /// The key of a caller who takes it.
    pub(super) key: char,
    /// The words of one who writes.
    pub(super) words: String,
}

/// A request that failed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refused {
    /// The moment before which it should not be made again, as the vendor asked.
    pub(super) not_before: Time,
    /// When its last try ended.
    pub(super) ended: Time,
    /// The pause before that try, if it was a retry.
    pub(super) pause: Option<Span>,
}

/// A person of a team as the vendors know them.
#[derive(Clone, Debug, Default)]
pub(super) struct Agent {
    pub(super) slack: Option<String>,
    pub(super) zendesk: Option<u64>,
}

impl Stage {
    /// A stage for a day.
    pub fn new(
        scenario: Arc<Scenario>,
        ledger: Arc<Mutex<Ledger>>,
        mocks: Running,
        numbers: BTreeMap<u16, String>,
        judge: Arc<DayJudge>,
    ) -> Self {
        let (mut slack_channels, mut queues, mut groups) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (_, works) in works_of(&scenario) {
            match works {
                Works::SlackChannel(name) => slack_channels.insert(name.trim_start_matches('#').to_owned()),
                Works::TwilioQueue(name) => queues.insert(name),
                Works::ZendeskGroup(name) => groups.insert(name),
            };
        }
        Self {
            redactor: Redactor::of(&scenario),
            notes: Vec::new(),
            repeats: Repeats::default(),
            scenario,
            ledger,
            mocks,
            judge,
            phrases: Phrases::shipped(),
            numbers,
            users: BTreeMap::new(),
            agents: BTreeMap::new(),
            slack_channels,
            queues,
            groups,
            failed: BTreeMap::new(),
            offered: None,
        }
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn entry(&self, contact: ContactId) -> Option<Entry> {
        self.ledger().get(contact).cloned()
    }

    /// How the contacts of a channel live.
    pub(super) fn style(&self, channel: Id<Channel>) -> Style {
        self.scenario.desk.channels[channel.index()].style
    }

    /// The first dependency of a kind that a channel runs over, else the first of that kind.
    pub(super) fn at(&self, channel: Id<Channel>, kind: DependencyKind) -> Option<Id<Dependency>> {
        let desk = &self.scenario.desk;
        let is = |id: &Id<Dependency>| desk.dependencies[id.index()].kind == kind;
        let own = desk.channels[channel.index()].over.iter().copied().find(is);
        own.or_else(|| first_of(&self.scenario, kind))
    }
}

/// The first dependency of a kind.
pub fn first_of(scenario: &Scenario, kind: DependencyKind) -> Option<Id<Dependency>> {
    scenario.desk.dependencies.iter().position(|dependency| dependency.kind == kind).map(Id::new)
}

/// Where each team looks for work: what the scenario says, else the conventions of the reference desk.
pub fn works_of(scenario: &Scenario) -> Vec<(Id<Team>, Works)> {
    let desk = &scenario.desk;
    let said = |team: Id<Team>| {
        scenario
            .target
            .as_ref()
            .and_then(|t| t.works.iter().find(|(of, _)| *of == team))
            .map(|(_, works)| works.clone())
    };
    let mut all = Vec::new();
    for (index, team) in desk.teams.iter().enumerate() {
        let id = Id::new(index);
        match said(id) {
            Some(works) => all.push((id, works)),
            None => all.extend(team.answers.iter().map(|channel| {
                let works = match desk.channels[channel.index()].style {
                    Style::Chat => Works::SlackChannel(ESCALATIONS.into()),
                    Style::Call => Works::TwilioQueue(QUEUE.into()),
                    Style::Ticket => Works::ZendeskGroup(GROUP.into()),
                };
                (id, works)
            })),
        }
    }
    all
}
