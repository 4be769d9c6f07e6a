//! Whatever anybody asks for, in whatever order: nothing panics, what is refused changes nothing, and the log tells it all.

use super::log::{Folder, logged, resumed};
use super::{facilitators, seat, short};
use holdline::drill::play::Play;
use holdline::drill::view::{ClockState, Command, Improvement, InjectText, Mark, Seat};
use holdline::time::Time;
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("second model".to_owned()),
        Just("first model again".to_owned()),
        Just("post an update".to_owned()),
        Just("a long shot".to_owned()),
        Just("short calls".to_owned()),
        Just("slow".to_owned()),
        Just("press".to_owned()),
        Just("queue".to_owned()),
        Just("sick".to_owned()),
        Just("+1".to_owned()),
        Just("first".to_owned()),
        Just("b".to_owned()),
        Just("talk".to_owned()),
        Just(String::new()),
    ]
}

fn seconds() -> impl Strategy<Value = f64> {
    prop_oneof![
        0.0f64..8_000.0,
        Just(0.0),
        Just(-1.0),
        Just(f64::NAN),
        Just(1e300),
        (0i32..8).prop_map(|n| f64::from(n) * 900.0)
    ]
}

fn text() -> impl Strategy<Value = InjectText> {
    let to = prop_oneof![Just("lead"), Just("floor"), Just("evaluator"), Just("nobody")];
    (proptest::collection::vec(to, 0..3), ".{0,20}").prop_map(|(to, say)| InjectText {
        to: to.into_iter().map(str::to_owned).collect(),
        via: "mail".to_owned(),
        from: "x".to_owned(),
        say,
    })
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Start),
        Just(Command::Pause),
        Just(Command::Resume),
        Just(Command::Step),
        Just(Command::End),
        seconds().prop_map(|pace| Command::Pace { pace }),
        seconds().prop_map(|to| Command::Rewind { to }),
        (seconds(), name()).prop_map(|(from, name)| Command::Branch { from, name }),
        name().prop_map(|branch| Command::Switch { branch }),
        (name(), proptest::option::of(".{0,9}")).prop_map(|(lever, text)| Command::Lever { lever, text }),
        (".{0,9}", proptest::option::of(".{0,9}")).prop_map(|(text, why)| Command::Say { text, why }),
        (0u64..12, proptest::option::of(name())).prop_map(|(decision, lever)| Command::Rule { decision, lever }),
        name().prop_map(|inject| Command::Fire { inject }),
        name().prop_map(|inject| Command::Skip { inject }),
        (name(), seconds()).prop_map(|(inject, by)| Command::Postpone { inject, by }),
        (name(), text()).prop_map(|(inject, text)| Command::Edit { inject, text }),
        (proptest::option::of(seconds()), text()).prop_map(|(at, text)| Command::Inject { at, text }),
        ".{0,9}".prop_map(|text| Command::Announce { text }),
        name().prop_map(|expect| Command::Rate { expect, mark: Mark::S, note: String::new() }),
        (0usize..5, ".{0,9}").prop_map(|(question, text)| Command::HotWash { question, text }),
        (proptest::option::of(0usize..3), ".{0,9}").prop_map(|(line, what)| {
            let text = Improvement { what, owner: String::new(), by: String::new() };
            Command::Improve { line, text }
        }),
    ]
}

fn who() -> impl Strategy<Value = Seat> {
    prop_oneof![
        6 => Just(Seat::Facilitator),
        1 => Just(seat("lead")),
        1 => Just(seat("communications")),
        1 => Just(seat("floor")),
        1 => Just(seat("evaluator")),
        1 => Just(Seat::Observer),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_commands_are_done_or_refused_and_logged(
        steps in proptest::collection::vec((who(), command(), 0.0f64..900.0), 1..40),
        number in any::<u32>(),
    ) {
        let (set, folder) = (short(), Folder::new(&format!("drill-chaos-{number}")));
        let mut exercise = logged(&set, &folder);
        for (who, command, passes) in steps {
            let before = facilitators(&exercise);
            if exercise.act(&who, command.clone()).is_err() {
                prop_assert_eq!(facilitators(&exercise), before, "{:?} {:?}", who, command);
            }
            let at = exercise.clock().at;
            prop_assert!((0.0..=7_200.0).contains(&at));
            exercise.advance(Time::from_secs_f64(at + passes));
            for role in ["lead", "floor", "evaluator"] {
                prop_assert!(exercise.view(&seat(role)).script.is_none());
            }
            prop_assert_eq!(exercise.after().is_some(), exercise.clock().state == ClockState::Ended);
        }
        let before = facilitators(&exercise);
        drop(exercise);
        let again = resumed(&set, &folder);
        prop_assert_eq!(again.doubts(), &[] as &[String]);
        let (mut one, mut other) = (before, facilitators(&again));
        // The clock of a resumed exercise stands, at the latest moment that the log tells of.
        for view in [&mut one, &mut other] {
            view.clock.state = ClockState::Paused;
            view.clock.held_for = None;
        }
        if one.clock.at == other.clock.at {
            prop_assert_eq!(one, other);
        } else {
            prop_assert!(other.clock.at <= one.clock.at && one.clock.at - other.clock.at < 60.0);
            prop_assert_eq!(one.decisions.len(), other.decisions.len());
        }
    }
}
