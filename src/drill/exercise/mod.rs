//! An exercise: a day that somebody plays. The engine plays the desk; what was played is a function of the scenario, the seed
//! and the log of commands, so going back is playing again.

mod after;
mod board;
mod days;
mod dry;
mod log;
mod look;
mod may;
mod run;
mod set;
mod state;
mod words;

pub(super) use after::figure;
pub use dry::dry;
pub use log::{Header, Log, Read, read};
pub use look::cast;
pub use set::Set;

use super::play::{MakeAfter, Play};
use super::view::{Answer, Cast, ClockState, ClockView, Command, Improvement, Refusal, Seat, View};
use crate::measure::Figure;
use crate::scenario::explain::played::Decided;
use crate::time::Time;
use log::Line;
use state::{Entry, State, Stop};
use std::sync::Arc;

/// A line of play: what was decided, and how far it came.
#[derive(Clone, Debug)]
struct Branch {
    name: String,
    /// The moment at which it leaves the one it came from.
    from: Option<Time>,
    until: Time,
    entries: Vec<Entry>,
}

/// An exercise.
pub struct Exercise {
    state: State,
    clock: ClockState,
    pace: f64,
    held_for: Option<String>,
    branches: Vec<Branch>,
    current: usize,
    hot_wash: Vec<Answer>,
    improvements: Vec<Improvement>,
    commands: usize,
    /// What the measures that are expected came to, once it is over.
    measured: Vec<Option<Figure>>,
    /// What the log and the day do not agree on.
    doubts: Vec<String>,
    log: Option<Log>,
    /// So many minutes of the present line of play stand in the log.
    minutes: usize,
}

impl Exercise {
    /// Before its start. Without a log nothing is kept.
    pub fn new(set: &Arc<Set>, log: Option<Log>) -> Self {
        let name = words::pick(&set.drill, "first", "première").to_owned();
        Self {
            state: State::new(set),
            clock: ClockState::Waiting,
            pace: set.drill.pace,
            held_for: None,
            branches: vec![Branch { name, from: None, until: Time::ZERO, entries: Vec::new() }],
            current: 0,
            hot_wash: Vec::new(),
            improvements: Vec::new(),
            commands: 0,
            measured: Vec::new(),
            doubts: Vec::new(),
            log,
            minutes: 0,
        }
    }

    /// As a log left it: the clock stands, at the latest moment that it tells of.
    pub fn resume(set: &Arc<Set>, read: &Read, log: Option<Log>) -> Self {
        let mut exercise = Self::new(set, None);
        let version = env!("CARGO_PKG_VERSION");
        if read.header.version != version {
            let wrote = &read.header.version;
            exercise.doubts.push(format!("the log was written by holdline {wrote}, this is {version}"));
        }
        for line in &read.lines {
            match line {
                Line::Command { at, who, command, .. } => {
                    let at = Time::from_secs_f64(*at);
                    exercise.state.advance(at, Stop::Never);
                    exercise.apply(Entry { at, who: who.clone(), command: command.clone() });
                }
                Line::Minute { minute, floor } => exercise.compare(*minute, floor),
            }
        }
        exercise.minutes = exercise.state.run.observer().hashes().len();
        if exercise.clock == ClockState::Running {
            exercise.clock = ClockState::Paused;
        }
        exercise.end_if_over();
        exercise.log = log;
        exercise
    }

    /// Holds a minute of the log against the day as it is played now.
    fn compare(&mut self, minute: u64, floor: &str) {
        let at = Time::from_secs_f64(minute as f64 * board::EVERY.secs_f64());
        self.state.advance(at.max(self.state.now), Stop::Never);
        let now = self.state.run.observer().hashes().get(minute as usize).map(|hash| format!("{hash:016x}"));
        if now.as_deref() != Some(floor) && self.doubts.len() < 10 {
            let clock = words::clock(self.set().scenario(), at);
            self.doubts.push(format!("at {clock} the floor is not as the log says: this is another day"));
        }
    }

