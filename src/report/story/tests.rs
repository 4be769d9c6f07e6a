//! Stories out of a journal in memory, as a rehearsal writes one.

use super::*;
use crate::measure::fixture::{day, who};
use crate::observation::{After, Cause, Effect, Reply, Who};
use crate::report::journal::{FORMAT, Header, Journal};
use crate::report::note::{Note, Speaker};
use crate::scenario::model::Id;
use crate::seam::Source;
use crate::time::Span;

fn at(second: i64) -> Time {
    Time::ZERO + Span::from_secs(second)
}

fn begun() -> Journal<Vec<u8>> {
    let header = Header {
        holdline_journal: FORMAT,
        scenario: day().hash,
        seed: 1,
        run: 0,
        plan: "written".into(),
        mode: "rehearse".into(),
        pace: 1.0,
        warm_start: None,
    };
    Journal::begin(Vec::new(), &header).expect("memory takes everything")
}

fn starts(journal: &mut Journal<Vec<u8>>, who: Who) {
    journal.observe(who.started, &Observation::Offered { who, cause: Cause::First });
    journal.observe(who.started, &Observation::Entered { who });
}

fn worst_of(bytes: &[u8], ending: &[(Time, Observation)]) -> Stories {
    worst(|| Ok(bytes), &day(), ending).expect("it was just written")
}

#[test]
fn everything_that_happened_to_a_contact_is_on_one_line_of_time() {
    let (mut journal, who) = (begun(), who(1, 0, 10));
    starts(&mut journal, who);
    let said = |by, words: &str, taken_for: Option<&str>| Note::Said {
        contact: who.contact,
        by,
        words: words.into(),
        taken_for: taken_for.map(str::to_owned),
        nonce: None,
        meant_for: None,
    };
    journal.note(at(10), said(Speaker::Customer, "Hello.", None));
    let exchange = Note::Exchange {
        of: Id::new(2),
        contact: who.contact,
        began: at(11),
        call: "POST /v1/chat/completions".into(),
        endpoint: "chat.completions".into(),
        status: Some(503),
        fault: Some("openai.overloaded".into()),
        gave_up: false,
        retry: true,
        too_early: true,
        retry_after: Some(Span::from_secs(5)),
    };
    journal.note(at(12), exchange);
    let request = Observation::Request {
        of: Id::new(2),
        who: Some(who),
        reply: Reply::Failed,
        retry: true,
        took: Span::from_secs(1),
        too_early: true,
    };
    journal.observe(at(12), &request);
    journal.note(at(13), said(Speaker::Desk, "Sorry.", Some("apology")));
    journal.observe(at(13), &Observation::Apology { who });
    journal.observe(at(60), &Observation::Lost { who });
    journal.note(at(60), "a note for people, which is no story");
    let bytes = journal.close(at(60)).expect("memory takes everything");
    let stories = worst_of(&bytes, &[]);
    let story = &stories.told[0];
    assert_eq!(
        (stories.told.len(), stories.more, story.why.as_slice()),
        (1, 0, &["lost_contacts".into(), "apologies".into()][..])
    );
    assert_eq!((story.began, story.ended, story.waits.as_slice()), (10.0, 60.0, &[[10.0, 60.0]][..]));
    let lines: Vec<String> = story.lines.iter().map(|l| format!("{} {} {}: {}", l.at, l.who, l.kind, l.text)).collect();
    let name = &day().desk.dependencies[2].name;
    assert_eq!(
        lines,
        [
            "10 customer happened: starts by chat".to_owned(),
            "10 customer happened: is with the desk and waits".to_owned(),
            "10 customer said: “Hello.”".to_owned(),
            format!(
                "11 {name} asked: POST /v1/chat/completions → 503 (fault openai.overloaded, a retry, before its Retry-After was over, asks to wait 5 s)"
            ),
            "13 desk said: “Sorry.” (apology)".to_owned(),
            "60 desk happened: lost: neither answered nor open at the end".to_owned(),
        ],
        "what the wire's notes say is not said again by the observations"
    );
    assert_eq!(story.lines[3].lasted, 1.0);
}

#[test]
fn the_gravest_come_first_and_the_rest_is_counted() {
    let mut journal = begun();
    for n in 0..40u32 {
        let who = who(n, 0, i64::from(n));
        starts(&mut journal, who);
        let late = Observation::Answered { who, source: Source::Unknown, first: true, late: true, by_nonce: false };
        let again =
            Observation::Repeated { of: Id::new(2), who: Some(who), effect: Effect::Ticket, after: After::Fault };
        match n % 4 {
            0 => journal.observe(at(50), &late),
            1 => journal.observe(at(50), &Observation::Lost { who }),
            2 => journal.observe(at(50), &again),
            _ => journal.observe(at(50), &Observation::Misdirected { who }),
        }
    }
    let good = who(99, 0, 3);
    starts(&mut journal, good);
    journal.observe(at(4), &Observation::Placeholder { who: good });
    let answered =
        Observation::Answered { who: good, source: Source::Unknown, first: true, late: false, by_nonce: false };
    journal.observe(at(5), &answered);
    let bytes = journal.close(at(60)).expect("memory takes everything");
    let stories = worst_of(&bytes, &[]);
    let why: Vec<&str> = stories.told.iter().map(|story| story.why[0].as_str()).collect();
    assert_eq!((stories.told.len(), stories.more), (SHOWN, 40 - SHOWN as u64));
    let few = ["late_answers"; 3].into_iter().chain(["repeated_side_effects"; 3]);
    let sorted = ["lost_contacts"; 10].into_iter().chain(["misdirected"; 8]).chain(few);
    assert_eq!(why, sorted.collect::<Vec<_>>(), "the gravest, and a few of every kind");
    assert!(stories.told[..10].windows(2).all(|pair| pair[0].began < pair[1].began));
    let own = of_customer(|| Ok(bytes.as_slice()), &day(), &[], good.customer).expect("it is known");
    assert!(own.iter().any(|story| story.why.is_empty()), "a contact that went well has a story too: {own:?}");
}

#[test]
fn a_killed_run_has_its_stories_too() {
    let (mut journal, who) = (begun(), who(1, 0, 10));
    starts(&mut journal, who);
    journal.note(at(11), Note::Nonce { of: Id::new(2), contact: who.contact, nonce: "K7F2-93".into() });
    let whole = journal.close(at(99)).expect("memory takes everything");
    let text = String::from_utf8(whole).expect("JSON is text");
    // Without its last line, and the one before it torn.
    let torn = text.lines().take(4).collect::<Vec<_>>().join("\n");
    let stories = worst_of(&torn.as_bytes()[..torn.len() - 5], &[(at(50), Observation::Lost { who })]);
    assert_eq!((stories.told.len(), stories.told[0].lines.len()), (1, 3));
    assert_eq!(stories.told[0].ended, 50.0);
}

#[test]
fn a_flood_keeps_its_beginning_and_its_end() {
    let (mut journal, who) = (begun(), who(1, 0, 10));
    starts(&mut journal, who);
    for n in 0..9_000 {
        journal.note(at(11 + n), Note::Nonce { of: Id::new(2), contact: who.contact, nonce: n.to_string() });
    }
    journal.observe(at(9_999), &Observation::Lost { who });
    let bytes = journal.close(at(9_999)).expect("memory takes everything");
    let story = worst_of(&bytes, &[]).told.remove(0);
    assert!(story.lines.len() <= 160 && story.left_out > 8_000, "{}", story.left_out);
    assert_eq!((story.lines.len() as u64 + story.left_out), 9_003);
}
