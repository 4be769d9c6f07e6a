//! An exercise without a browser: what is played is a function of the scenario, the seed and the log.

use holdline::drill::exercise::{Exercise, Set};
use holdline::drill::play::Play;
use holdline::drill::report::Report;
use holdline::drill::view::{
    ClockState, Command, ExpectationState, Health, InjectState, LeverState, Mark, Outcome, Seat, View,
};
use holdline::faults::for_the_model;
use holdline::scenario::{Overrides, load};
use holdline::time::Time;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

#[path = "drill/chaos.rs"]
mod chaos;
#[path = "drill/log.rs"]
mod log;

const HIDDEN: &str = "HUSH";

fn set_of(path: &str) -> Arc<Set> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let loaded = load(&path, &Overrides::default()).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let (day, _) = for_the_model(loaded.scenario).expect("it can be simulated");
    Set::new(&day, 1).expect("it has a drill")
}

fn short() -> Arc<Set> {
    set_of("tests/drill/short.yaml")
}

fn seat(role: &str) -> Seat {
    Seat::Participant { role: role.to_owned(), name: format!("{role}'s") }
}

fn lever(name: &str) -> Command {
    Command::Lever { lever: name.to_owned(), text: None }
}

fn minutes(minutes: f64) -> Time {
    Time::from_secs_f64(minutes * 60.0)
}

fn begun(set: &Arc<Set>) -> Exercise {
    let mut exercise = Exercise::new(set, None);
    exercise.act(&Seat::Facilitator, Command::Start).expect("it begins");
    exercise
}

/// Plays up to a moment through every hold.
fn play_to(exercise: &mut Exercise, to: Time) {
    while exercise.clock().at < to.secs_f64() && exercise.clock().state != ClockState::Ended {
        exercise.advance(to);
        if exercise.clock().state == ClockState::Held {
            exercise.act(&Seat::Facilitator, Command::Resume).expect("it goes on");
        }
    }
}

fn facilitators(exercise: &Exercise) -> View {
    exercise.view(&Seat::Facilitator)
}

fn inject(exercise: &Exercise, name: &str) -> InjectState {
    let script = facilitators(exercise).script.expect("the facilitator sees the script");
    script.injects.iter().find(|inject| inject.name == name).expect("it is in the script").state.clone()
}

#[test]
fn nothing_that_is_hidden_is_in_what_others_see() {
    let set = short();
    let mut exercise = begun(&set);
    let watchers = ["lead", "communications", "floor", "evaluator"].map(seat);
    let watchers: Vec<Seat> = watchers.into_iter().chain([Seat::Observer, Seat::Projector]).collect();
    exercise.advance(minutes(14.0));
    for watcher in &watchers {
        let seen = serde_json::to_string(&exercise.view(watcher)).expect("a view is JSON");
        assert!(!seen.contains(HIDDEN), "{watcher:?}: {seen}");
        let view = exercise.view(watcher);
        assert!(view.script.is_none() && view.dependencies.iter().all(|one| one.truth.is_none()));
        assert!(view.dependencies.iter().all(|one| one.health == Health::Up), "the vendor tells 20 minutes late");
        assert_eq!(view.floor.as_of, 9.0 * 60.0, "the dashboards are five minutes late");
        assert_eq!(view.trend.channels[0].waiting.len(), 10);
    }
    let own = facilitators(&exercise);
    assert!(serde_json::to_string(&own).expect("a view is JSON").contains(HIDDEN));
    assert_eq!((own.dependencies[0].truth, own.dependencies[0].health), (Some(Health::Down), Health::Up));
    assert_eq!(own.floor.as_of, 14.0 * 60.0);
    exercise.advance(minutes(31.0));
    let lead = exercise.view(&seat("lead"));
    assert_eq!((lead.dependencies[0].health, lead.dependencies[0].since), (Health::Down, Some(1_800.0)));
    assert!(lead.inbox.iter().any(|message| message.say.contains("HUSH-slow")));
    let floor = exercise.view(&seat("floor"));
    assert!(!serde_json::to_string(&floor).expect("a view is JSON").contains("HUSH-slow"), "it was for another role");
    assert!(lead.expectations.is_none() && exercise.view(&seat("evaluator")).expectations.is_some());
}

