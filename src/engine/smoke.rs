//! A desk with one queue, built by hand: the engine against exact theory, before any file is read.

use super::run;
use crate::observation::{Observation, Observer};
use crate::scenario::model::*;
use crate::time::{Span, Time};
use crate::workload::arrivals::Demand;
use std::sync::Arc;

fn one_queue(hours: i64) -> Arc<Scenario> {
    let desk = Desk {
        name: "one-queue".into(),
        about: String::new(),
        dependencies: vec![],
        channels: vec![Channel { name: "phone".into(), style: Style::Call, over: vec![], open: vec![] }],
        reasons: vec![Reason {
            name: "any".into(),
            share: 1.0,
            bot_solves: 0.0,
            handle: Distribution::Exponential { mean: 180.0 },
            solved_first_time: 1.0,
            self_service: 0.0,
        }],
        customers: Customers {
            patience: vec![Some(Distribution::Exponential { mean: 120.0 })],
            retry: None,
            chase: None,
            informed: None,
            satisfaction: None,
            unsolved_after: Distribution::Exponential { mean: 86_400.0 },
            segments: vec![Segment { name: "all".into(), share: 1.0, first: false }],
        },
        streams: vec![Stream {
            name: "calls".into(),
            channel: Id::new(0),
            rate: vec![RateStep { from: Time::ZERO, per_second: 100.0 / 60.0 }],
            reason: None,
            day_cv: 0.0,
            day_group: 0,
        }],
        start_with: vec![],
        bot: None,
        teams: vec![Team {
            name: "phones".into(),
            people: 310,
            answers: vec![Id::new(0)],
            at_once: 1,
            shift: vec![],
            breaks: None,
            on_call: false,
            needs: vec![],
            cut: Cut::Finish,
            slower: 0.0,
            person_hour: None,
        }],
        without: vec![],
        self_service: Vec::new(),
        costs: None,
        plan: Plan::default(),
    };
    Arc::new(Scenario {
        name: "smoke".into(),
        about: String::new(),
        desk: Arc::new(desk),
        start: Start { text: "2026-01-05 00:00 UTC".into(), second_of_day: 0, local_seconds: 0 },
        length: Span::from_secs(3600 * hours),
        warm_up: Span::ZERO,
        warm_start: None,
        drain: Span::from_secs(3600),
        surges: vec![],
        outages: vec![],
        absences: vec![],
        stop_if: vec![],
        expect: vec![],
        target: None,
        drill: None,
        hash: String::new(),
    })
}

#[derive(Default)]
struct Counts {
    offered: u64,
    gave_up: u64,
    waited: f64,
    left: u64,
}

impl Observer for Counts {
    fn observe(&mut self, _at: Time, seen: &Observation) {
        match seen {
            Observation::Offered { .. } => self.offered += 1,
            Observation::GaveUp { waited, .. } => {
                self.gave_up += 1;
                self.left += 1;
                self.waited += waited.secs_f64();
            }
            Observation::Served { waited, .. } => {
                self.left += 1;
                self.waited += waited.secs_f64();
            }
            _ => {}
        }
    }
}

#[test]
fn a_long_day_is_near_the_exact_abandonment() {
    // Erlang-A with 300 erlangs, 310 people and patience of two thirds of a handling: the exact values are computed in
    // tests/theory from the formulas; here it is enough that the loop is right to a few per cent.
    let scenario = one_queue(60);
    let demand = Demand::new(&scenario);
    let (counts, _) = run(&scenario, &demand, 1, 0, Counts::default());
    let expected = 100.0 * 60.0 * 60.0;
    assert!((counts.offered as f64 - expected).abs() < 5.0 * f64::sqrt(expected));
    let share = counts.gave_up as f64 / counts.offered as f64;
    // Little's law for abandonment: share = mean wait / mean patience.
    assert!((share - counts.waited / counts.left as f64 / 120.0).abs() < 0.002, "{share}");
    assert!((0.005..0.03).contains(&share), "{share}");
}
