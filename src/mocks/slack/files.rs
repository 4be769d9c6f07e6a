//! `files.*`: uploads in three steps. An address is asked for, the bytes are posted there, and the upload is completed, which
//! shows the file in its channel.

use super::Slack;
use super::chat;
use super::methods::{Call, Outcome, PAGE, page};
use super::state::{BOT_USER, Message, TEAM};
use crate::mocks::answer;
use crate::mocks::form::{self, header, path_parts};
use crate::mocks::vendor::Body;
use crate::mocks::vendor::{Handled, Reply, Request};
use hyper::body::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Bytes of all files together: then the oldest lose their content.
const MAX_BYTES: usize = 64 << 20;
/// Files at one time: then the oldest goes.
const MAX_FILES: usize = 10_000;

/// A file.
#[derive(Clone, Debug)]
struct File {
    name: String,
    title: String,
    declared: usize,
    content: Bytes,
    uploaded: bool,
    complete: bool,
    created: i64,
    channels: Vec<String>,
}

/// All files, by number.
#[derive(Debug, Default)]
pub(super) struct Files {
    made: u64,
    all: BTreeMap<u64, File>,
}

impl Files {
    fn find(&self, id: &str) -> Option<(u64, &File)> {
        let number = id.strip_prefix('F')?.parse().ok()?;
        self.all.get(&number).map(|file| (number, file))
    }

    fn keep(&mut self, number: u64, content: Bytes) {
        if let Some(file) = self.all.get_mut(&number) {
            (file.content, file.uploaded) = (content, true);
        }
        let mut total: usize = self.all.values().map(|file| file.content.len()).sum();
        for file in self.all.values_mut() {
            if total <= MAX_BYTES {
                break;
            }
            total -= std::mem::take(&mut file.content).len();
        }
    }
}

fn id(number: u64) -> String {
    format!("F{number:08}")
}

pub(super) fn get_upload_url(call: &mut Call<'_>) -> Outcome {
    let name = call.args.text("filename").ok_or("invalid_arguments")?;
    let declared = call.args.number("length").filter(|length| *length > 0).ok_or("invalid_arguments")?;
    let created = call.slack.workspace.epoch.unix_secs(call.now);
    let files = &mut call.slack.files;
    files.made += 1;
    let number = files.made;
    let title = name.clone();
    let (content, channels) = (Bytes::new(), Vec::new());
    files
        .all
        .insert(number, File { name, title, declared, content, uploaded: false, complete: false, created, channels });
    if files.all.len() > MAX_FILES {
        files.all.pop_first();
    }
    Ok(json!({"upload_url": format!("{}/upload/v1/{}", call.origin, id(number)), "file_id": id(number)}))
}

/// Takes the bytes, raw or as the one part of a form.
pub(super) fn upload(slack: &mut Slack, request: &Request) -> Handled {
    let named = path_parts(&request.path).pop().unwrap_or_default();
    let Some((number, file)) = slack.files.find(&named) else { return answer::text(404, "no such upload\n").alone() };
    let content = part(request);
    if content.len() != file.declared {
        return answer::text(400, "the length is not the one that was announced\n").alone();
    }
    let told = format!("OK - {}", content.len());
    slack.files.keep(number, content);
    answer::text(200, &told).alone()
}

/// The content of the first part of a multipart form; of anything else all of it.
fn part(request: &Request) -> Bytes {
    let kind = header(&request.headers, "content-type").unwrap_or_default();
    let Some((_, boundary)) = kind.split_once("boundary=").filter(|_| kind.starts_with("multipart/form-data")) else {
        return request.body.clone();
    };
    let end = format!("\r\n--{}", boundary.split(';').next().unwrap_or_default().trim_matches('"'));
    let find = |from: usize, what: &[u8]| {
        let rest = request.body.get(from..)?;
        rest.windows(what.len()).position(|window| window == what).map(|at| from + at)
    };
    let found = find(0, b"\r\n\r\n").and_then(|head| Some((head + 4, find(head + 4, end.as_bytes())?)));
    found.map_or_else(Bytes::new, |(from, to)| request.body.slice(from..to))
}