#[test]
fn who_may_not_is_told_so_and_nothing_changes() {
    let set = short();
    let mut exercise = begun(&set);
    exercise.advance(minutes(5.0));
    let before = facilitators(&exercise);
    let say = |text: &str| Command::Say { text: text.to_owned(), why: None };
    let rate = Command::Rate { expect: "talk".to_owned(), mark: Mark::P, note: String::new() };
    let rewind = |to| Command::Rewind { to };
    let edit = |role: &str, say: &str| Command::Inject {
        at: None,
        text: holdline::drill::view::InjectText {
            to: vec![role.to_owned()],
            via: "mail".to_owned(),
            from: "x".to_owned(),
            say: say.to_owned(),
        },
    };
    for (who, command, code) in [
        (Seat::Observer, say("me too"), "not_yours"),
        (Seat::Projector, lever("short calls"), "not_yours"),
        (seat("lead"), Command::Pause, "not_yours"),
        (seat("lead"), Command::End, "not_yours"),
        (seat("lead"), rate.clone(), "not_yours"),
        (seat("lead"), lever("post an update"), "not_yours"),
        (seat("evaluator"), lever("short calls"), "not_yours"),
        (seat("stranger"), say("hello"), "not_yours"),
        (seat("lead"), lever("no such lever"), "unknown"),
        (seat("communications"), lever("post an update"), "wants_text"),
        (seat("lead"), say("  "), "wants_text"),
        (seat("lead"), say(&"x".repeat(2_001)), "too_long"),
        (Seat::Facilitator, Command::Start, "not_running"),
        (Seat::Facilitator, Command::Resume, "not_running"),
        (Seat::Facilitator, Command::Pace { pace: 0.5 }, "bad_value"),
        (Seat::Facilitator, Command::Pace { pace: f64::NAN }, "bad_value"),
        (Seat::Facilitator, rewind(-1.0), "bad_value"),
        (Seat::Facilitator, rewind(f64::NAN), "bad_value"),
        (Seat::Facilitator, rewind(301.0), "bad_value"),
        (Seat::Facilitator, Command::Switch { branch: "none".to_owned() }, "unknown"),
        (Seat::Facilitator, Command::Branch { from: 0.0, name: "first".to_owned() }, "used"),
        (Seat::Facilitator, Command::Fire { inject: "none".to_owned() }, "unknown"),
        (Seat::Facilitator, Command::Postpone { inject: "slow".to_owned(), by: f64::INFINITY }, "bad_value"),
        (Seat::Facilitator, edit("nobody", "x"), "unknown"),
        (Seat::Facilitator, edit("lead", " "), "wants_text"),
        (Seat::Facilitator, Command::Rule { decision: 9, lever: None }, "unknown"),
        (Seat::Facilitator, Command::HotWash { question: 9, text: "x".to_owned() }, "unknown"),
    ] {
        let refusal = exercise.act(&who, command.clone()).expect_err(&format!("{who:?} {command:?}"));
        assert_eq!(refusal.code, code, "{who:?} {command:?}");
        assert!(!refusal.says.is_empty());
    }
    assert_eq!(facilitators(&exercise), before);
    assert_eq!(
        Exercise::new(&set, None).act(&seat("lead"), lever("short calls")).map_err(|no| no.code),
        Err("not_running")
    );
}

