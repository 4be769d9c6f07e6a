//! The log of an exercise: what was decided outlives the process.

use super::{facilitators, lever, minutes, play_to, seat, short};
use holdline::drill::exercise::{Exercise, Header, Log, Set, read};
use holdline::drill::play::Play;
use holdline::drill::view::{Command, Seat};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("holdline-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a temporary folder can be made");
        Self(folder)
    }
    fn log(&self) -> PathBuf {
        self.0.join("drill.jsonl")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) fn logged(set: &Arc<Set>, folder: &Folder) -> Exercise {
    let log = Log::begin(&folder.log(), &Header::new(&set.scenario().hash, 1)).expect("it can be written");
    Exercise::new(set, Some(log))
}

pub(super) fn resumed(set: &Arc<Set>, folder: &Folder) -> Exercise {
    let read = read(&folder.log()).unwrap_or_else(|error| panic!("{error}"));
    let log = Log::resume(&folder.log(), &read).expect("it can be written");
    Exercise::resume(set, &read, Some(log))
}

#[test]
fn what_was_decided_outlives_the_process() {
    let (set, folder) = (short(), Folder::new("drill-log"));
    let mut exercise = logged(&set, &folder);
    exercise.act(&Seat::Facilitator, Command::Start).expect("it begins");
    play_to(&mut exercise, minutes(20.5));
    exercise.act(&seat("lead"), lever("second model")).expect("the lead may");
    play_to(&mut exercise, minutes(50.0));
    exercise.act(&Seat::Facilitator, Command::Branch { from: 1_500.0, name: "b".to_owned() }).expect("a branch");
    exercise.act(&seat("floor"), Command::Say { text: "Wait \u{1F600}".to_owned(), why: None }).expect("anybody may");
    exercise.act(&Seat::Facilitator, Command::HotWash { question: 0, text: "Much.".to_owned() }).expect("an answer");
    let before = facilitators(&exercise);
    assert!(Log::begin(&folder.log(), &Header::new("x", 1)).is_err(), "no drill is written over another");
    drop(exercise);
    let whole = fs::read(folder.log()).expect("it was written");
    // Killed in the middle of a line.
    fs::write(folder.log(), [&whole[..], br#"{"at":1500.0,"seq":9,"who":{"se"#].concat()).expect("it can be written");
    let mut again = resumed(&set, &folder);
    assert_eq!(again.doubts(), [] as [&str; 0]);
    assert_eq!(facilitators(&again), before);
    again.act(&Seat::Facilitator, Command::Resume).expect("it goes on");
    play_to(&mut again, minutes(40.0));
    let later = facilitators(&again);
    drop(again);
    let last = resumed(&set, &folder);
    assert_eq!(last.doubts(), [] as [&str; 0]);
    assert_eq!(facilitators(&last).decisions, later.decisions);
    assert_eq!(facilitators(&last).floor, later.floor);
}

#[test]
fn a_log_of_another_day_is_doubted_and_no_log_is_refused() {
    let (set, folder) = (short(), Folder::new("drill-doubt"));
    let mut exercise = logged(&set, &folder);
    exercise.act(&Seat::Facilitator, Command::Start).expect("it begins");
    play_to(&mut exercise, minutes(5.0));
    drop(exercise);
    let text = fs::read_to_string(folder.log()).expect("it was written");
    let at = text.rfind("\"floor\":\"").expect("minutes are logged") + 9;
    let other = if &text[at..=at] == "0" { "1" } else { "0" };
    fs::write(folder.log(), format!("{}{other}{}", &text[..at], &text[at + 1..])).expect("it can be written");
    let doubts = resumed(&set, &folder).doubts().to_vec();
    assert!(doubts.len() == 1 && doubts[0].contains("09:05"), "{doubts:?}");
    for (text, why) in [
        ("", "no first line"),
        ("{}\n", "no log of a drill"),
        ("{\"holdline_drill\":9,\"scenario\":\"x\",\"seed\":1,\"version\":\"1\"}\n", "no log of a drill"),
        ("\u{0}\u{1}\n", "no log of a drill"),
    ] {
        fs::write(folder.log(), text).expect("it can be written");
        assert!(read(&folder.log()).is_err_and(|error| error.contains(why)), "{text}");
    }
    let broken = text.replacen("{\"minute\":1,", "{\"minute\":", 1);
    fs::write(folder.log(), broken).expect("it can be written");
    assert!(read(&folder.log()).is_err_and(|error| error.contains("drill.jsonl:4:")), "the line is told");
}
