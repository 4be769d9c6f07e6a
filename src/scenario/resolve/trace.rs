//! A recorded trace: from the rows of a CSV file to contacts of the scenario.

use super::stamp::{Stamp, Stamps};
use super::surge::Written;
use super::{Context, Known, Names};
use crate::scenario::csv::{Cell, Csv, Fault};
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::files;
use crate::scenario::model::{Channel, Desk, Id, Reason, Segment, Surge, SurgeEffect, Trace, TraceRow, Window};
use crate::scenario::raw;
use crate::scenario::tree::At;
use crate::time::{Span, Time};
use crate::units::shown;

/// Rows in one trace.
const MOST_ROWS: usize = 1_000_000;
/// How fast a trace may be played at the most, and how slow.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.001..=1_000.0;
/// How many contacts a row may stand for.
const MOST_SCALE: f64 = 100.0;
/// A gap that is told, in the time of the recording.
const GAP: Span = Span::from_secs(3_600);
/// Gaps that are told of one trace.
const MOST_GAPS: usize = 20;

/// A surge that was recorded.
pub(super) fn replayed(context: &mut Context<'_>, names: &Names, desk: &Desk, written: Written<'_>) -> Option<Surge> {
    let raw = written.raw;
    let file = raw.replay.as_ref()?;
    let (speed, scale) = how(context, raw)?;
    let wrong = |title: String| Diagnostic::at(file.place, title);
    let path = files::below(context.folder, context.folder, &file.value);
    let text = path.and_then(|path| files::read_text(&path, files::MOST_DATA));
    let text = text.map_err(|title| context.error(wrong(title))).ok()?;
    let (mut list, skipped) = rows(context, names, &written, &text)?;
    context.data.push(text);
    place(context, &mut list, raw, speed)?;
    let all = list.len();
    let end = context.clock.end;
    list.retain(|(_, row)| Time::ZERO <= row.at && row.at < end);
    list.sort_by_key(|(_, row)| row.at);
    let rows: Vec<TraceRow> = list.iter().map(|(_, row)| *row).collect();
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        let help = match all {
            0 if skipped > 0 => "its rows are of other channels or reasons than this surge",
            0 => "it has no row below its header",
            _ => "its rows come before the start or after the end; `at: start` begins it with the scenario",
        };
        context.error(wrong(format!("no contact of `{}` lies within the scenario", shown(&file.value))).help(help));
        return None;
    };
    let left_out = all - rows.len();
    if left_out > 0 {
        let title = format!("{left_out} of {all} rows lie outside the scenario");
        context.warnings.push(Diagnostic::warning(file.place, title).label("they are left out"));
    }
    let window = Window { from: first.at, to: last.at + Span::from_micros(1) };
    let gaps = gaps(context, desk, file, &rows, speed);
    let instead = match raw.instead.as_ref().is_some_and(|instead| instead.value) {
        true if written.channels.is_empty() => channels_of(&rows),
        true => written.channels,
        false => Vec::new(),
    };
    let left_out = (left_out + skipped) as u32;
    let trace = Trace { file: file.value.clone(), rows: rows.into(), scale, instead, left_out, gaps };
    let effect = SurgeEffect::Trace(trace);
    Some(Surge { name: written.name, effect, window, rise: Span::ZERO, fall: Span::ZERO, because_of: None })
}

/// Its speed and its scale.
fn how(context: &mut Context<'_>, raw: &raw::Surge) -> Option<(f64, f64)> {
    let number = |written: &Option<At<raw::Number>>| written.as_ref().map_or(1.0, |at| at.value.0);
    let (speed, scale) = (number(&raw.speed), number(&raw.scale));
    if let Some(at) = raw.speed.as_ref().filter(|_| !SPEEDS.contains(&speed)) {
        let label = format!("from {} to {} is possible", SPEEDS.start(), SPEEDS.end());
        context.error(Diagnostic::at(at.place, "`speed` is out of bounds").label(label));
        return None;
    }
    if let Some(at) = raw.scale.as_ref().filter(|_| scale <= 0.0 || scale > MOST_SCALE) {
        let label = format!("more than 0, at most {MOST_SCALE}");
        context.error(Diagnostic::at(at.place, "`scale` is out of bounds").label(label));
        return None;
    }
    Some((speed, scale))
}

/// The columns of a trace that mean something.
struct Columns {
    at: usize,
    channel: Option<usize>,
    reason: Option<usize>,
    segment: Option<usize>,
    handle: Option<usize>,
}

