//! Jobs: many tickets or users at once, done a little later, and `/job_statuses` to ask how far they are.

use super::page::own_id;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::users;
use super::webhooks::ACCOUNT;
use super::{Knob, Zendesk, tickets, wishes};
use crate::mocks::answer;
use crate::mocks::vendor::Effect;
use crate::time::{Span, Time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Records in one job (Zendesk's own limit).
const MOST: usize = 100;
/// Jobs that may wait or run at one time (Zendesk's own limit).
const AT_ONCE: usize = 30;
/// Jobs that are remembered: the oldest go first. Zendesk remembers them for a day.
const KEPT: usize = 1_000;
/// How long a job waits before it works, and how long it works.
const QUEUED: Span = Span::from_millis(300);
const WORKS: Span = Span::from_millis(700);

/// One thing to do.
#[derive(Clone, Debug)]
enum Task {
    CreateTicket(Value),
    UpdateTicket(Option<u64>, Value),
    DeleteTicket(u64),
    CreateUser(Value),
    CreateOrUpdateUser(Value),
}

/// How a job ends.
#[derive(Clone, Debug)]
enum Fate {
    /// Waits or works until its moment.
    Runs,
    /// Works for ever.
    Stuck,
    /// Will fail at its moment.
    Fails,
    /// Has failed.
    Failed,
    /// Is done.
    Done(Vec<Value>),
}

/// A job.
#[derive(Clone, Debug)]
struct Job {
    kind: &'static str,
    actor: u64,
    total: usize,
    tasks: Vec<Task>,
    queued: Time,
    fate: Fate,
}

impl Job {
    fn due(&self) -> Option<Time> {
        matches!(self.fate, Fate::Runs | Fate::Fails).then_some(self.queued + QUEUED + WORKS)
    }

    /// A job that never ends waits for nobody: it takes no place from others for ever.
    fn is_open(&self) -> bool {
        self.due().is_some()
    }
}

/// All jobs, by their number.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    all: BTreeMap<u64, Job>,
    made: u64,
}

impl Jobs {
    /// When the next one ends.
    pub(super) fn next(&self) -> Option<Time> {
        self.all.values().filter_map(Job::due).min()
    }
}

pub(super) fn create_tickets(call: &mut Call<'_>) -> Outcome {
    let tasks = records(call, "tickets")?.into_iter().map(Task::CreateTicket).collect();
    begin(call, "Bulk Create Ticket", tasks)
}

/// The same change for the tickets of `?ids=`, or a change for each ticket.
pub(super) fn update_tickets(call: &mut Call<'_>) -> Outcome {
    let tasks = if call.query.filled("ids").is_some() {
        let change = call.object("ticket")?;
        call.listed_ids()?.into_iter().map(|id| Task::UpdateTicket(Some(id), change.clone())).collect()
    } else {
        let changes = records(call, "tickets")?.into_iter();
        changes.map(|change| Task::UpdateTicket(change["id"].as_u64(), change)).collect()
    };
    begin(call, "Bulk Update Ticket", tasks)
}

pub(super) fn delete_tickets(call: &mut Call<'_>) -> Outcome {
    let tasks = call.listed_ids()?.into_iter().map(Task::DeleteTicket).collect();
    begin(call, "Bulk Delete Ticket", tasks)
}

pub(super) fn create_users(call: &mut Call<'_>) -> Outcome {
    let tasks = records(call, "users")?.into_iter().map(Task::CreateUser).collect();
    begin(call, "Bulk Create User", tasks)
}

pub(super) fn create_or_update_users(call: &mut Call<'_>) -> Outcome {
    let tasks = records(call, "users")?.into_iter().map(Task::CreateOrUpdateUser).collect();
    begin(call, "Bulk Create Or Update User", tasks)
}

fn records(call: &Call<'_>, key: &str) -> Result<Vec<Value>, Refusal> {
    match call.body()?.get_mut(key).map(Value::take) {
        Some(Value::Array(all)) if all.len() > MOST => Err(Refusal::too_many(MOST)),
        Some(Value::Array(all)) if all.iter().all(Value::is_object) => Ok(all),
        _ => Err(Refusal::attribute(key, "must be an array of objects")),
    }
}

fn begin(call: &mut Call<'_>, kind: &'static str, tasks: Vec<Task>) -> Outcome {
    let actor = call.actor()?;
    if tasks.is_empty() {
        return Err(Refusal::attribute("ids", "must name at least one record"));
    }
    let jobs = &mut call.desk.jobs;
    if jobs.all.values().filter(|job| job.is_open()).count() >= AT_ONCE {
        return Err(Refusal::too_many_jobs());
    }
    let fate = match call.knob {
        Some(Knob::JobStuck) => Fate::Stuck,
        Some(Knob::JobFailed) => Fate::Fails,
        _ => Fate::Runs,
    };
    jobs.made += 1;
    jobs.all.insert(jobs.made, Job { kind, actor, total: tasks.len(), tasks, queued: call.now, fate });
    if jobs.all.len() > KEPT {
        jobs.all.pop_first();
    }
    let made = jobs.made;
    one(call, made)
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let all: Vec<Value> = call.desk.jobs.all.iter().rev().map(|(number, job)| shown(call, *number, job)).collect();
    call.page("job_statuses", all, own_id, |job| job)
}

pub(super) fn show_many(call: &mut Call<'_>) -> Outcome {
    let ids = call.query.filled("ids").unwrap_or_default();
    let found = ids.split(',').take(MOST).filter_map(numbered);
    let found = found.filter_map(|number| Some((number, call.desk.jobs.all.get(&number)?)));
    let all: Vec<Value> = found.map(|(number, job)| shown(call, number, job)).collect();
    Ok(answer::json(200, &json!({"count": all.len(), "job_statuses": all, "next_page": null, "previous_page": null})))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let word = call.request.path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    let number = numbered(word.strip_suffix(".json").unwrap_or(word)).ok_or_else(Refusal::not_found)?;
    one(call, number)
}

fn one(call: &Call<'_>, number: u64) -> Outcome {
    let job = call.desk.jobs.all.get(&number).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(200, &json!({"job_status": shown(call, number, job)})))
}

