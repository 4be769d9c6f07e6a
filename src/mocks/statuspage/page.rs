//! The page's state: incidents with their updates, components, and what follows from both for the public.

use crate::rng::{Luck, What};
use crate::time::Time;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Incidents and updates that are kept; older ones go.
const MAX_INCIDENTS: usize = 1_000;
const MAX_UPDATES: usize = 500;
/// Incidents in one answer.
const PAGE: usize = 100;

const STATUSES: [&str; 5] = ["investigating", "identified", "monitoring", "resolved", "postmortem"];
const PLANNED: [&str; 4] = ["scheduled", "in_progress", "verifying", "completed"];
/// From well to worst.
const IMPACTS: [&str; 4] = ["none", "minor", "major", "critical"];
/// With the impact that each means for the page.
const COMPONENT: [(&str, usize); 5] = [
    ("operational", 0),
    ("under_maintenance", 0),
    ("degraded_performance", 1),
    ("partial_outage", 2),
    ("major_outage", 3),
];

/// Which incidents are asked for. Maintenance that is planned is an incident too, with statuses of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Of both kinds.
    All,
    /// No maintenance.
    Trouble,
    /// Trouble that is not over.
    Unresolved,
    /// Maintenance, whenever it was or will be.
    Maintenance,
    /// Maintenance that is not over.
    Scheduled,
    /// Maintenance that has not begun.
    Upcoming,
    /// Maintenance under way.
    Active,
}

impl Which {
    fn takes(self, one: &Incident) -> bool {
        let planned = PLANNED.contains(&one.status.as_str());
        let (open, begun) = (one.resolved.is_none(), one.status != PLANNED[0]);
        match self {
            Self::All => true,
            Self::Trouble => !planned,
            Self::Unresolved => !planned && open,
            Self::Maintenance => planned,
            Self::Scheduled => planned && open,
            Self::Upcoming => planned && !begun,
            Self::Active => planned && open && begun,
        }
    }
}

/// One line told to the public.
#[derive(Clone, Debug)]
struct Update {
    id: String,
    status: String,
    body: String,
    at: Time,
}

#[derive(Clone, Debug)]
struct Incident {
    id: String,
    name: String,
    status: String,
    impact: String,
    component_ids: Vec<String>,
    created: Time,
    updated: Time,
    resolved: Option<Time>,
    /// Newest last.
    updates: Vec<Update>,
}

#[derive(Clone, Debug)]
struct Component {
    id: String,
    name: String,
    status: &'static str,
    updated: Time,
}

/// What a write came to.
pub(super) struct Written {
    /// The incident as it is now.
    pub(super) json: Value,
    /// What the public was told: status and text.
    pub(super) said: Option<(String, String)>,
    /// Incidents that are not over; maintenance that is planned or under way is none.
    pub(super) still_open: usize,
}

/// A page.
pub(super) struct Page {
    id: String,
    luck: Luck,
    who: u64,
    given: u64,
    unix_at_zero: i64,
    /// Oldest first.
    incidents: Vec<Incident>,
    components: Vec<Component>,
}

impl Page {
    pub(super) fn new(id: String, luck: Luck, who: u64, unix_at_zero: i64) -> Self {
        Self { id, luck, who, given: 0, unix_at_zero, incidents: Vec::new(), components: Vec::new() }
    }

    pub(super) fn add_component(&mut self, name: &str) {
        let id = self.new_id();
        self.components.push(Component { id, name: name.to_owned(), status: "operational", updated: Time::ZERO });
    }

    /// Twelve letters and digits, as the vendor has them.
    fn new_id(&mut self) -> String {
        self.given += 1;
        let mut draw = self.luck.draw(self.who, What::Nonce, self.given);
        (0..12).map(|_| char::from(b"0123456789bcdfghjklmnpqrstvwxyz"[draw.below(31) as usize])).collect()
    }

    pub(super) fn create(&mut self, fields: &Value, now: Time) -> Result<Written, String> {
        let name = text(fields, "name").filter(|name| !name.is_empty()).ok_or("Name can't be blank")?;
        let status = status_of(fields)?.unwrap_or_else(|| "investigating".to_owned());
        let incident = Incident {
            id: self.new_id(),
            name,
            status: status.clone(),
            impact: impact_of(fields)?.unwrap_or_else(|| "none".to_owned()),
            component_ids: Vec::new(),
            created: now,
            updated: now,
            resolved: None,
            updates: Vec::new(),
        };
        if self.incidents.len() >= MAX_INCIDENTS {
            self.incidents.remove(0);
        }
        self.incidents.push(incident);
        let last = self.incidents.len() - 1;
        self.write(last, fields, Some(status), now)
    }

    pub(super) fn update(&mut self, id: &str, fields: &Value, now: Time) -> Option<Result<Written, String>> {
        let index = self.incidents.iter().position(|incident| incident.id == id)?;
        Some(self.change(index, fields, now))
    }

