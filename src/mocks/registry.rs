//! Which mock stands for which kind of dependency: one line a vendor.

use super::http::{self, Http};
use super::openai::{self, OpenAi};
use super::slack::{self, Slack};
use super::smtp::Smtp;
use super::stamp::Epoch;
use super::statuspage::{self, Statuspage};
use super::tcp::Tcp;
use super::twilio::{self, Twilio};
use super::vendor::Vendor;
use super::zendesk::{self, Zendesk};
use crate::rng::Luck;
use crate::scenario::model::{Dependency, DependencyKind};
use crate::time::Span;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// How long a call of the target rings where nobody else decides it.
const ANSWERED_AFTER: Span = Span::from_secs(1);

/// Port 0, where nothing can listen.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What every mock is told at its start.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Where its ids and nonces come from.
    pub luck: Luck,
    /// Unix seconds at the scenario's start.
    pub unix_at_zero: i64,
    /// No harness plays the people outside: whom the target calls answers by themselves.
    pub alone: bool,
}

/// The mock of a dependency, with the documented credentials and seed objects, and the limits of a real account: what a scenario
/// says of them, else the vendor's usual. They count in the scenario's time, as everything of a vendor does: a target that is
/// rehearsed at pace 20 has asked for an hour when three minutes are over, and is told to wait on its own clock.
pub fn vendor(dependency: &Dependency, setup: Setup) -> Box<dyn Vendor> {
    let Setup { luck, unix_at_zero, alone } = setup;
    let name = dependency.name.clone();
    let epoch = Epoch { unix: unix_at_zero };
    let written = &dependency.limits;
    match dependency.kind {
        DependencyKind::Openai => {
            let limits = openai::Limits::of(written);
            // Alone, the usual limits only count until PUT /targets sets some: who measures a client's speed meets none.
            let enforces = !alone || limits.is_some();
            Box::new(OpenAi::new(openai::Settings { name, luck, unix_at_zero, enforces, limits, ..Default::default() }))
        }
        DependencyKind::Slack => {
            let limits = Some(Arc::new(slack::Limits::shipped().with(written)));
            Box::new(Slack::new(slack::Settings { epoch, limits, ..Default::default() }))
        }
        DependencyKind::Zendesk => {
            let usual = zendesk::Settings::default();
            let requests_per_minute = written.requests_per_minute.or(usual.requests_per_minute);
            Box::new(Zendesk::new(zendesk::Settings { epoch, requests_per_minute, ..usual }))
        }
        DependencyKind::Twilio => {
            let answered_after = alone.then_some(ANSWERED_AFTER);
            let mut limits = twilio::Limits::shipped();
            if let Some(concurrent) = written.concurrent_requests {
                limits.concurrent = concurrent as usize;
            }
            let limits = Some(limits);
            Box::new(Twilio::new(twilio::Settings { epoch, answered_after, limits, ..Default::default() }))
        }
        DependencyKind::Statuspage => {
            let mut limits = statuspage::Limits::shipped();
            if let Some(requests) = written.requests_per_minute {
                limits = statuspage::Limits { requests: requests as usize, in_s: 60 };
            }
            let limits = Some(limits);
            Box::new(Statuspage::new(statuspage::Settings { name, luck, unix_at_zero, limits, ..Default::default() }))
        }
        DependencyKind::Smtp => Box::new(Smtp),
        DependencyKind::Http => {
            let stubs = dependency.stubs.clone().unwrap_or_default();
            Box::new(Http::new(http::Settings { name, stubs, luck, epoch }))
        }
        // The language refuses a proxy without an upstream; one that is made otherwise leads nowhere.
        DependencyKind::Tcp => Box::new(Tcp::new(dependency.upstream.unwrap_or(NOWHERE), name, luck)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mocks::vendor::Request;
    use crate::scenario::model::Limits;
    use crate::time::Time;
    use hyper::{HeaderMap, Method};

    /// How many of so many requests at one moment pass, of a target in a rehearsal.
    fn passes(kind: DependencyKind, limits: Limits, alone: bool) -> usize {
        let (method, path, key, body) = match kind {
            DependencyKind::Slack => (
                Method::POST,
                "/api/chat.postMessage",
                "Bearer xoxb-mock-token",
                r#"{"channel": "support", "text": "hello"}"#,
            ),
            DependencyKind::Openai => (
                Method::POST,
                "/v1/chat/completions",
                "Bearer sk-mock",
                r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}"#,
            ),
            DependencyKind::Zendesk => (Method::GET, "/api/v2/tickets.json", "Bearer mock-zendesk-token", ""),
            DependencyKind::Twilio => (
                Method::GET,
                "/2010-04-01/Accounts/AC00000000000000000000000000000001/Calls.json",
                // AC…1:mock-twilio-auth-token
                "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTptb2NrLXR3aWxpby1hdXRoLXRva2Vu",
                "",
            ),
            _ => (Method::GET, "/v1/pages/mockpage/incidents", "OAuth mock-statuspage-key", ""),
        };
        let mut headers = HeaderMap::new();
        headers.insert("authorization", key.parse().expect("a header"));
        headers.insert("content-type", "application/json".parse().expect("a header"));
        let request =
            Request { method, path: path.to_owned(), query: String::new(), headers, body: body.as_bytes().into() };
        let dependency = Dependency { limits, ..Dependency::new("one", kind) };
        let mut vendor = vendor(&dependency, Setup { luck: Luck::new(1, 0), unix_at_zero: 0, alone });
        let status = |_| vendor.handle(&request, Time::ZERO).reply.status;
        (0..20_000)
            .map(status)
            .take_while(|status| !matches!(status, 420 | 429))
            .filter(|status| *status == 200)
            .count()
    }

    #[test]
    fn a_rehearsal_has_the_limits_of_a_real_account_and_those_that_the_scenario_says() {
        let one = |limits: fn(&mut Limits)| {
            let mut all = Limits::default();
            limits(&mut all);
            all
        };
        for (kind, usual, changed) in [
            (DependencyKind::Slack, 300, one(|limits| limits.messages_per_minute = Some(7))),
            (DependencyKind::Openai, 10_000, one(|limits| limits.requests_per_minute = Some(7))),
            (DependencyKind::Zendesk, 700, one(|limits| limits.requests_per_minute = Some(7))),
            (DependencyKind::Twilio, 100, one(|limits| limits.concurrent_requests = Some(7))),
            (DependencyKind::Statuspage, 60, one(|limits| limits.requests_per_minute = Some(7))),
        ] {
            assert_eq!(passes(kind, Limits::default(), false), usual, "{kind:?}");
            assert_eq!((passes(kind, changed.clone(), false), passes(kind, changed, true)), (7, 7), "{kind:?}");
        }
        assert_eq!(passes(DependencyKind::Openai, Limits::default(), true), 20_000, "alone it only counts");
        let tokens = one(|limits| limits.tokens_per_minute = Some(5));
        assert_eq!(passes(DependencyKind::Openai, tokens, false), 5, "a token each");
    }
}
