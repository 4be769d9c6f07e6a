//! How Twilio says no.

use crate::mocks::answer;
use crate::mocks::vendor::Reply;
use serde_json::json;

/// A request that is not granted.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: u32,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(401, 20_003, "Authenticate")
    }

    pub(super) fn not_found(path: &str) -> Self {
        let path: String = path.chars().take(200).collect();
        Self::new(404, 20_404, format!("The requested resource {path} was not found"))
    }

    /// More at one time than the account may.
    pub(super) fn too_many() -> Self {
        Self::new(429, 20_429, "Too Many Requests")
    }

    pub(super) fn bad(code: u32, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub(super) fn reply(&self) -> Reply {
        let body = json!({
            "code": self.code, "message": self.message, "status": self.status,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
        });
        answer::json(self.status, &body)
    }
}