pub(super) fn complete_upload(call: &mut Call<'_>) -> Outcome {
    let named = call.args.list("files").ok_or("invalid_arguments")?;
    let channels = call.args.text("channel_id").or_else(|| call.args.text("channels")).unwrap_or_default();
    let mut rooms = Vec::new();
    for name in channels.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        rooms.push(call.slack.workspace.reach(name, call.now).ok_or("channel_not_found")?);
    }
    let mut numbers = Vec::new();
    for one in named.as_array().into_iter().flatten() {
        let (number, file) = one["id"].as_str().and_then(|id| call.slack.files.find(id)).ok_or("file_not_found")?;
        if !file.uploaded {
            return Err("file_not_found");
        }
        numbers.push((number, one["title"].as_str().map(str::to_owned)));
    }
    for (number, title) in &numbers {
        if let Some(file) = call.slack.files.all.get_mut(number) {
            file.complete = true;
            file.channels.clone_from(&rooms);
            if let Some(title) = title {
                file.title.clone_from(title);
            }
        }
    }
    let shown: Vec<Value> = numbers.iter().filter_map(|(number, _)| shown(call, *number)).collect();
    let text = call.args.text("initial_comment").unwrap_or_default();
    for room in rooms {
        let thread = chat::thread(call, &room)?;
        call.counts(&room)?;
        let mut message = Message::new(BOT_USER, &text, thread);
        message.parts = vec![("files", json!(shown)), ("upload", json!(true)), ("subtype", json!("file_share"))];
        chat::publish(call.slack, &room, message, call.now, &mut call.effects).ok_or("channel_not_found")?;
    }
    Ok(json!({"files": shown}))
}

pub(super) fn info(call: &mut Call<'_>) -> Outcome {
    let number = complete(call)?;
    Ok(json!({
        "file": shown(call, number), "content": null, "comments": [], "response_metadata": {"next_cursor": ""},
    }))
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let numbers: Vec<u64> = call.slack.files.all.iter().filter(|(_, file)| file.complete).map(|(n, _)| *n).collect();
    let (numbers, next) = page(&call.args, &numbers, PAGE)?;
    let files: Vec<Value> = numbers.into_iter().filter_map(|number| shown(call, number)).collect();
    let paging = json!({"count": files.len(), "total": files.len(), "page": 1, "pages": 1});
    Ok(json!({"files": files, "paging": paging, "response_metadata": {"next_cursor": next}}))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let number = complete(call)?;
    call.slack.files.all.remove(&number);
    Ok(json!({}))
}

/// Gives a file's bytes to who has the bot's token.
pub(super) fn download(slack: &Slack, request: &Request) -> Handled {
    let allowed = form::bearer(&request.headers) == Some(slack.settings.bot_token.as_str());
    let named = path_parts(&request.path).into_iter().nth(1).unwrap_or_default();
    let found = slack.files.find(named.split('-').nth(1).unwrap_or_default()).filter(|_| allowed);
    let Some((_, file)) = found else { return answer::text(404, "not found\n").alone() };
    let headers = vec![("content-type", "application/octet-stream".to_owned())];
    Reply { status: 200, headers, body: Body::Full(file.content.clone()) }.alone()
}

fn complete(call: &Call<'_>) -> Result<u64, &'static str> {
    let named = call.args.text("file").ok_or("file_not_found")?;
    call.slack.files.find(&named).filter(|(_, file)| file.complete).map(|(number, _)| number).ok_or("file_not_found")
}

/// A file as Slack shows it.
fn shown(call: &Call<'_>, number: u64) -> Option<Value> {
    let file = call.slack.files.all.get(&number)?;
    let ending = file.name.rsplit_once('.').map_or("text", |(_, ending)| ending);
    let private = format!("{}/files-pri/{TEAM}-{}", call.origin, id(number));
    Some(json!({
        "id": id(number), "created": file.created, "timestamp": file.created, "name": file.name, "title": file.title,
        "mimetype": "application/octet-stream", "filetype": ending, "pretty_type": ending, "user": BOT_USER,
        "user_team": TEAM, "editable": false, "size": file.content.len(), "mode": "hosted", "is_external": false,
        "is_public": true, "url_private": format!("{private}/{}", file.name),
        "url_private_download": format!("{private}/download/{}", file.name),
        "permalink": format!("{}/files/{BOT_USER}/{}", call.origin, id(number)), "channels": file.channels,
        "groups": [], "ims": [], "shares": {},
    }))
}
