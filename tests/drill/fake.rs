//! A drill that needs no simulation: the web layer's tests play it. Its hidden texts all hold the word `HUSH`.

#[path = "fake_words.rs"]
mod words;

use holdline::drill::play::{MakeAfter, Play};
use holdline::drill::view::*;
use holdline::time::Time;
use words::{after, cast, expectation, inject};

const LENGTH: f64 = 4.0 * 3_600.0;

/// A drill of four hours with made-up figures.
pub(crate) struct Fake {
    clock: ClockView,
    inbox: Vec<(f64, &'static str, Message)>,
    announcements: Vec<Message>,
    decisions: Vec<Decision>,
    injects: Vec<Inject>,
    expectations: Vec<Expectation>,
    hot_wash: Vec<Answer>,
    improvements: Vec<Improvement>,
    pulled: Vec<(f64, String)>,
    branches: Vec<BranchView>,
    next: u64,
}

fn refuse(code: &'static str, says: &str) -> Result<(), Refusal> {
    Err(Refusal { code, says: says.to_owned() })
}

fn level(waiting: f64, channel: usize) -> f64 {
    (1.0 - waiting / [12.0, 50.0, 160.0][channel]).clamp(0.06, 0.97)
}

/// The channels.
const NAMES: [&str; 3] = ["phone", "chat", "email"];

impl Fake {
    /// Before its start.
    pub(crate) fn new() -> Self {
        let mut sick =
            inject("sick", 7_200.0, &["floor"], "mail", "Team lead", "HUSH-SICK Two more people called in sick.");
        sick.does = Some("chats: 20 % fewer people".to_owned());
        Self {
            clock: ClockView {
                at: 0.0,
                day_starts: 8.0 * 3_600.0,
                length: LENGTH,
                pace: 20.0,
                state: ClockState::Waiting,
                held_for: None,
                branch: None,
            },
            inbox: vec![],
            announcements: vec![],
            decisions: vec![],
            injects: vec![
                inject("slow", 600.0, &["lead"], "chat", "An agent", "Answers from the assistant take a minute."),
                inject("press", 1_500.0, &["lead"], "phone", "The CTO", "HUSH-PRESS What is your plan, and by when?"),
                inject(
                    "angry",
                    4_200.0,
                    &["lead", "communications"],
                    "mail",
                    "A key account",
                    "HUSH-ANGRY Nobody answers us.",
                ),
                sick,
            ],
            expectations: vec![
                expectation(
                    "decide",
                    "failover",
                    "HUSH-EXPECT The second provider is in use",
                    Some(1_200.0),
                    ExpectationState::Open,
                ),
                expectation(
                    "back",
                    "failover",
                    "HUSH-BACK Says what would make us go back",
                    None,
                    ExpectationState::Observed,
                ),
            ],
            hot_wash: vec![],
            improvements: vec![],
            pulled: vec![],
            branches: vec![BranchView { name: "first".to_owned(), from: None, until: 0.0, current: true }],
            next: 1,
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    fn message(&mut self, text: &InjectText) -> Message {
        let (via, from, to, say) = (text.via.clone(), text.from.clone(), text.to.clone(), text.say.clone());
        Message { number: self.number(), at: self.clock.at, via, from, to, say }
    }

    fn fire(&mut self, at: usize) {
        let now = self.clock.at;
        self.injects[at].state = InjectState::Fired { at: now };
        let text = self.injects[at].text.clone();
        let message = self.message(&text);
        self.inbox.push((now, "", message));
    }

    fn due(&self) -> Option<(usize, f64)> {
        let waiting = self.injects.iter().enumerate().filter(|(_, one)| one.state == InjectState::Waiting);
        waiting.filter_map(|(at, one)| Some((at, one.due?))).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn run(&mut self, to: f64) {
        while let Some((at, due)) = self.due().filter(|(_, due)| *due <= to) {
            self.clock.at = self.clock.at.max(due);
            self.fire(at);
        }
        self.clock.at = self.clock.at.max(to.min(LENGTH));
        if self.clock.at >= LENGTH {
            self.clock.state = ClockState::Ended;
        }
        let now = self.clock.at;
        for decision in &mut self.decisions {
            if let Outcome::Coming { at } = decision.outcome
                && at <= now
            {
                decision.outcome = Outcome::Done { at };
            }
        }
    }

    fn back(&mut self, to: f64) {
        self.clock.at = to;
        self.clock.state = ClockState::Paused;
        self.inbox.retain(|(at, ..)| *at < to);
        self.decisions.retain(|one| one.at <= to);
        self.pulled.retain(|(at, _)| *at <= to);
        for inject in &mut self.injects {
            if matches!(inject.state, InjectState::Fired { at } if at >= to) {
                inject.state = InjectState::Waiting;
            }
        }
    }

    fn pull(&mut self, by: String, role: Option<String>, lever: String, text: Option<String>) -> Result<(), Refusal> {
        let Some(known) = self.levers().into_iter().find(|known| known.name == lever) else {
            return refuse("unknown", "there is no such lever");
        };
        if role.is_some() && known.role != role {
            return refuse("not_yours", "another role has that lever");
        }
        if known.state != LeverState::Ready {
            return refuse("used", "that lever cannot be pulled now");
        }
        let (number, at) = (self.number(), self.clock.at);
        self.pulled.push((at, lever.clone()));
        let outcome = Outcome::Coming { at: at + known.delay };
        self.decisions.push(Decision { number, at, by, role, lever: Some(lever), text, why: None, outcome });
        Ok(())
    }

    fn script(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Fire { inject } => match self.injects.iter().position(|one| one.name == inject) {
                Some(at) => self.fire(at),
                None => return refuse("unknown", "there is no such inject"),
            },
            Command::Skip { inject } => {
                self.injects
                    .iter_mut()
                    .filter(|one| one.name == inject)
                    .for_each(|one| one.state = InjectState::Skipped);
            }
            Command::Postpone { inject, by } => {
                let found = self.injects.iter_mut().filter(|one| one.name == inject);
                found.for_each(|one| one.due = one.due.map(|due| due + by));
            }
            Command::Edit { inject, text } => {
                self.injects.iter_mut().filter(|one| one.name == inject).for_each(|one| one.text = text.clone());
            }
            Command::Inject { text, .. } => {
                let (at, message) = (self.clock.at, self.message(&text));
                self.inbox.push((at, "", message));
            }
            Command::Announce { text } => {
                let text = InjectText { to: vec![], via: "news".to_owned(), from: "facilitator".to_owned(), say: text };
                let message = self.message(&text);
                self.announcements.push(message);
            }
            _ => return refuse("unknown", "there is no such branch"),
        }
        Ok(())
    }

    fn channels(&self) -> Vec<Channel> {
        let at = self.clock.at;
        (0..3)
            .map(|n| {
                let waiting = self.waiting(n, at);
                let arrived = (at / 60.0 * [1.4, 3.1, 2.2][n]) as u64;
                Channel {
                    name: NAMES[n].to_owned(),
                    kind: NAMES[n].to_owned(),
                    arrived,
                    waiting: waiting as u64,
                    backlog: (waiting * 1.6) as u64 + 6,
                    longest_wait: (waiting >= 1.0).then(|| (waiting * [21.0, 14.0, 130.0][n]).round()),
                    abandoned: (waiting * 0.4 * at / 3_600.0) as u64,
                    done: arrived.saturating_sub(waiting as u64),
                    service_level: (at > 300.0).then(|| level(waiting, n)),
                    service_within: Some([20.0, 90.0, 14_400.0][n]),
                }
            })
            .collect()
    }

    fn trend(&self) -> Vec<TrendOf> {
        let at = self.clock.at;
        let samples = |channel: usize| (0..=(at / 60.0) as u64).map(move |n| self.waiting(channel, n as f64 * 60.0));
        (0..3)
            .map(|n| TrendOf {
                channel: NAMES[n].to_owned(),
                waiting: samples(n).map(|waiting| waiting as u32).collect(),
                backlog: samples(n).map(|waiting| (waiting * 1.6) as u32 + 6).collect(),
                service: samples(n).map(|waiting| Some((level(waiting, n) * 100.0) as u8)).collect(),
            })
            .collect()
    }

    fn levers(&self) -> Vec<Lever> {
        let make = |name: &str, role: &str, wants_text, delay, once| {
            let state = match self.pulled.iter().rev().find(|(_, pulled)| pulled == name) {
                Some((at, _)) if self.clock.at < at + delay => LeverState::Coming { at: at + delay },
                Some(_) if once => LeverState::Used,
                _ => LeverState::Ready,
            };
            let cost = once.then(|| "0.8 € a conversation".to_owned());
            Lever {
                name: name.to_owned(),
                role: Some(role.to_owned()),
                wants_text,
                delay,
                cost,
                chance: once.then_some(0.9),
                once,
                state,
            }
        };
        vec![
            make("second provider", "lead", false, 300.0, true),
            make("post an update", "communications", true, 0.0, false),
            make("offer call-backs", "floor", false, 600.0, false),
        ]
    }

    fn waiting(&self, channel: usize, at: f64) -> f64 {
        let helped = self.pulled.iter().map(|(at, _)| *at).fold(f64::INFINITY, f64::min) + 300.0;
        let scale = [9.0, 38.0, 64.0][channel];
        let rise = (at - 900.0).max(0.0).min((helped - 900.0).max(0.0)) / 5_400.0;
        let fall = (at - helped).max(0.0) / 3_600.0;
        let ripple = ((at / 60.0 * (7.0 + channel as f64)) as u64 * 2_654_435_761 % 97) as f64 / 97.0;
        (scale * (rise.min(1.4) - fall).max(0.03) + ripple * scale * 0.09).max(0.0)
    }
}

impl Play for Fake {
    fn cast(&self) -> Cast {
        cast(LENGTH)
    }

    fn clock(&self) -> ClockView {
        self.clock.clone()
    }

    fn advance(&mut self, to: Time) {
        if self.clock.state == ClockState::Running {
            self.run(to.secs_f64());
        }
    }

    fn act(&mut self, who: &Seat, command: Command) -> Result<(), Refusal> {
        let (by, role) = match who {
            Seat::Facilitator => ("facilitator".to_owned(), None),
            Seat::Participant { role, name } => (name.clone(), Some(role.clone())),
            Seat::Observer | Seat::Projector => return refuse("not_yours", "you watch"),
        };
        let everyones = matches!(command, Command::Lever { .. } | Command::Say { .. } | Command::HotWash { .. });
        let evaluators = matches!(command, Command::Rate { .. } | Command::Improve { .. });
        if let Some(role) = &role
            && !(everyones || evaluators && role == "evaluator")
        {
            return refuse("not_yours", "only the facilitator may do that");
        }
        match command {
            Command::Start | Command::Resume => self.clock.state = ClockState::Running,
            Command::Pause => self.clock.state = ClockState::Paused,
            Command::Pace { pace } if (1.0..=600.0).contains(&pace) => self.clock.pace = pace,
            Command::Pace { .. } => return refuse("bad_value", "a pace is from 1 to 600"),
            Command::Step => {
                if let Some((_, due)) = self.due() {
                    self.run(due);
                }
                self.clock.state = ClockState::Held;
            }
            Command::Rewind { to } => self.back(to),
            Command::Branch { from, name } => {
                let until = self.clock.at;
                self.branches
                    .iter_mut()
                    .filter(|one| one.current)
                    .for_each(|one| (one.until, one.current) = (until, false));
                self.branches.push(BranchView { name, from: Some(from), until: from, current: true });
                self.back(from);
            }
            Command::Lever { lever, text } => return self.pull(by, role, lever, text),
            Command::Say { text, why } => {
                let (number, at) = (self.number(), self.clock.at);
                self.decisions.push(Decision {
                    number,
                    at,
                    by,
                    role,
                    lever: None,
                    text: Some(text),
                    why,
                    outcome: Outcome::Open,
                });
            }
            Command::Rule { decision, lever } => {
                let at = self.clock.at;
                let Some(found) = self.decisions.iter_mut().find(|one| one.number == decision) else {
                    return refuse("unknown", "there is no such decision");
                };
                found.outcome = if lever.is_some() { Outcome::Done { at } } else { Outcome::Noted };
                self.pulled.extend(lever.clone().map(|lever| (at, lever)));
                found.lever = lever;
            }
            Command::Rate { expect, mark, note } => {
                let found = self.expectations.iter_mut().filter(|one| one.id == expect);
                found.for_each(|one| (one.mark, one.note) = (Some(mark), note.clone()));
            }
            Command::HotWash { question, text } => self.hot_wash.push(Answer { question, by, text }),
            Command::Improve { text, .. } => self.improvements.push(text),
            Command::End => self.clock.state = ClockState::Ended,
            other => return self.script(other),
        }
        Ok(())
    }

    fn view(&self, who: &Seat) -> View {
        let at = self.clock.at;
        let all = matches!(who, Seat::Facilitator);
        let sees = |message: &Message| match who {
            Seat::Participant { role, .. } => message.to.is_empty() || message.to.contains(role),
            _ => true,
        };
        let team = |name: &str, scheduled, present, busy| Team {
            name: name.to_owned(),
            scheduled,
            present,
            busy,
            absent: scheduled - present,
        };
        let dependency = |name: &str, kind: &str, health, truth, says: &str, hidden: Option<&str>| Dependency {
            name: name.to_owned(),
            kind: kind.to_owned(),
            health,
            says: says.to_owned(),
            since: (health != Health::Up).then_some(2_700.0),
            truth: all.then_some(truth),
            truth_says: if all { hidden.map(str::to_owned) } else { None },
        };
        let known = if at > 2_700.0 { Health::Degraded } else { Health::Up };
        let says = if at > 2_700.0 { "We are looking into slow answers." } else { "All systems operational." };
        let moments =
            self.inbox.iter().map(|(at, _, message)| Moment { at: *at, label: message.say.chars().take(40).collect() });
        let rates = all || matches!(who, Seat::Participant { role, .. } if role == "evaluator");
        View {
            seat: who.clone(),
            clock: self.clock.clone(),
            floor: Floor {
                as_of: if all { at } else { (at - 120.0).max(0.0) },
                channels: self.channels(),
                teams: vec![team("phones", 14, 12, 9), team("chats", 22, 19, 19), team("back office", 9, 9, 5)],
            },
            trend: Trend { every: 60.0, channels: self.trend() },
            dependencies: vec![
                dependency(
                    "assistant",
                    "llm",
                    known,
                    if at > 600.0 { Health::Down } else { Health::Up },
                    says,
                    Some("HUSH-TRUTH slow answers, 40 % errors"),
                ),
                dependency("ticketing", "zendesk", Health::Up, Health::Up, "All systems operational.", None),
                dependency("telephony", "twilio", Health::Unknown, Health::Up, "", None),
            ],
            inbox: self.inbox.iter().map(|(.., message)| message).filter(|message| sees(message)).cloned().collect(),
            announcements: self.announcements.clone(),
            levers: self
                .levers()
                .into_iter()
                .filter(|lever| match who {
                    Seat::Participant { role, .. } => lever.role.as_ref() == Some(role),
                    _ => true,
                })
                .collect(),
            decisions: self.decisions.clone(),
            script: all.then(|| Script {
                injects: self.injects.clone(),
                warnings: vec!["Nothing needs deciding for 45 minutes after `press`.".to_owned()],
                branches: self.branches.clone(),
                late: 120.0,
                moments: moments.collect(),
            }),
            expectations: (rates || self.clock.state == ClockState::Ended).then(|| self.expectations.clone()),
            hot_wash: self.hot_wash.clone(),
            improvements: self.improvements.clone(),
        }
    }

    fn after(&self) -> Option<MakeAfter> {
        let decisions = self.decisions.clone();
        let waiting: Vec<f64> = (0..240).map(|n| self.waiting(1, f64::from(n) * 60.0)).collect();
        let cast = self.cast();
        Some(Box::new(move || after(&cast, &decisions, &waiting)))
    }
}
