//! The drill in a scenario: who takes part, what they may do, what is played to them.

use super::{Absence, Action, Dependency, Expectation, Id, Live, Outage};
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
    /// A status update goes out over this.
    pub posts: Option<Id<Dependency>>,
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
    /// What breaks from then on, with windows likewise.
    pub outages: Vec<Outage>,
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