#[test]
fn a_lever_works_after_its_delay_and_the_queues_feel_it() {
    let set = short();
    let (mut idle, mut decided) = (begun(&set), begun(&set));
    for exercise in [&mut idle, &mut decided] {
        exercise.advance(minutes(20.0));
    }
    decided.act(&seat("lead"), lever("second model")).expect("the lead may");
    let of = |exercise: &Exercise, name: &str| {
        let levers = facilitators(exercise).levers;
        levers.into_iter().find(|lever| lever.name == name).expect("it is there").state
    };
    assert_eq!(of(&decided, "second model"), LeverState::Coming { at: 1_500.0 });
    assert_eq!(decided.act(&seat("lead"), lever("second model")).map_err(|no| no.code), Err("cooling"));
    decided.act(&seat("floor"), lever("a long shot")).expect("anybody may try");
    let update = Command::Lever { lever: "post an update".to_owned(), text: Some("We are slow.".to_owned()) };
    decided.act(&seat("communications"), update.clone()).expect("it has words");
    assert_eq!(of(&decided, "post an update"), LeverState::Cooling { until: 1_800.0 });
    for exercise in [&mut idle, &mut decided] {
        play_to(exercise, minutes(100.0));
    }
    assert_eq!(of(&decided, "second model"), LeverState::Used);
    let outcomes: Vec<Outcome> = facilitators(&decided).decisions.into_iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes[0], Outcome::Done { at: 1_500.0 });
    assert_eq!(outcomes[1], Outcome::Failed { at: 1_200.0 });
    assert_eq!(inject(&decided, "press"), InjectState::Spared);
    assert_eq!(inject(&idle, "press"), InjectState::Fired { at: 2_400.0 });
    let chat = |exercise: &Exercise| facilitators(exercise).floor.channels[1].clone();
    let (with, without) = (chat(&decided), chat(&idle));
    assert_eq!(with.arrived, without.arrived, "the same customers come");
    assert!(with.abandoned * 2 < without.abandoned, "{with:?}\n{without:?}");
    assert_eq!(of(&idle, "second model"), LeverState::Ready);
    play_to(&mut decided, minutes(120.0));
    let expected = facilitators(&decided).expectations.expect("the facilitator sees them");
    let states: Vec<ExpectationState> = expected.iter().map(|one| one.state).collect();
    // One update in ninety minutes is too few.
    assert_eq!(states, [ExpectationState::Met, ExpectationState::Missed, ExpectationState::Observed]);
}

#[test]
fn the_clock_holds_steps_and_waits() {
    let set = short();
    let mut exercise = Exercise::new(&set, None);
    exercise.advance(minutes(3.0));
    assert_eq!((exercise.clock().at, exercise.clock().state), (0.0, ClockState::Waiting));
    exercise.act(&Seat::Facilitator, Command::Step).expect("also from the start");
    assert_eq!((exercise.clock().at, exercise.clock().state), (900.0, ClockState::Held));
    exercise.act(&Seat::Facilitator, Command::Resume).expect("it goes on");
    exercise.advance(minutes(100.0));
    let clock = exercise.clock();
    assert_eq!(clock.state, ClockState::Held, "at `press`, which hold_at names");
    assert_eq!((clock.at, clock.held_for.as_deref()), (2_400.0, Some("a decision")));
    exercise.advance(minutes(110.0));
    assert_eq!(exercise.clock().at, 2_400.0, "held is held");
}

#[test]
fn the_script_can_be_changed_while_it_runs() {
    let set = short();
    let mut exercise = begun(&set);
    let facilitator = Seat::Facilitator;
    exercise.act(&facilitator, Command::Skip { inject: "press".to_owned() }).expect("skipped");
    exercise.act(&facilitator, Command::Postpone { inject: "slow".to_owned(), by: 600.0 }).expect("put off");
    exercise.act(&facilitator, Command::Fire { inject: "sick".to_owned() }).expect("fired");
    let text = holdline::drill::view::InjectText {
        to: vec!["floor".to_owned()],
        via: "news".to_owned(),
        from: "Radio".to_owned(),
        say: "It snows.".to_owned(),
    };
    exercise.act(&facilitator, Command::Inject { at: Some(1_200.0), text }).expect("written");
    exercise.act(&facilitator, Command::Announce { text: "Listen.".to_owned() }).expect("announced");
    play_to(&mut exercise, minutes(30.0));
    assert_eq!(inject(&exercise, "press"), InjectState::Skipped);
    assert_eq!(inject(&exercise, "slow"), InjectState::Fired { at: 1_500.0 });
    assert_eq!(inject(&exercise, "+1"), InjectState::Fired { at: 1_200.0 });
    let floor = exercise.view(&seat("floor"));
    let heard: Vec<&str> = floor.inbox.iter().map(|message| message.say.as_str()).collect();
    assert_eq!(heard, ["HUSH-sick Two are sick.", "It snows."]);
    assert_eq!(floor.announcements[0].say, "Listen.");
    let phones = &facilitators(&exercise).floor.teams[0];
    assert_eq!((phones.scheduled, phones.present, phones.absent), (7, 5, 2), "two are missing from the start on");
    exercise.act(&seat("lead"), Command::Say { text: "Short calls!".to_owned(), why: None }).expect("anybody may");
    let decision = facilitators(&exercise).decisions[0].number;
    let rule = Command::Rule { decision, lever: Some("short calls".to_owned()) };
    exercise.act(&facilitator, rule.clone()).expect("it is that lever");
    assert_eq!(facilitators(&exercise).decisions[0].outcome, Outcome::Done { at: 1_800.0 });
    assert_eq!(exercise.act(&facilitator, rule).map_err(|no| no.code), Err("used"));
}

