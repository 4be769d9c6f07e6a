//! The log of an exercise: a line of JSON for the exercise, for each command before it is done, and for each minute with what
//! the floor came to. Whatever kills the process, what was decided is on the disk; a last line that was cut is left out.

use crate::drill::view::{Command, Seat, Seconds};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

/// The version of the log's form.
const FORMAT: u32 = 1;
/// Bytes of one line at most: a command has at most a few texts.
const LONGEST_LINE: u64 = 1 << 20;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the log's form.
    pub holdline_drill: u32,
    /// The scenario's hash.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The version of the program that wrote it.
    pub version: String,
}

impl Header {
    /// Of an exercise of this scenario.
    pub fn new(scenario: &str, seed: u64) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { holdline_drill: FORMAT, scenario: scenario.to_owned(), seed, version }
    }
}

/// Every line but the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// Somebody did something.
    Command {
        /// When, in exercise time.
        at: Seconds,
        /// Counts up from zero.
        seq: u64,
        /// Who.
        who: Seat,
        /// What.
        command: Command,
    },
    /// A minute is over.
    Minute {
        /// Which, from the start of the day; of a rewound exercise it comes again.
        minute: u64,
        /// The hash of the floor up to then.
        floor: String,
    },
}

/// What was read of a log.
#[derive(Debug)]
pub struct Read {
    /// Its first line.
    pub header: Header,
    pub(super) lines: Vec<Line>,
    /// How many bytes of it are whole lines.
    length: u64,
}

/// Where an exercise is written down.
#[derive(Debug)]
pub struct Log {
    file: File,
    seq: u64,
    trouble: Option<String>,
}

impl Log {
    /// Begins a log in a file that does not exist yet.
    ///
    /// # Errors
    ///
    /// It exists already, or cannot be written.
    pub fn begin(path: &Path, header: &Header) -> Result<Self, String> {
        let cannot = |e: std::io::Error| format!("{} cannot be written: {e}", path.display());
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(cannot)?;
        own(&file, path)?;
        let mut log = Self { file, seq: 0, trouble: None };
        log.line(header, true).map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
        Ok(log)
    }

    /// Goes on with a log that was read; what was cut off at its end is cut away.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn resume(path: &Path, read: &Read) -> Result<Self, String> {
        let cannot = |e: std::io::Error| format!("{} cannot be written: {e}", path.display());
        let mut file = OpenOptions::new().write(true).open(path).map_err(cannot)?;
        own(&file, path)?;
        file.set_len(read.length).map_err(cannot)?;
        file.seek(SeekFrom::End(0)).map_err(cannot)?;
        let seq = read.lines.iter().filter(|line| matches!(line, Line::Command { .. })).count() as u64;
        Ok(Self { file, seq, trouble: None })
    }

    /// Writes a command, and is not done before it is on the disk.
    pub(super) fn command(&mut self, at: Seconds, who: &Seat, command: &Command) -> Result<(), String> {
        let line = Line::Command { at, seq: self.seq, who: who.clone(), command: command.clone() };
        self.line(&line, true)?;
        self.seq += 1;
        Ok(())
    }

    /// Writes what a minute came to. That it could not is told by the next command.
    pub(super) fn minute(&mut self, minute: u64, floor: u64) {
        let line = Line::Minute { minute, floor: format!("{floor:016x}") };
        if let Err(trouble) = self.line(&line, false) {
            self.trouble.get_or_insert(trouble);
        }
    }

    fn line(&mut self, line: &impl Serialize, sync: bool) -> Result<(), String> {
        if let Some(trouble) = &self.trouble {
            return Err(trouble.clone());
        }
        let mut text = serde_json::to_string(line).map_err(|e| e.to_string())?;
        text.push('\n');
        // Half a line is no line: what comes after it would be lost with it.
        let end = self.file.stream_position().map_err(|e| e.to_string())?;
        let written =
            self.file.write_all(text.as_bytes()).and_then(|()| if sync { self.file.sync_data() } else { Ok(()) });
        written.map_err(|e| {
            if self.file.set_len(end).and_then(|()| self.file.seek(SeekFrom::Start(end)).map(drop)).is_err() {
                self.trouble = Some(e.to_string());
            }
            e.to_string()
        })
    }
}

/// Makes sure that nobody else writes this log as long as we do.
fn own(file: &File, path: &Path) -> Result<(), String> {
    let name = path.display();
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(format!("{name} is being written by another drill: end that one first")),
        Err(TryLockError::Error(e)) => Err(format!("{name} cannot be locked: {e}")),
    }
}

/// Reads a log.
///
/// # Errors
///
/// It cannot be read, or it is none. A last line that was cut is no error.
pub fn read(path: &Path) -> Result<Read, String> {
    let name = path.display();
    let file = File::open(path).map_err(|e| format!("{name} cannot be read: {e}"))?;
    let mut reader = BufReader::new(file);
    let (mut header, mut lines, mut length, mut number) = (None, Vec::new(), 0, 0);
    loop {
        let mut text = Vec::new();
        let limited = &mut std::io::Read::take(&mut reader, LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut text).map_err(|e| format!("{name} cannot be read: {e}"))?;
        number += 1;
        if text.last() != Some(&b'\n') {
            if read as u64 == LONGEST_LINE {
                return Err(format!("{name}:{number}: this line is too long for the log of a drill"));
            }
            break;
        }
        if header.is_none() {
            header = Some(first(&text).ok_or_else(|| format!("{name} is no log of a drill"))?);
        } else {
            let line =
                serde_json::from_slice(&text).map_err(|e| format!("{name}:{number}: this is no line of it: {e}"))?;
            lines.push(line);
        }
        length += read as u64;
    }
    let header = header.ok_or_else(|| format!("{name} is no log of a drill: it has no first line"))?;
    Ok(Read { header, lines, length })
}

fn first(text: &[u8]) -> Option<Header> {
    serde_json::from_slice(text).ok().filter(|header: &Header| header.holdline_drill == FORMAT)
}
