//! When the people of a team should be there: shifts, and breaks spread over the team.

use crate::scenario::model::{Team, Window};
use crate::time::{Span, Time};

/// The shifts of a team as windows of the scenario, the whole day if it has none.
pub fn shifts(team: &Team, close: Time) -> Vec<Window> {
    if team.shift.is_empty() { vec![Window { from: Time::ZERO, to: close }] } else { team.shift.clone() }
}

/// The breaks of one person in one shift: one in every stretch of work, the first of person i a fraction i/n of a stretch
/// after half a stretch, so that never more are away than must be.
pub fn breaks(team: &Team, person: u32, shift: Window) -> Vec<Window> {
    let Some(pause) = team.breaks else { return Vec::new() };
    let each = pause.each.micros().max(1);
    let spread = each * i64::from(person) / i64::from(team.people.max(1));
    let mut at = shift.from + Span::from_micros(each / 2 + spread / 2);
    let mut breaks = Vec::new();
    while at + pause.length < shift.to {
        breaks.push(Window { from: at, to: at + pause.length });
        at += pause.each + pause.length;
    }
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{Breaks, Cut};

    fn team() -> Team {
        Team {
            name: "phones".into(),
            people: 12,
            answers: vec![],
            at_once: 1,
            shift: vec![],
            breaks: Some(Breaks { each: Span::from_secs(4 * 3600), length: Span::from_secs(20 * 60) }),
            on_call: false,
            needs: vec![],
            cut: Cut::Finish,
            slower: 0.0,
            person_hour: None,
        }
    }

    #[test]
    fn everybody_has_breaks_and_they_are_spread() {
        let shift = Window { from: Time::ZERO, to: Time::from_secs_f64(10.0 * 3600.0) };
        let all: Vec<Vec<Window>> = (0..12).map(|person| breaks(&team(), person, shift)).collect();
        assert!(all.iter().all(|of_one| of_one.len() == 2));
        let away_at_once = all.iter().flatten().map(|w| all.iter().flatten().filter(|o| o.holds(w.from)).count()).max();
        assert!(away_at_once <= Some(3), "{away_at_once:?}");
    }
}