impl Columns {
    fn find(
        context: &mut Context<'_>,
        surge: &At<raw::Surge>,
        (file, text): (&str, &str),
        csv: &Csv<'_>,
    ) -> Option<Self> {
        let named = surge.columns.as_ref().map(|columns| columns.value.clone()).unwrap_or_default();
        let mut fine = true;
        let mut find = |written: &Option<At<String>>, usual: &str| {
            let name = written.as_ref().map_or(usual, |at| at.value.as_str());
            let column = match csv.column(name) {
                Ok(column) => column,
                Err(fault) => {
                    fine = false;
                    context.in_data(file, text, fault);
                    return None;
                }
            };
            if let Some(at) = written.as_ref().filter(|_| column.is_none()) {
                fine = false;
                let error = Diagnostic::at(at.place, format!("this file has no column `{}`", shown(name)));
                context.error(
                    error
                        .label(format!("its columns are {}", listed(csv.names())))
                        .help(did_you_mean(name, csv.names())),
                );
            }
            column
        };
        let at = find(&named.at, "at");
        let (channel, reason) = (find(&named.channel, "channel"), find(&named.reason, "reason"));
        let (segment, handle) = (find(&named.segment, "segment"), find(&named.handle, "handle"));
        if at.is_none() && named.at.is_none() && fine {
            let place = surge.replay.as_ref().map_or(surge.place, |file| file.place);
            let error = Diagnostic::at(place, "this file has no column `at`, which says when each contact came")
                .label(format!("its columns are {}", listed(csv.names())));
            context.error(error.help("say how it is called: `columns: {at: created_at}`"));
        }
        if fine { Some(Self { at: at?, channel, reason, segment, handle }) } else { None }
    }
}

/// Reads the rows; how many were of other channels or reasons. The first one that is wrong is told with its place.
fn rows(
    context: &mut Context<'_>,
    names: &Names,
    written: &Written<'_>,
    text: &str,
) -> Option<(Vec<(Stamp, TraceRow)>, usize)> {
    let file = written.raw.replay.as_ref()?;
    let mut csv = Csv::new(text).map_err(|fault| context.in_data(&file.value, text, fault)).ok()?;
    let columns = Columns::find(context, written.raw, (&file.value, text), &csv)?;
    let reader = Reader { names, written, columns };
    let (mut list, mut skipped, mut cells) = (Vec::new(), 0, Vec::new());
    let mut stamps = Stamps::default();
    loop {
        let row = match csv.row(&mut cells) {
            Ok(false) => return Some((list, skipped)),
            Ok(true) => csv.whole(&cells).and_then(|()| reader.row(&cells, &mut stamps)),
            Err(fault) => Err(fault),
        };
        match row {
            Ok(Some(_)) if list.len() == MOST_ROWS => {
                let title = format!("more than {MOST_ROWS} contacts in `{}`", shown(&file.value));
                context.error(Diagnostic::at(file.place, title).label("this is the limit"));
                return None;
            }
            Ok(Some(row)) => list.push(row),
            Ok(None) => skipped += 1,
            Err(fault) => {
                context.in_data(&file.value, text, fault);
                return None;
            }
        }
    }
}

/// What the cells of a row are read with.
struct Reader<'a> {
    names: &'a Names,
    written: &'a Written<'a>,
    columns: Columns,
}

impl Reader<'_> {
    /// A row with all its cells, at no time yet; `None` if it is of another channel or reason than the surge.
    fn row(&self, cells: &[Cell<'_>], stamps: &mut Stamps) -> Result<Option<(Stamp, TraceRow)>, Fault> {
        let when = &cells[self.columns.at];
        let channel: Option<Id<Channel>> = named(cells, self.columns.channel, self.names.channel())?;
        let channel = match (channel, &self.written.channels[..]) {
            (Some(channel), []) => channel,
            (Some(channel), wanted) if wanted.contains(&channel) => channel,
            (Some(_), _) => return Ok(None),
            (None, [only]) => *only,
            (None, _) => {
                let cell = self.columns.channel.map_or(when, |column| &cells[column]);
                let help = "name the column that holds it, as in `columns: {channel: via}`, or one channel for all rows, as in `channels: [phone]`";
                return Err(cell.fault("it is not said by which channel this contact came").help(help));
            }
        };
        let reason: Option<Id<Reason>> = named(cells, self.columns.reason, self.names.reason())?;
        if self.written.reason.is_some() && reason.is_some() && reason != self.written.reason {
            return Ok(None);
        }
        let segment: Option<Id<Segment>> = named(cells, self.columns.segment, self.names.segment())?;
        let handle = self.columns.handle.map(|column| &cells[column]).filter(|cell| !cell.text.is_empty());
        let handle = handle.map(length).transpose()?;
        let stamp = stamps.read(when)?;
        let reason = reason.or(self.written.reason);
        Ok(Some((stamp, TraceRow { at: Time::ZERO, channel, reason, segment, handle })))
    }
}

