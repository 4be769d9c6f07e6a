//! The drill in a scenario: who takes part, what they may do, what is played to them.

use super::{Absence, Action, Expectation, Id, Live};
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// What a drill adds to a day. Its lists are in the order of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drill {
    /// Its title.
    pub title: String,
    /// What it is about, in a paragraph for those who take part; it gives nothing away.
    pub about: String,
    /// The recorded incident that it is built on, by its name in the library.
    pub based_on: Option<String>,
    /// The language of its texts and pages.
    pub language: Language,
    /// What it exercises.
    pub objectives: Vec<Objective>,
    /// Who takes part.
    pub roles: Vec<Role>,
    /// Exercise seconds in a second of the wall, to begin with.
    pub pace: f64,
    /// The clock stops when one of these is sent.
    pub hold_at: Vec<Id<Inject>>,
    /// What participants know late.
    pub fog: Fog,
    /// What participants can do to the desk.
    pub levers: Vec<Lever>,
    /// What is played to them.
    pub injects: Vec<Inject>,
    /// What is expected of them.
    pub expect: Vec<Expected>,
    /// The questions of the hot wash.
    pub questions: Vec<String>,
}

/// More often than this, by the clock on the wall, nobody can act on what is played.
const CROWDED: Span = Span::from_secs(600);
/// Longer than this, by the clock on the wall, nobody sits still.
const QUIET: Span = Span::from_secs(480);

impl Drill {
    /// Why people could not follow it at its pace, in a day of this length: too much to act on, or nothing to decide for long.
    pub fn hard_to_follow(&self, length: Span) -> Vec<String> {
        let wall = |span: Span| Span::from_secs((span.secs_f64() / self.pace).round() as i64);
        let mut said = Vec::new();
        let (injects, lasts) = (self.injects.len(), wall(length));
        if CROWDED.secs_f64() * injects as f64 > lasts.secs_f64().max(1.0) {
            said.push(format!(
                "{injects} injects in {lasts} (at a pace of {}): people can act on one in {CROWDED}",
                self.pace
            ));
        }
        let deadlines = self.expect.iter().filter_map(|expected| match expected.of {
            ExpectedOf::Lever { by, .. } => by,
            _ => None,
        });
        let mut asked: Vec<Time> = self.injects.iter().filter_map(Inject::due).chain(deadlines).collect();
        asked.extend([Time::ZERO, Time::ZERO + length]);
        asked.sort_unstable();
        // What waits for a state of the desk may come in any gap.
        let known = self.injects.iter().all(|inject| inject.due().is_some());
        let longest = asked.windows(2).max_by_key(|pair| pair[1].since(pair[0]));
        if let Some(gap) = longest.filter(|gap| known && wall(gap[1].since(gap[0])) > QUIET) {
            said.push(format!(
                "nothing needs deciding from {} to {}: {} on the wall at a pace of {}",
                gap[0],
                gap[1],
                wall(gap[1].since(gap[0])),
                self.pace
            ));
        }
        said
    }
}

/// The language of texts and pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

/// Something that the drill exercises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// Its id.
    pub id: String,
    /// What it says.
    pub text: String,
}

/// Someone's part in the drill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// So many people should have it.
    pub at_least: u32,
    /// Not offered to those who join: evaluators, who rate.
    pub hidden: bool,
}

/// What participants know late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fog {
    /// How late a vendor tells of its own trouble.
    pub vendor_status: Span,
    /// How late the dashboards are.
    pub dashboards: Span,
}

/// Something that participants can do to the desk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lever {
    /// Its name.
    pub name: String,
    /// Who can do it; `None`: any role that is not hidden.
    pub role: Option<Id<Role>>,
    /// From the decision until it works.
    pub delay: Span,
    /// What it does to the desk.
    pub actions: Vec<Action>,
    /// It ends what another lever did.
    pub undoes: Option<Id<Lever>>,
    /// Whoever pulls it must say something.
    pub wants_text: bool,
    /// It can be pulled once.
    pub once: bool,
    /// How long after a pull it can be pulled again.
    pub cool_down: Span,
    /// What a pull costs, in the desk's currency.
    pub cost: f64,
    /// The chance that it works.
    pub chance: f64,
    /// The objective that it serves.
    pub serves: Option<Id<Objective>>,
}

/// Something that is played to participants.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inject {
    /// Its name.
    pub name: String,
    /// What sets it off.
    pub trigger: Trigger,
    /// The roles that get it; none is everybody.
    pub to: Vec<Id<Role>>,
    /// How it reaches them.
    pub via: Via,
    /// From whom.
    pub from: String,
    /// The words.
    pub say: String,
    /// What is expected of it.
    pub expect: Vec<Id<Expected>>,
    /// Who is missing from then on; their windows are counted from the moment it is sent.
    pub absences: Vec<Absence>,
}

/// What sets an inject off.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Trigger {
    /// A moment.
    At(Time),
    /// The state of the desk.
    When(Live),
    /// A lever that nobody pulled by then.
    Unless {
        /// The lever.
        lever: Id<Lever>,
        /// By when.
        by: Time,
    },
}

impl Inject {
    /// When it is due, where that is known before.
    pub fn due(&self) -> Option<Time> {
        match self.trigger {
            Trigger::At(at) | Trigger::Unless { by: at, .. } => Some(at),
            Trigger::When(_) => None,
        }
    }
}

/// How something reaches people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Via {
    /// A chat message.
    Chat,
    /// A mail.
    Mail,
    /// Somebody rings.
    Phone,
    /// It is in the news.
    News,
}

impl Via {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Mail => "mail",
            Self::Phone => "phone",
            Self::News => "news",
        }
    }
}

/// Something that is expected of participants.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Expected {
    /// Its id.
    pub id: String,
    /// The objective that it tells of.
    pub objective: Option<Id<Objective>>,
    /// What is expected.
    pub of: ExpectedOf,
}

/// What is expected of participants.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ExpectedOf {
    /// A lever is pulled by a moment; `None`: at all.
    Lever {
        /// The lever.
        lever: Id<Lever>,
        /// By when.
        by: Option<Time>,
    },
    /// A measure of the day keeps a limit.
    Measure(Box<Expectation>),
    /// Somebody watches for it and rates it.
    Observe(String),
}