/// A view without what counts over the whole exercise.
fn of_the_day(exercise: &Exercise) -> View {
    let mut view = facilitators(exercise);
    view.script.as_mut().expect("the facilitator has it").branches.clear();
    view.clock.branch = None;
    view
}

#[test]
fn going_back_is_playing_again_and_a_branch_is_kept() {
    let set = short();
    let mut exercise = begun(&set);
    play_to(&mut exercise, minutes(30.0));
    exercise.act(&Seat::Facilitator, Command::Pause).expect("it runs");
    let at_thirty = of_the_day(&exercise);
    exercise.act(&seat("lead"), lever("second model")).expect("the lead may");
    exercise.act(&Seat::Facilitator, Command::Resume).expect("it goes on");
    play_to(&mut exercise, minutes(90.0));
    let played = of_the_day(&exercise);
    let other = Command::Branch { from: 1_800.0, name: "other".to_owned() };
    exercise.act(&Seat::Facilitator, other).expect("a branch");
    assert_eq!(of_the_day(&exercise), at_thirty, "what was decided from then on is set aside");
    exercise.act(&Seat::Facilitator, Command::Resume).expect("it goes on");
    play_to(&mut exercise, minutes(90.0));
    assert!(of_the_day(&exercise).floor.channels[1].abandoned > played.floor.channels[1].abandoned);
    assert_eq!(exercise.clock().branch.as_deref(), Some("other"));
    exercise.act(&Seat::Facilitator, Command::Switch { branch: "first".to_owned() }).expect("it is kept");
    let mut again = of_the_day(&exercise);
    assert_eq!(again.clock.state, ClockState::Paused);
    again.clock.state = played.clock.state;
    assert_eq!(again, played);
    exercise.act(&Seat::Facilitator, Command::Rewind { to: 0.0 }).expect("back to the start");
    assert!(facilitators(&exercise).decisions.is_empty() && exercise.clock().at == 0.0);
}

#[test]
fn the_three_days_are_told_and_the_report_matches_the_log() {
    let set = short();
    let mut exercise = begun(&set);
    play_to(&mut exercise, minutes(20.0));
    exercise.act(&seat("lead"), lever("second model")).expect("the lead may");
    play_to(&mut exercise, minutes(60.0));
    let rate = Command::Rate { expect: "talk".to_owned(), mark: Mark::M, note: "Nobody knew.".to_owned() };
    exercise.act(&seat("evaluator"), rate).expect("evaluators rate");
    assert!(exercise.after().is_none(), "it is not over");
    play_to(&mut exercise, minutes(120.0));
    assert_eq!(exercise.clock().state, ClockState::Ended);
    let after = exercise.after().expect("it is over")();
    let chat = after.curves.iter().find(|group| group.channel == "chat").expect("a picture a channel");
    let kinds: Vec<&str> = chat.curves.iter().map(|curve| curve.of.as_str()).collect();
    assert_eq!(kinds, ["nothing", "plan", "played"]);
    // The played line is what everybody saw, minute by minute.
    let seen = &facilitators(&exercise).trend.channels[1].waiting;
    let drawn: Vec<u32> = chat.curves[2].line.iter().map(|value| *value as u32).collect();
    assert_eq!(chat.every, 60.0);
    assert_eq!(drawn[..120], seen[..120]);
    for curve in &chat.curves {
        assert_eq!((curve.line.len(), curve.low.len(), curve.high.len()), (121, 121, 121));
        assert!(curve.low.iter().zip(&curve.high).all(|(low, high)| low <= high));
    }
    let sum = |of: usize| chat.curves[of].line.iter().sum::<f64>();
    assert!(sum(1) < sum(0) && sum(2) < sum(0), "{} {} {}", sum(0), sum(1), sum(2));
    let met: Vec<Option<bool>> = after.objectives.iter().map(|one| one.met).collect();
    assert_eq!(met, [Some(true), Some(false), Some(false)], "{:?}", after.objectives);
    assert!(after.objectives[2].because[0].contains("(M: Nobody knew.)"));
    let decisions: Vec<&str> =
        after.timeline.iter().filter(|one| one.kind == "decision").map(|one| one.text.as_str()).collect();
    assert_eq!(decisions, ["second model"]);
    let gave_up = after.measures.iter().find(|row| row.what == "abandonment chat").expect("it is a measure");
    assert!(gave_up.played < gave_up.nothing && gave_up.plan.is_some(), "{gave_up:?}");
    let cost = |of: &dyn Fn(&holdline::drill::view::MeasureRow) -> Option<f64>| {
        after.measures.iter().find(|row| row.what == "cost (EUR)").and_then(of).expect("the desk has costs")
    };
    assert!(cost(&|row| row.played) != cost(&|row| row.nothing));
    let files = Report::of(&exercise, after).files().expect("the template is good");
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["after-action.json", "after-action.md", "after-action.html"]);
    assert!(files[1].1.contains("“second model”: decided at 09:20, wanted by 09:30."), "{}", files[1].1);
    assert!(files[2].1.starts_with("<!doctype html>") && !files[2].1.contains("http"), "one file, no request");
}

