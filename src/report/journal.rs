//! `journal.jsonl`: every observation of a run, one JSON object a line, as it happens. All figures can be recomputed from
//! scenario and journal. Times and lengths are microseconds, ids are places in the scenario's lists.
//!
//! The first line is the [`Header`]. Then come observations, `{"at": …, "kind": …, …}`, and notes, `{"at": …, "note": …, …}`,
//! which readers of figures pass over. The last line is `{"closed": …}`; a run that was killed has none, and may end in the
//! middle of a line.

use super::{belongs::belongs, note};
use crate::measure::{Collector, RunFigures, Windows};
use crate::observation::{Observation, Observer};
use crate::scenario::Scenario;
use crate::scenario::model::Window;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Read, Write};

/// The version of the format.
pub const FORMAT: u32 = 1;
/// The longest line a reader takes.
const LONGEST: u64 = 1 << 20;

/// What a journal is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub holdline_journal: u32,
    /// The hash of the scenario.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Which run of the seed.
    pub run: u64,
    /// The plan: `written`, `none`, a file's name or `undisturbed`.
    pub plan: String,
    /// `simulate`, `rehearse` or `drill`.
    pub mode: String,
    /// Scenario seconds a second.
    pub pace: f64,
    /// A warm-started rehearsal: what lies before `from` was simulated and is not measured, and it was to end at `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_start: Option<Window>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    at: Time,
    #[serde(flatten)]
    seen: Observation,
}

#[derive(Serialize, Deserialize)]
struct Note<N> {
    at: Time,
    note: N,
}

#[derive(Serialize, Deserialize)]
struct Closed {
    closed: Time,
}

/// Appends observations. Each line is handed over whole, so that a killed run loses no more than its last one.
#[derive(Debug)]
pub struct Journal<W: Write> {
    to: W,
    line: Vec<u8>,
    failed: Option<io::Error>,
}

impl<W: Write> Journal<W> {
    /// Begins a journal with its header.
    pub fn begin(to: W, header: &Header) -> io::Result<Self> {
        let mut journal = Self { to, line: Vec::new(), failed: None };
        journal.append(header);
        match journal.failed.take() {
            Some(error) => Err(error),
            None => Ok(journal),
        }
    }
    /// Keeps something that is no observation: what was said, an exchange of HTTP, the text of an error.
    pub fn note<N: Serialize>(&mut self, at: Time, note: N) {
        self.append(&Note { at, note });
    }
    /// Ends the journal; the first error of any line shows here at the latest.
    pub fn close(mut self, at: Time) -> io::Result<W> {
        self.append(&Closed { closed: at });
        match self.failed {
            Some(error) => Err(error),
            None => self.to.flush().map(|()| self.to),
        }
    }
    /// The first error so far; nothing is written after it.
    pub fn failed(&self) -> Option<&io::Error> {
        self.failed.as_ref()
    }
    fn append<L: Serialize>(&mut self, line: &L) {
        if self.failed.is_some() {
            return;
        }
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, line).map_err(io::Error::from).and_then(|()| {
            self.line.push(b'\n');
            self.to.write_all(&self.line)
        });
        self.failed = written.err();
    }
}

impl<W: Write> Observer for Journal<W> {
    fn observe(&mut self, at: Time, seen: &Observation) {
        self.append(&Line { at, seen: *seen });
    }
}

/// What a journal held beside its observations.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// What it is of.
    pub header: Header,
    /// How many observations there were.
    pub observations: u64,
    /// When the run was closed; `None` if it was killed.
    pub closed: Option<Time>,
    /// The last moment seen.
    pub last: Time,
    /// The last line was torn and is left out.
    pub torn: bool,
}

/// Reads the journal of a scenario into an observer. That of another scenario is refused before anything is observed, and what
/// the scenario does not have is an error with its line: nothing in `into` need look out for it.
pub fn replay_of(from: impl BufRead, scenario: &Scenario, into: &mut impl Observer) -> Result<Replayed, String> {
    let same = |header: &Header| {
        if header.scenario == scenario.hash {
            return Ok(());
        }
        Err(format!("the journal is of scenario {}, this is scenario {}", header.scenario, scenario.hash))
    };
    replay_all(from, same, |at, entry| {
        if let Entry::Seen(seen) = entry {
            belongs(&seen, scenario)?;
            into.observe(at, &seen);
        }
        Ok(())
    })
}

/// One line of a journal that was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Something was observed.
    Seen(Observation),
    /// Something was kept for the stories of contacts. Other notes, which are for people, are left out.
    Note(note::Note),
}

