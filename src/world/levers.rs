//! What a plan sets differently from a normal day: channels that are closed, people who stay on, shorter handling, who is
//! served first. On a day without such a plan each costs one look at a flag.

use super::World;
use super::customers::{CHANGE_OVER, Opening, reopening};
use super::informed::End;
use super::outside::{Outside, Wake};
use crate::observation::{Cause, Door, Observation, Who};
use crate::rng::What;
use crate::scenario::model::{Channel, Desk, Id, Team, Whose};
use crate::seam::DeskAct;
use crate::time::{Span, Time};

/// Where the message of a closed channel points, and the share who go there.
type Points = Option<(Id<Channel>, f64)>;

/// Everything that is set differently now.
#[derive(Clone, Debug)]
pub struct Levers {
    /// Some channel is closed.
    pub(super) any_shut: bool,
    shut: Vec<Option<Points>>,
    /// By segment: served before others.
    pub(super) first: Vec<bool>,
    /// Whose contacts are shorter, and the factors on handling time and on what is solved.
    shorter: Vec<(Whose, f64, f64)>,
    /// By team: for how long people are asked to stay on, and the share who agree.
    overtime: Vec<Option<(Span, f64)>>,
}

impl Levers {
    /// A normal day.
    pub fn new(desk: &Desk) -> Self {
        Self {
            any_shut: false,
            shut: vec![None; desk.channels.len()],
            first: desk.customers.segments.iter().map(|segment| segment.first).collect(),
            shorter: Vec::new(),
            overtime: vec![None; desk.teams.len()],
        }
    }

    /// Whether anything is shorter than on a normal day.
    #[inline]
    pub(super) fn shortens(&self) -> bool {
        !self.shorter.is_empty()
    }

    /// Handling time and chance of success as they are now, for a contact of this team and channel.
    #[inline(never)]
    pub(super) fn shortened(&self, team: Id<Team>, channel: Id<Channel>, handling: Span, solves: f64) -> (Span, f64) {
        let meant = self.shorter.iter().filter(|(whose, ..)| match whose {
            Whose::Team(of) => *of == team,
            Whose::Channel(of) => *of == channel,
        });
        meant.fold((handling, solves), |(handling, solves), (_, shorter, fewer)| {
            (handling.times(*shorter), solves * fewer)
        })
    }

    /// On which terms the people of a team are asked to stay on.
    pub(super) fn overtime(&self, team: Id<Team>) -> Option<(Span, f64)> {
        self.overtime[team.index()]
    }

    fn shut(&mut self, channel: Id<Channel>, points: Option<Points>) {
        self.shut[channel.index()] = points;
        self.any_shut = self.shut.iter().any(Option::is_some);
    }
}

impl World {
    /// The plan sets something, or sets it back.
    #[cold]
    pub(super) fn pull_lever(&mut self, now: Time, act: DeskAct, out: &mut impl Outside) {
        match act {
            DeskAct::Close { channel, to } => self.levers.shut(channel, Some(to)),
            DeskAct::Reopen { channel } => self.levers.shut(channel, None),
            DeskAct::KeepOn { team, length, accepted } => {
                self.levers.overtime[team.index()] = Some((length, accepted));
            }
            DeskAct::LetGo { team } => self.levers.overtime[team.index()] = None,
            DeskAct::Move { team, to, people } => self.lend(now, team, to, people, out),
            DeskAct::Shorten { whose, handle, solved_first_time } => {
                self.levers.shorter.retain(|(other, ..)| *other != whose);
                if (handle, solved_first_time) != (1.0, 1.0) {
                    self.levers.shorter.push((whose, handle, solved_first_time));
                }
            }
            DeskAct::First { segment, first } => {
                let normal = self.scenario.desk.customers.segments[segment.index()].first;
                self.levers.first[segment.index()] = first || normal;
                if first {
                    self.floor.promote(segment, &self.contacts);
                }
            }
            _ => {}
        }
    }

    /// Whether a contact finds its channel closed by the plan, and so is turned away.
    #[cold]
    pub(super) fn finds_it_shut(&mut self, now: Time, who: Who, cause: Cause, out: &mut impl Outside) -> bool {
        let Some(points) = self.levers.shut[who.channel.index()] else { return false };
        out.see(Observation::Blocked { who, door: Door::Shut });
        self.rates(now, who, Span::ZERO, End::Lost, out);
        let n = u64::from(who.attempt);
        // Who was sent here by such a message is not sent about any more; nor does anybody start after the end.
        let moves = |accepted| {
            cause != Cause::Moved
                && now + CHANGE_OVER < self.scenario.end()
                && self.luck.chance(who.customer, What::Divert, n) < accepted
        };
        match points {
            Some((to, accepted)) if moves(accepted) => {
                let attempt = who.attempt.saturating_add(1);
                let opening = Opening { channel: to, attempt, cause: Cause::Moved, ..reopening(who) };
                let slot = self.returns.add(opening);
                out.wake(now + CHANGE_OVER, Wake::Return { slot });
            }
            _ => self.perhaps_again(now, who, out),
        }
        true
    }
}
