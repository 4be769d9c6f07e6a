//! Every shipped drill is a regression test: it loads without a warning, English and French are the same drill, its script runs
//! to the end by itself, its written plan is worth something, and so is deciding in time.

use holdline::drill::exercise::{Exercise, Set, dry};
use holdline::drill::play::Play;
use holdline::drill::view::{After, ClockState, Command, Seat};
use holdline::faults::for_the_model;
use holdline::scenario::model::{Drill, ExpectedOf, Language, Scenario, Trigger};
use holdline::scenario::{Overrides, incidents, load};
use holdline::time::Time;
use std::path::{Path, PathBuf};

const NAMES: [&str; 6] =
    ["deaf-bots", "false-all-clear", "half-sick", "llm-brownout", "phones-in-a-storm", "ticketing-down"];

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/drills").join(file)
}

fn day(file: &str) -> Scenario {
    let loaded = load(&path(file), &Overrides::default()).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let warnings: Vec<String> = loaded.warnings.iter().map(|one| one.render(&loaded.sources, false)).collect();
    assert!(warnings.is_empty(), "{file}:\n{}", warnings.join("\n"));
    for_the_model(loaded.scenario).expect("it can be simulated").0
}

fn drill(day: &Scenario) -> &Drill {
    day.drill.as_deref().expect("it has a drill")
}

#[test]
fn there_are_six_in_two_languages_and_each_can_be_played_in_an_hour_or_so() {
    let mut files: Vec<String> = std::fs::read_dir(path(""))
        .expect("the folder is in the repository")
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    files.sort();
    let expected: Vec<String> =
        NAMES.iter().flat_map(|name| ["day", "fr", ""].map(|part| format!("{name}.{part}"))).collect();
    let expected: Vec<String> = expected.iter().map(|name| format!("{}.yaml", name.trim_end_matches('.'))).collect();
    assert_eq!(files, expected);
    for name in NAMES {
        let (english, french) = (day(&format!("{name}.yaml")), day(&format!("{name}.fr.yaml")));
        let (en, fr) = (drill(&english), drill(&french));
        assert_eq!((en.language, fr.language), (Language::En, Language::Fr));
        let minutes = english.length.secs_f64() / en.pace / 60.0;
        assert!((45.0..=90.0).contains(&minutes), "{name} takes {minutes} minutes");
        assert!((4..=6).contains(&en.injects.len()) && en.objectives.len() >= 2 && en.levers.len() >= 5, "{name}");
        assert!(en.roles.iter().filter(|role| !role.hidden).count() >= 3 && en.roles.iter().any(|role| role.hidden));
        let based_on = en.based_on.as_deref().expect("it is built on an incident");
        assert!(incidents::find(based_on).is_some(), "{based_on}");
        for drill in [en, fr] {
            assert!(!drill.about.is_empty() && drill.questions.len() == 3, "{name}");
        }
        // The same drill: what differs is words.
        let shape = |drill: &Drill| {
            let levers: Vec<_> = drill
                .levers
                .iter()
                .map(|one| (one.role, one.delay, one.actions.len(), one.undoes, one.wants_text, one.once, one.serves))
                .collect();
            let injects: Vec<_> = drill
                .injects
                .iter()
                .map(|one| (format!("{:?}", one.trigger), one.to.clone(), one.via, one.expect.clone()))
                .collect();
            let expected: Vec<_> = drill
                .expect
                .iter()
                .map(|one| match &one.of {
                    ExpectedOf::Lever { lever, by } => (one.objective, format!("{lever:?} {by:?}")),
                    ExpectedOf::Measure(one) => (None, format!("{} {:?} {:?}", one.kpi, one.channel, one.limit)),
                    ExpectedOf::Observe(_) => (one.objective, String::new()),
                })
                .collect();
            let roles: Vec<_> = drill.roles.iter().map(|role| (role.at_least, role.hidden)).collect();
            (levers, injects, expected, roles, drill.hold_at.clone(), drill.fog.dashboards, drill.pace.to_bits())
        };
        assert_eq!(shape(en), shape(fr), "{name}");
    }
}

/// Plays it, with each of these levers pulled at its moment.
fn played(file: &str, decisions: &[(Time, String)]) -> (Exercise, After) {
    let set = Set::new(&day(file), 1).expect("it has a drill");
    let mut exercise = Exercise::new(&set, None);
    let facilitator = Seat::Facilitator;
    exercise.act(&facilitator, Command::Start).expect("it begins");
    let mut decisions = decisions.to_vec();
    decisions.sort();
    decisions.push((Time::NEVER, String::new()));
    for (at, lever) in decisions {
        while exercise.clock().at < at.secs_f64() && exercise.clock().state != ClockState::Ended {
            exercise.advance(at);
            if exercise.clock().state == ClockState::Held {
                exercise.act(&facilitator, Command::Resume).expect("it goes on");
            }
        }
        if exercise.clock().state != ClockState::Ended {
            let text = Some("We know, and we are at it.".to_owned());
            exercise.act(&facilitator, Command::Lever { lever, text }).unwrap_or_else(|no| panic!("{file}: {no:?}"));
        }
    }
    let after = exercise.after().expect("it is over")();
    (exercise, after)
}

/// How many of the measures are clearly better in one day than in the other.
fn better(after: &After, one: impl Fn(&holdline::drill::view::MeasureRow) -> Option<f64>) -> usize {
    let counts = |row: &&holdline::drill::view::MeasureRow| match (one(row), row.nothing) {
        (Some(one), Some(nothing)) => one < nothing * 0.9 - 0.05,
        _ => false,
    };
    after.measures.iter().filter(counts).count()
}

#[test]
fn each_runs_by_itself_and_deciding_is_worth_something() {
    for name in NAMES {
        let file = format!("{name}.yaml");
        let told = dry(&Set::new(&day(&file), 1).expect("it has a drill"));
        assert!(!told.contains('⚠') && told.contains("/ 100 days, no decision"), "{name}:\n{told}");
        let (exercise, after) = played(&file, &[]);
        let script = exercise.view(&Seat::Facilitator).script.expect("the facilitator has it");
        assert_eq!(script.warnings, [] as [&str; 0], "{name}");
        assert!(
            better(&after, |row| row.plan) >= 2,
            "the written plan of {name} is worth little: {:?}",
            after.measures
        );
        let kinds: Vec<&str> = after.curves[0].curves.iter().map(|curve| curve.of.as_str()).collect();
        assert_eq!(kinds, ["nothing", "plan", "played"]);
        for curve in after.curves.iter().flat_map(|group| group.curves.first().zip(group.curves.get(2))) {
            assert_eq!(curve.0.line, curve.1.line, "{name}: nobody decided anything");
        }
        // What is expected, done a minute before it must be.
        let day = day(&file);
        let drill = drill(&day);
        let mut decisions: Vec<(Time, String)> = Vec::new();
        for expected in &drill.expect {
            if let ExpectedOf::Lever { lever, by: Some(by) } = &expected.of {
                let name = drill.levers[lever.index()].name.clone();
                decisions.push((*by - holdline::time::Span::MINUTE, name));
            }
        }
        assert!(decisions.len() >= 2, "{name} expects decisions");
        let (_, after) = played(&file, &decisions);
        assert!(better(&after, |row| row.played) >= 1, "deciding in {name} is worth nothing: {:?}", after.measures);
        let unless = drill.injects.iter().filter(|inject| matches!(inject.trigger, Trigger::Unless { .. })).count();
        let sent = after.timeline.iter().filter(|entry| entry.kind == "inject").count();
        assert!(sent <= drill.injects.len() - unless, "{name}: what was decided in time is not asked for");
    }
}