#[test]
fn a_drill_that_is_broken_off_is_told_up_to_there() {
    let mut exercise = begun(&short());
    play_to(&mut exercise, minutes(33.0));
    exercise.break_off().expect("it can be ended");
    let after = exercise.look_back()();
    assert!(after.summary.iter().any(|line| line.contains("broken off at 09:33")), "{:?}", after.summary);
    assert!(after.curves.iter().all(|group| group.curves.iter().all(|curve| curve.line.len() == 34)));
    assert!(after.timeline.iter().all(|entry| entry.at <= 1_980.0));
    assert!(Exercise::new(&short(), None).break_off().is_err(), "nothing was begun");
}

#[test]
fn what_people_write_is_text_in_the_report() {
    let mut exercise = begun(&short());
    exercise.advance(minutes(1.0));
    let evil = "<script>alert(1)</script> | # *x* [a](javascript:b)";
    exercise.act(&seat("lead"), Command::Say { text: evil.to_owned(), why: Some(evil.to_owned()) }).expect("any words");
    let line =
        holdline::drill::view::Improvement { what: evil.to_owned(), owner: evil.to_owned(), by: evil.to_owned() };
    exercise.act(&Seat::Facilitator, Command::Improve { line: None, text: line }).expect("any words");
    exercise.act(&seat("lead"), Command::HotWash { question: 0, text: evil.to_owned() }).expect("any words");
    exercise.break_off().expect("it can be ended");
    let after = exercise.look_back()();
    for (name, text) in Report::of(&exercise, after).files().expect("the template is good") {
        if name != "after-action.json" {
            assert!(!text.contains("<script>"), "{name}");
        }
        if name.ends_with("md") {
            assert!(!text.contains("[a](javascript") && text.contains("\\|"), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// However the clock is cut into ticks, and wherever it is taken back to, the same commands at the same moments are the
    /// same day.
    #[test]
    fn the_day_does_not_depend_on_how_the_clock_ran(
        ticks in proptest::collection::vec(0.3f64..400.0, 1..60),
        back in 0.0f64..3_000.0,
    ) {
        let set = short();
        let decide = |exercise: &mut Exercise| {
            play_to(exercise, minutes(21.0));
            exercise.act(&seat("lead"), lever("second model")).expect("the lead may");
            exercise.act(&seat("floor"), lever("short calls")).expect("anybody may");
        };
        let mut once = begun(&set);
        decide(&mut once);
        play_to(&mut once, minutes(80.0));
        let mut ticked = begun(&set);
        let mut at = 0.0;
        for tick in ticks.iter().cycle() {
            at += tick;
            play_to(&mut ticked, Time::from_secs_f64(at.min(3_000.0)));
            if at >= 3_000.0 {
                break;
            }
        }
        ticked.act(&Seat::Facilitator, Command::Rewind { to: back.min(1_259.0) }).expect("it was played");
        ticked.act(&Seat::Facilitator, Command::Resume).expect("it goes on");
        decide(&mut ticked);
        play_to(&mut ticked, minutes(80.0));
        let (one, other) = (facilitators(&once), facilitators(&ticked));
        prop_assert_eq!(one, other);
    }
}