/// Reads a journal entry by entry, with the notes that tell the stories of contacts. A torn last line is left out; anything else
/// that is wrong is an error with its line. `check` may refuse the header first. What `each` refuses is an error with
/// its line.
pub fn replay_all(
    from: impl BufRead,
    check: impl FnOnce(&Header) -> Result<(), String>,
    mut each: impl FnMut(Time, Entry) -> Result<(), String>,
) -> Result<Replayed, String> {
    let mut lines = Lines { from, number: 0, buffer: Vec::new() };
    let first = lines.next()?.ok_or("the journal is empty")?;
    let header: Header = serde_json::from_slice(first).map_err(|e| format!("line 1 is no header of a journal: {e}"))?;
    if header.holdline_journal != FORMAT {
        return Err(format!("the journal has format {}, this program reads {FORMAT}", header.holdline_journal));
    }
    check(&header)?;
    let mut replayed = Replayed { header, observations: 0, closed: None, last: Time::ZERO, torn: false };
    while let Some(line) = lines.next()? {
        if let Ok(Line { at, seen }) = serde_json::from_slice(line) {
            each(at.max(replayed.last), Entry::Seen(seen)).map_err(|e| format!("line {}: {e}", lines.number))?;
            replayed.observations += 1;
            replayed.last = replayed.last.max(at);
        } else if let Ok(Closed { closed }) = serde_json::from_slice(line) {
            replayed.closed = Some(closed);
        } else if let Ok(Note { at, note }) = serde_json::from_slice::<Note<note::Note>>(line) {
            each(at.max(replayed.last), Entry::Note(note)).map_err(|e| format!("line {}: {e}", lines.number))?;
        } else if serde_json::from_slice::<Note<serde::de::IgnoredAny>>(line).is_err() {
            let why = serde_json::from_slice::<Line>(line).err().map(|e| e.to_string()).unwrap_or_default();
            let number = lines.number;
            if lines.next()?.is_some() {
                return Err(format!("line {number} is no observation: {why}"));
            }
            replayed.torn = true;
            break;
        }
    }
    Ok(replayed)
}

/// The figures of a run out of its scenario and its journal, up to where the journal goes. A journal of another scenario
/// is refused.
pub fn figures(from: impl BufRead, scenario: &Scenario, windows: &Windows) -> Result<(Replayed, RunFigures), String> {
    let mut collector = Collector::new(scenario, windows);
    let replayed = replay_of(from, scenario, &mut collector)?;
    let figures = collector.finish(replayed.closed.unwrap_or(replayed.last));
    Ok((replayed, figures))
}

