//! How Zendesk says no.

use crate::mocks::answer;
use crate::mocks::vendor::Reply;
use serde_json::{Value, json};

/// A request that is not granted.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Refusal {
    fn new(status: u16, body: Value) -> Self {
        Self { status, body }
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(401, json!({"error": "Couldn't authenticate you"}))
    }

    pub(super) fn forbidden() -> Self {
        Self::new(403, json!({"error": "Forbidden", "description": "You do not have access to this page."}))
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, json!({"error": "RecordNotFound", "description": "Not found"}))
    }

    pub(super) fn invalid_endpoint() -> Self {
        Self::new(404, json!({"error": "InvalidEndpoint", "description": "Not found"}))
    }

    pub(super) fn unprocessable_json() -> Self {
        Self::new(
            422,
            json!({"error": "Unprocessable Entity", "message": "Server could not parse JSON", "description": "Server could not parse JSON"}),
        )
    }

    /// An attribute of the request is missing or of the wrong type.
    pub(super) fn attribute(name: &str, must: &str) -> Self {
        let message = format!("You passed an invalid value for the {name} attribute. Invalid parameter: {name} {must}");
        Self::new(400, json!({"error": {"title": "Invalid attribute", "message": message}}))
    }

    /// A record that cannot be saved as it is.
    pub(super) fn invalid(field: &str, description: &str, error: &str) -> Self {
        let details = json!({field: [{"description": description, "error": error}]});
        Self::new(422, json!({"error": "RecordInvalid", "description": "Record validation errors", "details": details}))
    }

    pub(super) fn conflict() -> Self {
        Self::new(
            409,
            json!({
                "error": "UpdateConflict",
                "description": "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again.",
            }),
        )
    }

    pub(super) fn too_many(most: usize) -> Self {
        let text = format!("Number of values exceeds maximum of {most}");
        Self::new(400, json!({"error": "TooManyValues", "description": text}))
    }

    /// A search shows only so many results.
    pub(super) fn response_limits() -> Self {
        let text = "Invalid search: Requested response size was greater than Search Response Limits";
        Self::new(422, json!({"error": "invalid", "description": text}))
    }

    pub(super) fn too_many_jobs() -> Self {
        let text = "Too many jobs are currently queued or running. Try again later.";
        Self::new(429, json!({"error": "TooManyJobs", "description": text}))
    }

    pub(super) fn too_recent() -> Self {
        let text = "Too recent start_time. Use a start_time older than 60 seconds";
        Self::new(422, json!({"error": "StartTimeTooRecent", "description": text}))
    }

    pub(super) fn idempotency() -> Self {
        let text = "Parameters don't match with the request to which the Idempotency-Key belongs";
        Self::new(400, json!({"error": "IdempotentRequestError", "description": text}))
    }

    /// Why, in a line, as the results of a job have it.
    pub(super) fn words(&self) -> String {
        let details = self.body["details"].as_object().into_iter().flat_map(|details| details.values());
        let first = details.filter_map(|of_field| of_field[0]["description"].as_str()).next();
        first.or(self.body["description"].as_str()).unwrap_or("The record cannot be saved").to_owned()
    }

    pub(super) fn reply(&self) -> Reply {
        answer::json(self.status, &self.body)
    }
}