    /// What the log and the day that is played from it do not agree on.
    pub fn doubts(&self) -> &[String] {
        &self.doubts
    }

    /// The day.
    pub fn set(&self) -> &Arc<Set> {
        &self.state.set
    }

    /// What was filled in of the improvement plan.
    pub fn improvements(&self) -> &[Improvement] {
        &self.improvements
    }

    /// What was decided and worked, in the order in which it did.
    pub fn decided(&self) -> Vec<Decided> {
        let levers = &self.set().drill.levers;
        let worked: Vec<_> = self.state.made.iter().filter_map(|made| made.pull.filter(|(_, works)| *works)).collect();
        let mut decided: Vec<Decided> = Vec::new();
        for (pull, _) in worked.iter().filter(|(pull, _)| levers[pull.lever.index()].undoes.is_none()) {
            let ends = |(other, _): &&(state::Pull, bool)| {
                levers[other.lever.index()].undoes == Some(pull.lever) && other.works_at >= pull.works_at
            };
            let to = worked.iter().filter(ends).map(|(other, _)| other.works_at).min();
            decided.push(Decided { lever: pull.lever.index(), from: pull.works_at, to });
        }
        decided.sort_by_key(|one| one.from);
        decided
    }

    /// The injects of the scenario that were sent, by their place in it, and when.
    pub fn sent(&self) -> Vec<(usize, Time)> {
        let sent = self.state.pieces.iter().filter_map(|piece| match (piece.of, piece.state) {
            (Some(of), state::Standing::Fired(at)) => Some((of.index(), at)),
            _ => None,
        });
        sent.collect()
    }

    /// The work of looking back, also on an exercise that was broken off.
    pub fn look_back(&self) -> MakeAfter {
        after::make(self)
    }

    /// Ends it where it stands, if it has not ended: what was played until then is looked back on.
    ///
    /// # Errors
    ///
    /// It has not begun, or the log cannot be written.
    pub fn break_off(&mut self) -> Result<(), Refusal> {
        match self.clock {
            ClockState::Ended => Ok(()),
            _ => self.act(&Seat::Facilitator, Command::End),
        }
    }

    fn state(&self) -> &State {
        &self.state
    }

    fn clock_state(&self) -> ClockState {
        self.clock
    }

    fn commands(&self) -> usize {
        self.commands
    }

    fn branches(&self) -> usize {
        self.branches.len()
    }

    fn has_branch(&self, name: &str) -> bool {
        self.branches.iter().any(|branch| branch.name == name)
    }

    /// Does a command. It was checked, or it stands in the log and so was checked then.
    fn apply(&mut self, entry: Entry) {
        self.commands += 1;
        let now = self.state.now;
        match entry.command {
            Command::Start | Command::Resume => (self.clock, self.held_for) = (ClockState::Running, None),
            Command::Pause => self.clock = ClockState::Paused,
            // A number that was written and read again may differ in its last digit.
            Command::Pace { pace } => self.pace = (pace * 1_000.0).round() / 1_000.0,
            Command::Step => {
                let stopped = self.state.advance(Time::NEVER, Stop::AtAny);
                self.hold(stopped);
                self.end_if_over();
            }
            Command::End => self.end(),
            Command::Rewind { to } => self.back(self.current, Time::from_secs_f64(to)),
            Command::Branch { from, name } => {
                let (from, entries) = (Time::from_secs_f64(from), self.branches[self.current].entries.clone());
                self.branches[self.current].until = now;
                self.branches.push(Branch { name, from: Some(from), until: from, entries });
                self.back(self.branches.len() - 1, from);
            }
            Command::Switch { branch } => {
                if let Some(to) = self.branches.iter().position(|one| one.name == branch) {
                    self.branches[self.current].until = now;
                    self.stand(to, self.branches[to].until);
                }
            }
            Command::HotWash { question, text } => {
                let by = match entry.who {
                    Seat::Participant { name, .. } => name,
                    _ => words::facilitator(&self.set().drill).to_owned(),
                };
                self.hot_wash.push(Answer { question, by, text });
            }
            Command::Improve { line, text } => match line.and_then(|line| self.improvements.get_mut(line)) {
                Some(line) => *line = text,
                None => self.improvements.push(text),
            },
            _ => {
                self.state.act(&entry);
                self.branches[self.current].entries.push(entry);
            }
        }
        self.note_minutes();
    }

