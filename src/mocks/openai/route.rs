//! What a path means: OpenAI's API below `/v1` or at the root, Azure's below a deployment, and Anthropic's messages.

use crate::mocks::form;
use crate::mocks::vendor::Request;
use hyper::Method;

/// Whose errors, headers and credentials a request is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    OpenAi,
    Anthropic,
}

/// An endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Chat,
    Responses,
    Response(&'a str),
    Embeddings,
    Speech,
    Transcriptions,
    Realtime,
    Messages,
    CountTokens,
    Models,
    Model(&'a str),
    Unknown,
}

/// An endpoint, and the model that an Azure path deploys there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) route: Route<'a>,
    pub(super) deployment: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub(super) fn of(path: &'a str) -> Self {
        let path = path.trim_end_matches('/');
        let azure = path.strip_prefix("/openai/");
        if let Some((deployment, rest)) =
            azure.and_then(|p| p.strip_prefix("deployments/")).and_then(|p| p.split_once('/'))
        {
            return Self { route: Route::of(rest), deployment: Some(deployment) };
        }
        let path = azure.unwrap_or_else(|| path.strip_prefix('/').unwrap_or(path));
        Self { route: Route::of(path.strip_prefix("v1/").unwrap_or(path)), deployment: None }
    }
}

impl<'a> Route<'a> {
    fn of(path: &'a str) -> Self {
        match path {
            "chat/completions" => Self::Chat,
            "responses" => Self::Responses,
            "embeddings" => Self::Embeddings,
            "audio/speech" => Self::Speech,
            "audio/transcriptions" | "audio/translations" => Self::Transcriptions,
            "realtime" => Self::Realtime,
            "messages" => Self::Messages,
            "messages/count_tokens" => Self::CountTokens,
            "models" => Self::Models,
            _ => match path.split_once('/') {
                Some(("models", id)) => Self::Model(id),
                Some(("responses", id)) if !id.contains('/') => Self::Response(id),
                _ => Self::Unknown,
            },
        }
    }

    /// The endpoint's name in the vendors' SDKs.
    pub(super) fn endpoint(self, method: &Method) -> &'static str {
        match self {
            Self::Chat => "chat.completions",
            Self::Responses => "responses.create",
            Self::Response(_) if *method == Method::DELETE => "responses.delete",
            Self::Response(_) => "responses.retrieve",
            Self::Embeddings => "embeddings.create",
            Self::Speech => "audio.speech",
            Self::Transcriptions => "audio.transcriptions",
            Self::Realtime => super::realtime::ENDPOINT,
            Self::Messages => "messages.create",
            Self::CountTokens => "messages.count_tokens",
            Self::Models => "models.list",
            Self::Model(_) => "models.retrieve",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the endpoint has this method.
    pub(super) fn takes(self, method: &Method) -> bool {
        match self {
            Self::Models | Self::Model(_) | Self::Realtime => *method == Method::GET,
            Self::Response(_) => [Method::GET, Method::DELETE].contains(method),
            _ => *method == Method::POST,
        }
    }

    /// Whose API it is: models are both vendors', and Anthropic's clients always name their version.
    pub(super) fn dialect(self, request: &Request) -> Dialect {
        match self {
            Self::Messages | Self::CountTokens => Dialect::Anthropic,
            Self::Models | Self::Model(_) if form::header(&request.headers, "anthropic-version").is_some() => {
                Dialect::Anthropic
            }
            _ => Dialect::OpenAi,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_known_with_and_without_their_version() {
        for (path, route) in [
            ("/v1/chat/completions", Route::Chat),
            ("/chat/completions/", Route::Chat),
            ("/openai/v1/responses", Route::Responses),
            ("/v1/responses/resp_1", Route::Response("resp_1")),
            ("/v1/responses/resp_1/cancel", Route::Unknown),
            ("/v1/models/org/model", Route::Model("org/model")),
            ("/v1/messages", Route::Messages),
            ("/v1/realtime", Route::Realtime),
            ("/openai/realtime", Route::Realtime),
            ("/v1", Route::Unknown),
            ("", Route::Unknown),
            ("/openai/deployments/mine", Route::Unknown),
        ] {
            assert_eq!(Place::of(path), Place { route, deployment: None }, "{path}");
        }
        let azure = Place::of("/openai/deployments/my-gpt/chat/completions");
        assert_eq!(azure, Place { route: Route::Chat, deployment: Some("my-gpt") });
    }
}