    fn change(&mut self, index: usize, fields: &Value, now: Time) -> Result<Written, String> {
        let (status, impact) = (status_of(fields)?, impact_of(fields)?);
        let incident = &mut self.incidents[index];
        incident.impact = impact.unwrap_or_else(|| incident.impact.clone());
        if let Some(name) = text(fields, "name").filter(|name| !name.is_empty()) {
            incident.name = name;
        }
        // The status that it has already, without a word, tells the public nothing.
        let other = status.as_ref().is_some_and(|status| *status != incident.status);
        let said_something = other || text(fields, "body").is_some_and(|body| !body.is_empty());
        let status = said_something.then(|| status.unwrap_or_else(|| incident.status.clone()));
        self.write(index, fields, status, now)
    }

    /// Components, and with a status a line for the public.
    fn write(&mut self, index: usize, fields: &Value, status: Option<String>, now: Time) -> Result<Written, String> {
        self.affect(index, fields, now)?;
        let update_id = self.new_id();
        let incident = &mut self.incidents[index];
        incident.updated = now;
        let said = status.map(|status| {
            let body = text(fields, "body").unwrap_or_default();
            incident.status.clone_from(&status);
            let over = matches!(status.as_str(), "resolved" | "completed" | "postmortem");
            incident.resolved = if over { incident.resolved.or(Some(now)) } else { None };
            let words = if body.is_empty() { incident.name.clone() } else { body.clone() };
            if incident.updates.len() >= MAX_UPDATES {
                incident.updates.remove(0);
            }
            incident.updates.push(Update { id: update_id, status: status.clone(), body, at: now });
            (status, words)
        });
        let still_open = self.incidents.iter().filter(|incident| Which::Unresolved.takes(incident)).count();
        Ok(Written { json: self.incident_json(&self.incidents[index]), said, still_open })
    }