    /// Goes back: what was decided from that moment on is set aside.
    fn back(&mut self, branch: usize, to: Time) {
        let decides = |command: &Command| {
            matches!(command, Command::Lever { .. } | Command::Say { .. } | Command::Rule { .. } | Command::Fire { .. })
        };
        self.branches[branch].entries.retain(|one| one.at < to || (one.at == to && !decides(&one.command)));
        self.stand(branch, to);
    }

    /// Stands at a moment of a branch.
    fn stand(&mut self, branch: usize, at: Time) {
        self.current = branch;
        self.state = State::again(&self.state.set, &self.branches[branch].entries, at);
        (self.clock, self.held_for) = (ClockState::Paused, None);
        self.measured.clear();
        self.minutes = self.state.run.observer().hashes().len();
        self.end_if_over();
    }

    fn hold(&mut self, stopped: Option<usize>) {
        if stopped.is_some() {
            // Everybody reads this, also those whom the inject was not for.
            let why = words::pick(&self.state.set.drill, "a decision", "une décision");
            (self.clock, self.held_for) = (ClockState::Held, Some(why.to_owned()));
        }
    }

    fn end_if_over(&mut self) {
        if self.clock != ClockState::Ended && self.state.now >= self.state.end() {
            self.end();
        }
    }

    fn end(&mut self) {
        (self.clock, self.held_for) = (ClockState::Ended, None);
        self.branches[self.current].until = self.state.now;
        self.measured = after::measured(&self.state);
    }

    /// Writes down the minutes that are over.
    fn note_minutes(&mut self) {
        let Some(log) = &mut self.log else { return };
        let hashes = self.state.run.observer().hashes();
        while let Some(hash) = hashes.get(self.minutes) {
            log.minute(self.minutes as u64, *hash);
            self.minutes += 1;
        }
    }
}

impl Play for Exercise {
    fn cast(&self) -> Cast {
        let set = self.set();
        look::cast(&set.drill, set.scenario())
    }

    fn clock(&self) -> ClockView {
        let scenario = self.set().scenario();
        ClockView {
            at: self.state.now.secs_f64(),
            day_starts: f64::from(scenario.start.second_of_day),
            length: scenario.length.secs_f64(),
            pace: self.pace,
            state: self.clock,
            held_for: self.held_for.clone(),
            branch: (self.branches.len() > 1).then(|| self.branches[self.current].name.clone()),
        }
    }

    fn advance(&mut self, to: Time) {
        if self.clock != ClockState::Running {
            return;
        }
        let stopped = self.state.advance(to, Stop::AtHolds);
        self.hold(stopped);
        self.note_minutes();
        self.end_if_over();
    }

    fn act(&mut self, who: &Seat, command: Command) -> Result<(), Refusal> {
        may::check(self, who, &command)?;
        let at = self.state.now;
        if let Some(log) = &mut self.log {
            log.command(at.secs_f64(), who, &command).map_err(|trouble| {
                let says =
                    words::pick(&self.state.set.drill, "the log cannot be written", "le journal ne peut être écrit");
                Refusal { code: "not_logged", says: format!("{says}: {trouble}") }
            })?;
        }
        self.apply(Entry { at, who: who.clone(), command });
        Ok(())
    }

    fn view(&self, who: &Seat) -> View {
        look::view(self, who)
    }

    fn after(&self) -> Option<MakeAfter> {
        (self.clock == ClockState::Ended).then(|| after::make(self))
    }
}
