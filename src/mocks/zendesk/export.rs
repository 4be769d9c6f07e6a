//! `/incremental`: everything that changed since a moment, by cursor or by time. Tickets that were deleted are told too.
//!
//! Zendesk leaves out the last minute; [`Settings::export_lag`](super::Settings) says how much is left out here.

use super::page::with;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::{Knob, LAG, organizations, show};
use crate::mocks::form::Form;
use crate::time::{Span, Time};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

/// Records on a page at most, and where nobody says.
const MOST: usize = 1_000;
/// A start must be so long ago.
const SETTLED: Span = Span::from_secs(60);

/// A place in the stream: the moment of a change in microseconds since 1970, and the record.
type Place = (i64, u64);

/// What is exported, in the order of the stream.
struct Stream {
    key: &'static str,
    all: Vec<(Place, Value)>,
}

pub(super) fn tickets_by_cursor(call: &mut Call<'_>) -> Outcome {
    by_cursor(call, tickets)
}

pub(super) fn tickets_by_time(call: &mut Call<'_>) -> Outcome {
    by_time(call, tickets)
}

pub(super) fn users_by_cursor(call: &mut Call<'_>) -> Outcome {
    by_cursor(call, users)
}

pub(super) fn users_by_time(call: &mut Call<'_>) -> Outcome {
    by_time(call, users)
}

pub(super) fn organizations_by_time(call: &mut Call<'_>) -> Outcome {
    by_time(call, |call, from| {
        let account = &call.desk.account;
        let all = account.organizations.values().map(|one| (one.updated, one.id, one));
        stream("organizations", call, from, all, |one| organizations::shown(account, one, &call.origin))
    })
}

fn tickets(call: &Call<'_>, from: Place) -> Stream {
    let account = &call.desk.account;
    let deleted = account.deleted.values().filter(|_| call.query.get("exclude_deleted") != Some("true"));
    let all = account.tickets.values().map(|ticket| (ticket, false)).chain(deleted.map(|ticket| (ticket, true)));
    let all = all.map(|(ticket, deleted)| (ticket.updated, ticket.id, (ticket, deleted)));
    stream("tickets", call, from, all, |(ticket, deleted)| {
        let mut shown = show::ticket(account, ticket, &call.origin);
        shown["generated_timestamp"] = json!(account.epoch.unix_secs(ticket.updated));
        if deleted {
            shown["status"] = json!("deleted");
        }
        shown
    })
}

fn users(call: &Call<'_>, from: Place) -> Stream {
    let account = &call.desk.account;
    let all = account.users.values().map(|user| (user.updated, user.id, user));
    stream("users", call, from, all, |user| show::user(account, user, &call.origin))
}

/// What changed behind a place and is settled, of which one page and one record more are shown.
fn stream<T>(
    key: &'static str,
    call: &Call<'_>,
    from: Place,
    all: impl Iterator<Item = (Time, u64, T)>,
    show: impl Fn(T) -> Value,
) -> Stream {
    let lag = call.desk.settings.export_lag;
    let until = call.now - if call.knob == Some(Knob::StaleExport) { lag.max(LAG) } else { lag };
    let epoch = call.desk.account.epoch;
    let settled = all.filter(|(at, ..)| *at <= until).map(|(at, id, one)| ((epoch.unix_micros(at), id), one));
    let mut behind: Vec<(Place, T)> = settled.filter(|(place, _)| *place > from).collect();
    behind.sort_by_key(|(place, _)| *place);
    Stream { key, all: behind.into_iter().map(|(place, one)| (place, show(one))).collect() }
}

fn by_cursor(call: &Call<'_>, read: fn(&Call<'_>, Place) -> Stream) -> Outcome {
    let from = match call.query.filled("cursor") {
        Some(cursor) => place(cursor).ok_or_else(|| Refusal::attribute("cursor", "is not valid"))?,
        None => start(call)?,
    };
    let size = size(call)?;
    let Stream { key, mut all } = read(call, from);
    let more = all.len() > size;
    all.truncate(size);
    let last = all.last().map_or(from, |(place, _)| *place);
    let (after, before) = (cursor(last), call.query.filled("cursor").map(str::to_owned));
    let url = |cursor: &str| next(call, "cursor", cursor.to_owned());
    let records: Vec<Value> = all.into_iter().map(|(_, record)| record).collect();
    call.show(
        200,
        json!({
            key: records,
            "after_url": url(&after),
            "after_cursor": after,
            "before_url": before.as_deref().map(url),
            "before_cursor": before,
            "end_of_stream": !more,
        }),
    )
}

fn by_time(call: &Call<'_>, read: fn(&Call<'_>, Place) -> Stream) -> Outcome {
    let (from, size) = (start(call)?, size(call)?);
    let Stream { key, mut all } = read(call, from);
    let second = |place: &Place| place.0.div_euclid(1_000_000);
    // A page never ends within a second: the next one starts with a whole second.
    let end = all.get(size.saturating_sub(1)).map(|(place, _)| second(place));
    let more = end.is_some_and(|end| all.last().is_some_and(|(place, _)| second(place) > end));
    if let Some(end) = end {
        all.retain(|(place, _)| second(place) <= end);
    }
    let start = from.0.div_euclid(1_000_000) + 1;
    // Where a page is one second and no more, the next one must begin behind it.
    let end_time = all.last().map_or(start, |(place, _)| second(place)).max(start + i64::from(more));
    let records: Vec<Value> = all.into_iter().map(|(_, record)| record).collect();
    call.show(
        200,
        json!({
            "count": records.len(),
            key: records,
            "end_time": end_time,
            "next_page": next(call, "start_time", end_time.to_string()),
            "end_of_stream": !more,
        }),
    )
}

/// The address of this export from another place on.
fn next(call: &Call<'_>, name: &str, value: String) -> String {
    let mut fields = vec![(name, value)];
    // What places a page is left out of an address: the size is the caller's, not the page's.
    fields.extend(call.query.filled("per_page").map(|size| ("per_page", size.to_owned())));
    let kept = call.query.pairs().iter().filter(|(name, _)| !matches!(name.as_str(), "start_time" | "cursor"));
    with(&call.url(), &Form::from_pairs(kept.cloned().collect()), &fields)
}

/// The place before everything of `start_time`.
fn start(call: &Call<'_>) -> Result<Place, Refusal> {
    let wrong = || Refusal::attribute("start_time", "must be a number of seconds since 1970");
    let start: i64 = call.query.filled("start_time").and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    let now = call.desk.account.epoch.unix_secs(call.now);
    if start > now - SETTLED.micros() / 1_000_000 {
        return Err(Refusal::too_recent());
    }
    Ok((start.max(0).saturating_mul(1_000_000) - 1, u64::MAX))
}

fn size(call: &Call<'_>) -> Result<usize, Refusal> {
    match call.query.filled("per_page") {
        None => Ok(MOST),
        Some(text) => {
            let size = text.parse::<usize>().ok().filter(|size| *size > 0);
            size.map(|size| size.min(MOST)).ok_or_else(|| Refusal::attribute("per_page", "must be greater than 0"))
        }
    }
}

fn cursor((at, id): Place) -> String {
    BASE64.encode(format!("{at}||{id}"))
}

fn place(cursor: &str) -> Option<Place> {
    let text = String::from_utf8(BASE64.decode(cursor).ok()?).ok()?;
    let (at, id) = text.split_once("||")?;
    Some((at.parse().ok()?, id.parse().ok()?))
}