    /// `components: {id: status}` and `component_ids: [id]`.
    fn affect(&mut self, index: usize, fields: &Value, now: Time) -> Result<(), String> {
        let statuses = fields["components"].as_object().into_iter().flatten();
        let ids = fields["component_ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let changes: Vec<(&str, Option<&Value>)> =
            statuses.map(|(id, status)| (id.as_str(), Some(status))).chain(ids.map(|id| (id, None))).collect();
        for (id, status) in changes {
            let component = self.components.iter_mut().find(|component| component.id == id);
            let component = component.ok_or_else(|| format!("Component {id} is not on this page"))?;
            if let Some(status) = status {
                component.status = component_status(status)?;
                component.updated = now;
            }
            let incident = &mut self.incidents[index];
            if !incident.component_ids.iter().any(|known| known == id) {
                incident.component_ids.push(id.to_owned());
            }
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, id: &str) -> Option<Value> {
        let index = self.incidents.iter().position(|incident| incident.id == id)?;
        let incident = self.incidents.remove(index);
        Some(self.incident_json(&incident))
    }

    pub(super) fn incident(&self, id: &str) -> Option<Value> {
        self.incidents.iter().find(|incident| incident.id == id).map(|incident| self.incident_json(incident))
    }

    /// Newest first, a page at a time.
    pub(super) fn incidents(&self, query: &str, which: Which) -> Value {
        let number = |wanted: &str| {
            form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).and_then(|(_, v)| v.parse().ok())
        };
        let limit = number("limit").unwrap_or(PAGE).clamp(1, PAGE);
        let skip = number("page").unwrap_or(1).max(1).saturating_sub(1).saturating_mul(limit);
        let chosen = self.incidents.iter().rev().filter(|incident| which.takes(incident));
        Value::Array(chosen.skip(skip).take(limit).map(|incident| self.incident_json(incident)).collect())
    }

    pub(super) fn unresolved_words(&self) -> Vec<(String, String)> {
        let open = self.incidents.iter().rev().filter(|incident| Which::Unresolved.takes(incident));
        let last = |incident: &Incident| incident.updates.last().map(|update| update.body.clone()).unwrap_or_default();
        open.map(|incident| (incident.status.clone(), last(incident))).collect()
    }

    pub(super) fn components(&self) -> Value {
        Value::Array(self.components.iter().map(|component| self.component_json(component)).collect())
    }

    pub(super) fn component(&self, id: &str) -> Option<Value> {
        self.components.iter().find(|component| component.id == id).map(|component| self.component_json(component))
    }

    pub(super) fn change_component(&mut self, id: &str, fields: &Value, now: Time) -> Option<Result<Value, String>> {
        let index = self.components.iter().position(|component| component.id == id)?;
        if let Some(status) = fields.get("status") {
            match component_status(status) {
                Ok(status) => self.components[index].status = status,
                Err(why) => return Some(Err(why)),
            }
        }
        if let Some(name) = text(fields, "name").filter(|name| !name.is_empty()) {
            self.components[index].name = name;
        }
        self.components[index].updated = now;
        Some(Ok(self.component_json(&self.components[index])))
    }

    /// A file of `/api/v2`, which needs no key.
    pub(super) fn public(&self, file: &str, now: Time) -> Option<Value> {
        let page = self.json(now);
        let status = self.status();
        let maintenances = |which| json!({"page": page, "scheduled_maintenances": self.incidents("limit=50", which)});
        match file.trim_matches('/') {
            "summary" => Some(json!({
                "page": page,
                "status": status,
                "components": self.components(),
                "incidents": self.incidents("", Which::Unresolved),
                "scheduled_maintenances": self.incidents("", Which::Scheduled),
            })),
            "status" => Some(json!({"page": page, "status": status})),
            "components" => Some(json!({"page": page, "components": self.components()})),
            "incidents" => Some(json!({"page": page, "incidents": self.incidents("limit=50", Which::Trouble)})),
            "incidents/unresolved" => Some(json!({"page": page, "incidents": self.incidents("", Which::Unresolved)})),
            "scheduled-maintenances" => Some(maintenances(Which::Maintenance)),
            "scheduled-maintenances/upcoming" => Some(maintenances(Which::Upcoming)),
            "scheduled-maintenances/active" => Some(maintenances(Which::Active)),
            _ => None,
        }
    }

    fn status(&self) -> Value {
        let impact = |incident: &Incident| IMPACTS.iter().position(|word| *word == incident.impact).unwrap_or(0);
        let of_incidents = self.incidents.iter().filter(|incident| Which::Unresolved.takes(incident)).map(impact);
        let of_components = self
            .components
            .iter()
            .filter_map(|c| COMPONENT.iter().find(|(word, _)| *word == c.status))
            .map(|(_, i)| *i);
        let worst = of_incidents.chain(of_components).max().unwrap_or(0);
        let words =
            ["All Systems Operational", "Minor Service Outage", "Partial System Outage", "Major Service Outage"];
        json!({"indicator": IMPACTS[worst], "description": words[worst]})
    }

    pub(super) fn json(&self, now: Time) -> Value {
        json!({
            "id": self.id,
            "name": "Mock page",
            "url": format!("https://{}.statuspage.io", self.id),
            "time_zone": "Etc/UTC",
            "updated_at": self.date(now),
        })
    }

    fn component_json(&self, component: &Component) -> Value {
        json!({
            "id": component.id,
            "page_id": self.id,
            "group_id": null,
            "name": component.name,
            "description": null,
            "status": component.status,
            "position": 1,
            "group": false,
            "showcase": true,
            "only_show_if_degraded": false,
            "created_at": self.date(Time::ZERO),
            "updated_at": self.date(component.updated),
        })
    }

    fn incident_json(&self, incident: &Incident) -> Value {
        let updates: Vec<Value> =
            incident.updates.iter().rev().map(|update| self.update_json(incident, update)).collect();
        let components: Vec<Value> = incident.component_ids.iter().filter_map(|id| self.component(id)).collect();
        let monitoring = incident.updates.iter().find(|update| update.status == "monitoring");
        json!({
            "id": incident.id,
            "page_id": self.id,
            "name": incident.name,
            "status": incident.status,
            "impact": incident.impact,
            "impact_override": null,
            "shortlink": format!("https://stspg.io/{}", incident.id),
            "created_at": self.date(incident.created),
            "updated_at": self.date(incident.updated),
            "started_at": self.date(incident.created),
            "monitoring_at": monitoring.map(|update| self.date(update.at)),
            "resolved_at": incident.resolved.map(|at| self.date(at)),
            "scheduled_for": null,
            "scheduled_until": null,
            "postmortem_body": null,
            "incident_updates": updates,
            "components": components,
        })
    }

    fn update_json(&self, incident: &Incident, update: &Update) -> Value {
        json!({
            "id": update.id,
            "incident_id": incident.id,
            "status": update.status,
            "body": update.body,
            "affected_components": null,
            "deliver_notifications": true,
            "created_at": self.date(update.at),
            "updated_at": self.date(update.at),
            "display_at": self.date(update.at),
        })
    }

    /// `2026-01-05T09:00:00.000Z`.
    fn date(&self, at: Time) -> String {
        let micros = self.unix_at_zero.saturating_mul(1_000_000).saturating_add(at.micros());
        let moment = Timestamp::from_millisecond(micros.div_euclid(1_000)).unwrap_or(Timestamp::UNIX_EPOCH);
        format!("{moment:.3}")
    }
}

fn text(fields: &Value, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn status_of(fields: &Value) -> Result<Option<String>, String> {
    match text(fields, "status") {
        Some(status) if STATUSES.iter().chain(&PLANNED).any(|known| *known == status) => Ok(Some(status)),
        Some(_) => Err(format!("Status is not included in the list: {}", STATUSES.join(", "))),
        None => Ok(None),
    }
}

fn impact_of(fields: &Value) -> Result<Option<String>, String> {
    match text(fields, "impact_override").or_else(|| text(fields, "impact")) {
        Some(impact) if impact == "maintenance" || IMPACTS.contains(&impact.as_str()) => Ok(Some(impact)),
        Some(_) => Err(format!("Impact override is not included in the list: {}", IMPACTS.join(", "))),
        None => Ok(None),
    }
}

fn component_status(status: &Value) -> Result<&'static str, String> {
    let known = COMPONENT.iter().find(|(word, _)| status == word).map(|(word, _)| *word);
    known.ok_or_else(|| "Component status is invalid".to_owned())
}