struct Lines<R> {
    from: R,
    number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<&[u8]>, String> {
        self.buffer.clear();
        self.number += 1;
        let read = self.from.by_ref().take(LONGEST).read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|e| format!("line {} cannot be read: {e}", self.number))?;
        if read as u64 == LONGEST {
            return Err(format!("line {} is longer than {LONGEST} bytes", self.number));
        }
        Ok((read > 0).then_some(self.buffer.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::fixture::who;
    use crate::observation::{Cause, Door, Reply, Trouble};
    use crate::scenario::model::Id;
    use crate::seam::Source;
    use crate::time::Span;
    use proptest::prelude::*;

    fn header() -> Header {
        Header {
            holdline_journal: FORMAT,
            scenario: "5f2c9a".into(),
            seed: 7,
            run: 0,
            plan: "written".into(),
            mode: "rehearse".into(),
            pace: 1.0,
            warm_start: None,
        }
    }
    fn list() -> Vec<(Time, Observation)> {
        use Observation as O;
        let who = who(1, 0, 5);
        let faq = Source::Faq { solves_per_mille: Some(350) };
        let seen = [
            O::Offered { who, cause: Cause::Retry },
            O::Blocked { who, door: Door::Broken(Id::new(2)) },
            O::Answered { who, source: faq, first: true, late: false, by_nonce: false },
            O::Answered { who, source: Source::Model(Id::new(1)), first: false, late: true, by_nonce: true },
            O::Handled { who, team: Id::new(1), length: Span::from_secs(90) },
            O::Request {
                of: Id::new(2),
                who: None,
                reply: Reply::TimedOut,
                retry: true,
                took: Span::from_secs(30),
                too_early: false,
            },
            O::Update { over: Id::new(4), all_clear: false, next_by: Some(Time::from_micros(9)), delivered: true },
            O::Level { channel: Id::new(0), waiting: 3, in_service: 2, backlog: 5 },
            O::Missed { events: 3 },
            O::Egress { host: crate::observation::HostName::new("huggingface.co") },
            O::Stopped { by: None },
            O::TargetTrouble { kind: Trouble::Exited },
        ];
        seen.into_iter().enumerate().map(|(n, seen)| (Time::from_micros(n as i64 * 1_500_000), seen)).collect()
    }
    fn written(close: bool) -> Vec<u8> {
        let mut journal = Journal::begin(Vec::new(), &header()).expect("memory takes everything");
        for (at, seen) in list() {
            journal.observe(at, &seen);
        }
        journal.note(Time::ZERO, "hello");
        if close { journal.close(Time::from_micros(99_000_000)).expect("memory takes everything") } else { journal.to }
    }
    fn replayed(bytes: &[u8]) -> Result<(Replayed, Vec<(Time, Observation)>), String> {
        let mut seen = Vec::new();
        let each = |at, entry| {
            seen.extend(if let Entry::Seen(one) = entry { Some((at, one)) } else { None });
            Ok(())
        };
        replay_all(bytes, |_| Ok(()), each).map(|replayed| (replayed, seen))
    }

    #[test]
    fn a_journal_is_read_back_as_it_was_written() {
        let (about, seen) = replayed(&written(true)).expect("it was just written");
        assert_eq!(seen, list());
        assert_eq!((about.header, about.observations, about.torn), (header(), 12, false));
        assert_eq!(about.closed, Some(Time::from_micros(99_000_000)));
    }

    #[test]
    fn a_line_is_an_object_with_its_moment_and_kind() {
        let text = String::from_utf8(written(true)).expect("JSON is text");
        let line = text.lines().nth(8).expect("there are lines");
        assert_eq!(line, r#"{"at":10500000,"kind":"level","channel":0,"waiting":3,"in_service":2,"backlog":5}"#);
    }

    #[test]
    fn wherever_it_was_cut_the_journal_gives_what_had_happened() {
        let whole = written(false);
        let header_ends = whole.iter().position(|b| *b == b'\n').expect("there is a header") + 1;
        for cut in header_ends..whole.len() {
            let (about, seen) = replayed(&whole[..cut]).unwrap_or_else(|e| panic!("cut at {cut}: {e}"));
            assert_eq!(seen[..], list()[..seen.len()], "cut at {cut}");
            assert_eq!(about.closed, None);
            let lines = whole[..cut].iter().filter(|b| **b == b'\n').count();
            assert!(seen.len() + 2 >= lines, "cut at {cut}: no whole line is lost");
        }
    }

    #[test]
    fn the_figures_come_out_of_scenario_and_journal() {
        let scenario = crate::measure::fixture::day();
        let windows = Windows::of(&scenario);
        let mut journal = Journal::begin(Vec::new(), &Header { scenario: scenario.hash.clone(), ..header() })
            .expect("memory takes everything");
        let mut live = Collector::new(&scenario, &windows);
        for n in 0..50u32 {
            let who = who(n, 1, 600 + 100 * i64::from(n));
            let wait = Span::from_secs(i64::from(n));
            for (at, seen) in [
                (who.started, Observation::Offered { who, cause: Cause::First }),
                (who.started, Observation::Entered { who }),
                (who.started + wait, Observation::Served { who, waited: wait }),
            ] {
                journal.observe(at, &seen);
                live.observe(at, &seen);
            }
        }
        let bytes = journal.close(scenario.close()).expect("memory takes everything");
        let (_, again) = figures(bytes.as_slice(), &scenario, &windows).expect("it was just written");
        assert_eq!(format!("{again:?}"), format!("{:?}", live.finish(scenario.close())));
        let other = Scenario { hash: "another".into(), ..scenario };
        assert!(figures(bytes.as_slice(), &other, &windows).is_err_and(|e| e.contains("another")));
    }

    #[test]
    fn what_is_wrong_in_the_middle_is_an_error_with_its_line() {
        let text = String::from_utf8(written(true)).expect("JSON is text");
        let broken = text.replacen("\"kind\":\"handled\"", "\"kind\":\"handle\"", 1);
        assert!(replayed(broken.as_bytes()).is_err_and(|e| e.starts_with("line 6 ")));
        assert!(replayed(b"").is_err());
        assert!(replayed(b"{}\n").is_err_and(|e| e.contains("header")));
        let newer = text.replacen("\"holdline_journal\":1", "\"holdline_journal\":2", 1);
        assert!(replayed(newer.as_bytes()).is_err_and(|e| e.contains("format 2")));
        let endless = [written(false), vec![b'x'; 3 << 20]].concat();
        assert!(replayed(&endless).is_err_and(|e| e.contains("longer")));
    }

    proptest! {
        /// Whatever has become of a journal, it is read up to there or refused.
        #[test]
        fn any_bytes_behind_a_header_are_read_or_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            line in "(\\{|\\}|\"at\":|\"seen\":|\"note\":|\"closed\":|[0-9]{1,20}|,|\n|\\[|-){0,20}",
            cut in 0usize..2_000,
        ) {
            let mut whole = Journal::begin(Vec::new(), &header()).expect("memory takes it");
            list().iter().for_each(|(at, seen)| whole.observe(*at, seen));
            let whole = whole.close(Time::from_micros(9_000_000)).expect("memory takes it");
            drop(replay_all(bytes.as_slice(), |_| Ok(()), |_, _| Ok(())));
            for tail in [bytes.as_slice(), line.as_bytes()] {
                let spoilt = [&whole[..cut.min(whole.len())], tail].concat();
                drop(replay_all(spoilt.as_slice(), |_| Ok(()), |_, _| Ok(())));
            }
        }
    }
}