/// What a cell names, if it names anything.
fn named<T>(cells: &[Cell<'_>], column: Option<usize>, known: Known<'_>) -> Result<Option<Id<T>>, Fault> {
    let Some(cell) = column.map(|column| &cells[column]).filter(|cell| !cell.text.is_empty()) else { return Ok(None) };
    match known.names.iter().position(|name| *name == cell.text) {
        Some(index) => Ok(Some(Id::new(index))),
        None => {
            let names = || known.names.iter().map(String::as_str);
            let fault = cell.fault(format!("unknown {} `{}`", known.what, shown(&cell.text)));
            let guess = did_you_mean(&cell.text, names());
            Err(fault.label(format!("the desk has {}", listed(names()))).help(guess))
        }
    }
}

/// A duration, or a plain number of seconds.
pub(super) fn length(cell: &Cell<'_>) -> Result<Span, Fault> {
    let seconds = cell.text.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    let length = seconds.map(Span::from_secs_f64).or_else(|| crate::units::duration(&cell.text).ok());
    length.ok_or_else(|| {
        let fault = cell.fault(format!("`{}` is no duration", shown(&cell.text)));
        fault.help("write a duration (`4m`, `90s`) or a number of seconds")
    })
}

/// Gives every row its moment of the scenario (which may lie outside it).
fn place(context: &mut Context<'_>, list: &mut [(Stamp, TraceRow)], raw: &raw::Surge, speed: f64) -> Option<()> {
    let begins = match raw.at.as_ref().map(|at| context.clock.moment(at)) {
        Some(Err(error)) => {
            context.error(*error);
            return None;
        }
        Some(Ok(at)) => Some(at),
        None => None,
    };
    let dated = |stamp: &Stamp| stamp.date(&context.clock);
    let first_day = list.iter().filter_map(|(stamp, _)| dated(stamp)).min();
    for (stamp, row) in list.iter_mut() {
        row.at = Time::from_micros(stamp.micros(&context.clock, first_day));
    }
    let offsets = list.first().is_some_and(|(stamp, _)| matches!(stamp, Stamp::After(_)));
    let earliest = list.iter().map(|(_, row)| row.at).min().unwrap_or(Time::ZERO);
    let zero = if begins.is_some() && !offsets { earliest } else { Time::ZERO };
    for (_, row) in list {
        let after = Span::from_micros(row.at.micros() - zero.micros());
        let after = if speed == 1.0 { after } else { after.times(1.0 / speed) };
        row.at = begins.unwrap_or(Time::ZERO) + after;
    }
    Some(())
}

fn channels_of(rows: &[TraceRow]) -> Vec<Id<Channel>> {
    let mut channels: Vec<Id<Channel>> = Vec::new();
    for row in rows {
        if !channels.contains(&row.channel) {
            channels.push(row.channel);
        }
    }
    channels.sort();
    channels
}

/// Where nothing was recorded for over an hour while a channel of the trace was open; told as a warning.
fn gaps(context: &mut Context<'_>, desk: &Desk, file: &At<String>, rows: &[TraceRow], speed: f64) -> Vec<Window> {
    let least = GAP.times(1.0 / speed);
    let channels = channels_of(rows);
    let open: Vec<&[Window]> = channels.iter().map(|id| &desk.channels[id.index()].open[..]).collect();
    let always = open.iter().any(|windows| windows.is_empty());
    let within = |gap: Window| {
        let clip = |window: &Window| Window { from: window.from.max(gap.from), to: window.to.min(gap.to) };
        let open = open.iter().flat_map(|windows| windows.iter()).map(clip);
        let longest = open.max_by_key(|window| window.to.since(window.from));
        if always { Some(gap) } else { longest }.filter(|window| window.to.since(window.from) > least)
    };
    let pairs = rows.windows(2).map(|pair| Window { from: pair[0].at, to: pair[1].at });
    let mut gaps: Vec<Window> = pairs.filter(|gap| gap.to.since(gap.from) > least).filter_map(within).collect();
    let long = |gap: &Window| gap.to.since(gap.from);
    if let Some(longest) = gaps.iter().max_by_key(|gap| long(gap)) {
        let (from, to) = (context.clock.shown(longest.from), context.clock.shown(longest.to));
        let title = match gaps.len() {
            1 => format!("`{}` has a gap", shown(&file.value)),
            many => format!("`{}` has {many} gaps", shown(&file.value)),
        };
        let label = format!("the longest: nothing from {from} to {to}, while the desk is open");
        context.warnings.push(Diagnostic::warning(file.place, title).label(label));
    }
    gaps.sort_by_key(|gap| std::cmp::Reverse(long(gap)));
    gaps.truncate(MOST_GAPS);
    gaps.sort_by_key(|gap| gap.from);
    gaps
}
