//! Errors as the vendor words them: all four keys are always there.

use hyper::Method;
use serde_json::json;

/// An error reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error {
    pub(super) status: u16,
    message: String,
    param: Option<String>,
    code: Option<&'static str>,
}

impl Error {
    /// The JSON text.
    pub(super) fn body(&self) -> String {
        json!({"error": {
            "message": self.message,
            "type": "invalid_request_error",
            "param": self.param,
            "code": self.code,
        }})
        .to_string()
    }

    /// Something about the request is wrong.
    pub(super) fn invalid(message: impl Into<String>, param: Option<&str>, code: Option<&'static str>) -> Self {
        Self { status: 400, message: message.into(), param: param.map(str::to_owned), code }
    }

    pub(super) fn no_key() -> Self {
        let message = "You didn't provide an API key. Send it in the Authorization header as a Bearer token \
                       (Authorization: Bearer YOUR_KEY); the mock's key is sk-mock.";
        Self { status: 401, message: message.to_owned(), param: None, code: Some("invalid_api_key") }
    }

    pub(super) fn wrong_key(key: &str) -> Self {
        let shown: String = key.chars().take(3).collect();
        let message = format!("Incorrect API key provided: {shown}***. The mock's key is sk-mock.");
        Self { status: 401, message, param: None, code: Some("invalid_api_key") }
    }

    pub(super) fn no_model(model: &str) -> Self {
        let shown: String = model.chars().take(100).collect();
        let message = format!("The model `{shown}` does not exist or you do not have access to it.");
        Self { status: 404, message, param: None, code: Some("model_not_found") }
    }

    pub(super) fn unknown_url(method: &Method, path: &str) -> Self {
        let shown: String = path.chars().take(200).collect();
        Self { status: 404, message: format!("Invalid URL ({method} {shown})"), param: None, code: None }
    }

    pub(super) fn method(method: &Method) -> Self {
        let message = format!("Not allowed to {method} to this endpoint.");
        Self { status: 405, message, param: None, code: Some("method_not_supported") }
    }
}