/// Ids of jobs are words of 32 hexadecimal digits; ours begin alike and end in the number.
fn word(number: u64) -> String {
    format!("8b726e606741012ffc2d{number:012x}")
}

fn numbered(id: &str) -> Option<u64> {
    let number = u64::from_str_radix(id.trim().strip_prefix("8b726e606741012ffc2d")?, 16).ok()?;
    (word(number) == id.trim()).then_some(number)
}

fn shown(call: &Call<'_>, number: u64, job: &Job) -> Value {
    let working = ("working", json!(job.total / 2), Value::Null, Value::Null);
    let failed = || ("failed", Value::Null, json!("The job failed. Please try again later."), Value::Null);
    let (status, progress, message, results) = match (&job.fate, call.knob) {
        (_, Some(Knob::JobFailed)) => failed(),
        (_, Some(Knob::JobStuck)) | (Fate::Stuck, _) => working,
        (Fate::Runs | Fate::Fails, _) if call.now < job.queued + QUEUED => {
            ("queued", Value::Null, Value::Null, Value::Null)
        }
        (Fate::Runs | Fate::Fails, _) => working,
        (Fate::Failed, _) => failed(),
        (Fate::Done(results), _) => {
            let message = format!("Completed at {}", call.desk.account.epoch.iso(job.queued + QUEUED + WORKS));
            ("completed", json!(job.total), json!(message), json!(results))
        }
    };
    let id = word(number);
    json!({
        "url": format!("{}/api/v2/job_statuses/{id}.json", call.origin), "id": id, "job_type": job.kind,
        "total": job.total, "progress": progress, "status": status, "message": message, "results": results,
    })
}

/// Ends the jobs that are due; what they did has followed.
pub(super) fn run(desk: &mut Zendesk, now: Time) -> Vec<Effect> {
    let due = desk.jobs.all.iter().filter(|(_, job)| job.due().is_some_and(|due| due <= now));
    let due: Vec<u64> = due.map(|(number, _)| *number).collect();
    let mut effects = Vec::new();
    for number in due {
        let Some(job) = desk.jobs.all.get_mut(&number) else { continue };
        let (tasks, actor) = (std::mem::take(&mut job.tasks), job.actor);
        let fate = match job.fate {
            Fate::Fails => Fate::Failed,
            _ => {
                let done = tasks.into_iter().enumerate();
                Fate::Done(done.map(|(index, task)| result(desk, index, task, actor, now, &mut effects)).collect())
            }
        };
        if let Some(job) = desk.jobs.all.get_mut(&number) {
            job.fate = fate;
        }
    }
    effects
}

/// Does one thing; gives its line among the results.
fn result(desk: &mut Zendesk, index: usize, task: Task, actor: u64, now: Time, effects: &mut Vec<Effect>) -> Value {
    let (action, error, named) = match &task {
        Task::CreateTicket(_) => ("create", "TicketCreateError", None),
        Task::UpdateTicket(id, _) => ("update", "TicketUpdateError", *id),
        Task::DeleteTicket(id) => ("delete", "TicketDeleteError", Some(*id)),
        Task::CreateUser(_) => ("create", "UserCreateError", None),
        Task::CreateOrUpdateUser(_) => ("create_or_update", "UserUpdateError", None),
    };
    match perform(desk, task, actor, now, effects) {
        Ok((id, status)) => json!({
            "index": index, "id": id, "action": action, "status": status, "success": true, "account_id": ACCOUNT,
        }),
        Err(refusal) => json!({
            "index": index, "id": named, "action": action, "status": "Failed", "success": false, "error": error,
            "details": refusal.words(),
        }),
    }
}

fn perform(
    desk: &mut Zendesk,
    task: Task,
    actor: u64,
    now: Time,
    effects: &mut Vec<Effect>,
) -> Result<(u64, &'static str), Refusal> {
    match task {
        Task::CreateTicket(fields) => {
            let wish = wishes::read(&desk.account, &fields)?;
            let change = desk.account.create(wish, Some(actor), "api", now)?;
            effects.extend(tickets::told(desk, &change, now));
            Ok((change.ticket, "Created"))
        }
        Task::UpdateTicket(id, fields) => {
            let id = id.ok_or_else(Refusal::not_found)?;
            tickets::refuse_stale(&desk.account, id, &fields)?;
            let wish = wishes::read(&desk.account, &fields)?;
            let change = desk.account.change(id, wish, actor, "api", now)?;
            effects.extend(tickets::told(desk, &change, now));
            Ok((id, "Updated"))
        }
        Task::DeleteTicket(id) if desk.account.delete_ticket(id, now) => Ok((id, "Deleted")),
        Task::DeleteTicket(_) => Err(Refusal::not_found()),
        Task::CreateUser(fields) => Ok((users::add(&mut desk.account, &fields, now)?, "Created")),
        Task::CreateOrUpdateUser(fields) => {
            let (id, made) = users::add_or_change(&mut desk.account, &fields, now)?;
            Ok((id, if made { "Created" } else { "Updated" }))
        }
    }
}
