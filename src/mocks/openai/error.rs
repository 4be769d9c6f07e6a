//! Errors as the vendors word them: OpenAI's with all four keys, and the same error in Anthropic's form.

use crate::time::Span;
use hyper::Method;
use serde_json::json;

/// An error reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error {
    pub(super) status: u16,
    kind: &'static str,
    message: String,
    param: Option<String>,
    code: Option<&'static str>,
    /// After how long it may be tried again.
    pub(super) wait: Option<Span>,
}

/// The type of nearly every error.
const INVALID: &str = "invalid_request_error";

impl Error {
    /// The JSON text.
    pub(super) fn body(&self) -> String {
        json!({"error": {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }})
        .to_string()
    }

    /// The JSON text as Anthropic writes it.
    pub(super) fn anthropic(&self, request_id: &str) -> String {
        let kind = match self.status {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            500.. => "api_error",
            _ => INVALID,
        };
        let error = json!({"type": kind, "message": self.message});
        json!({"type": "error", "error": error, "request_id": request_id}).to_string()
    }

    fn new(status: u16, message: impl Into<String>, code: Option<&'static str>) -> Self {
        Self { status, kind: INVALID, message: message.into(), param: None, code, wait: None }
    }

    /// Something about the request is wrong.
    pub(super) fn invalid(message: impl Into<String>, param: Option<&str>, code: Option<&'static str>) -> Self {
        Self { param: param.map(str::to_owned), ..Self::new(400, message, code) }
    }

    /// A parameter that must be there is not.
    pub(super) fn missing(param: &str) -> Self {
        let message = format!("Missing required parameter: '{param}'.");
        Self::invalid(message, Some(param), Some("missing_required_parameter"))
    }

    /// A body that is no JSON, or has a field of the wrong kind.
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        if error.is_data() {
            let message = format!("The request has a field of the wrong kind: {error}");
            return Self::invalid(message, None, Some("invalid_type"));
        }
        Self::invalid("We could not parse the JSON body of your request.", None, None)
    }

    pub(super) fn no_key() -> Self {
        let message = "You didn't provide an API key. Send it in the Authorization header as a Bearer token \
                       (Authorization: Bearer YOUR_KEY); the mock's key is sk-mock.";
        Self::new(401, message, Some("invalid_api_key"))
    }

    pub(super) fn wrong_key(key: &str) -> Self {
        let shown: String = key.chars().take(3).collect();
        let message = format!("Incorrect API key provided: {shown}***. The mock's key is sk-mock.");
        Self::new(401, message, Some("invalid_api_key"))
    }

    pub(super) fn no_model(model: &str) -> Self {
        let shown: String = model.chars().take(100).collect();
        let message = format!("The model `{shown}` does not exist or you do not have access to it.");
        Self::new(404, message, Some("model_not_found"))
    }

    /// A key is missing, in the vendor's own words.
    pub(super) fn unauthorised(message: &str) -> Self {
        Self::new(401, message, Some("invalid_api_key"))
    }

    /// There is no such thing, in the vendor's own words.
    pub(super) fn missing_thing(message: String) -> Self {
        Self::new(404, message, None)
    }

    /// What is asked for by its id is not there.
    pub(super) fn not_found(what: &str, id: &str) -> Self {
        let shown: String = id.chars().take(100).collect();
        Self::new(404, format!("{what} with id '{shown}' not found."), None)
    }

    /// The model cannot do this.
    pub(super) fn not_by_this_model(what: &str) -> Self {
        Self::new(403, format!("You are not allowed to {what} this model."), None)
    }

    pub(super) fn unknown_url(method: &Method, path: &str) -> Self {
        let shown: String = path.chars().take(200).collect();
        Self::new(404, format!("Invalid URL ({method} {shown})"), None)
    }

    pub(super) fn method(method: &Method) -> Self {
        Self::new(405, format!("Not allowed to {method} to this endpoint."), Some("method_not_supported"))
    }

    /// Too much in this minute; `what` is `requests` or `tokens`.
    pub(super) fn rate_limit(what: &'static str, message: String, wait: Option<Span>) -> Self {
        Self { kind: what, wait, ..Self::new(429, message, Some("rate_limit_exceeded")) }
    }
}
