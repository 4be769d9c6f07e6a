//! A fault as it is asked for: its name, found in the catalogue or among the extra ones, bent by its parameters.

use super::bytes;
use super::extra::{Allowance, allowance, extra_fault, flaps, usual_share};
use super::names::{EXTRA, Extra, What};
use crate::mocks::asked::{Asked, Refused};
use crate::mocks::judge::Failure;
use crate::mocks::narrow::Narrow;
use crate::scenario::catalogue::{Catalogue, FailureMode, Moment, OnWay, Substitute, Wire, is_for};
use crate::scenario::model::Flaps;
use crate::time::Span;
use serde_json::Value;
use std::sync::Arc;

/// Every parameter there is.
const PARAMS: [&str; 18] = [
    "match",
    "times",
    "share",
    "retry_after",
    "status",
    "after_chunks",
    "delay_ms",
    "error_code",
    "reason",
    "ttl",
    "limit",
    "window",
    "down",
    "up",
    "direction",
    "jitter_ms",
    "bytes_per_second",
    "bytes",
];
/// The kind whose faults strike at a step.
const MAIL: &str = "smtp";
/// How late, where nobody says.
const LATE: Span = Span::from_secs(1);

/// What a fault does to whom it strikes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Does {
    /// The request fails.
    Fails(Failure),
    /// An open WebSocket fails.
    Socket(Failure),
    /// The reply is late, and nothing else.
    Slows,
    /// A new connection's handshake fails; the fault's name says how.
    Handshake,
    /// Something befalls a webhook; of one kind only, if that is named.
    Webhook(OnWay, Option<String>),
}

/// A fault that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// Its full name.
    pub(super) name: String,
    /// What it does.
    pub(super) does: Does,
    /// How much later a reply or a webhook comes.
    pub(super) delay: Span,
    /// For what.
    pub(super) narrow: Narrow,
    /// How often at most.
    pub(super) times: Option<u64>,
    /// Which share is hit.
    pub(super) share: f64,
    /// It ends what it strikes.
    ends: bool,
    /// For how long.
    pub(super) ttl: Option<Span>,
    /// So many pass, and only those beyond them are hit; `None`: none passes.
    pub(super) allows: Option<Allowance>,
    /// It comes and goes, beginning with down; `None`: it stays.
    pub(super) flaps: Option<Flaps>,
    /// The one step of a mail at which it strikes; `None`: requests have no steps.
    pub(super) step: Option<&'static str>,
}

impl Fault {
    /// Whether it ends an open WebSocket, so that it can strike it once only.
    pub(super) fn ends_sockets(&self) -> bool {
        matches!(self.does, Does::Socket(_)) && self.ends
    }
}

/// Reads a fault for a mock of this kind.
pub(super) fn read(kind: &str, name: &str, params: &Asked, catalogue: &Catalogue) -> Result<Fault, Refused> {
    params.only(&PARAMS)?;
    let Found { name, does, what } = find(kind, name, params, catalogue)?;
    if kind == bytes::KIND {
        nothing_of(&name, params, &["match"])?;
    }
    let step = catalogue.get(&name).map_or(Moment::Data, FailureMode::moment).word();
    let mode = catalogue.get(&name);
    let only = mode.map(|mode| mode.only.as_slice()).unwrap_or_default();
    let writes_only = mode.is_some_and(|mode| mode.writes_only);
    let late = match &does {
        Does::Slows | Does::Webhook(OnWay::Delay | OnWay::Reorder, _) => LATE,
        Does::Fails(_) | Does::Socket(_) | Does::Handshake | Does::Webhook(..) => Span::ZERO,
    };
    let ends = catalogue.get(&name).is_some_and(|mode| matches!(mode.wire, Wire::SocketEnd { .. }));
    if ends {
        nothing_of(&name, params, &["down", "up"])?;
    }
    Ok(Fault {
        flaps: flaps(params, what == Some(What::Flap))?,
        allows: allowance(&name, &does, params, catalogue)?,
        ends,
        name,
        does,
        delay: params.length("delay_ms", Span::from_millis(1))?.unwrap_or(late),
        narrow: Narrow::read(params.get("match"))?.only_at(only).only_writes(writes_only),
        times: params.whole("times", 1, u64::from(u32::MAX))?,
        share: params.share("share")?.unwrap_or(usual_share(what)),
        ttl: params.length("ttl", Span::from_secs(1))?,
        step: (kind == MAIL).then_some(step),
    })
}

/// A fault that was found by its name.
struct Found {
    /// Its full name.
    name: String,
    does: Does,
    /// Which of those it is that are in no catalogue; `None`: it is in the catalogue.
    what: Option<What>,
}

fn find(kind: &str, name: &str, params: &Asked, catalogue: &Catalogue) -> Result<Found, Refused> {
    let own = format!("{kind}.{name}");
    let allowed = |full: &str| is_for(full, kind);
    let possible = |extra: &Extra| {
        let suffered = match kind {
            MAIL => extra.what == What::Latency,
            bytes::KIND => false,
            _ => true,
        };
        allowed(extra.name) && suffered
    };
    for full in [name, own.as_str()].into_iter().filter(|full| allowed(full)) {
        if let Some(mode) = catalogue.get(full).filter(|_| catalogue.names_for(kind).any(|name| name == full)) {
            if mode.wire.strikes_connections() {
                let idle = ["match", "retry_after", "status", "after_chunks", "delay_ms", "error_code"];
                nothing_of(full, params, &idle)?;
                return Ok(Found { name: full.to_owned(), does: Does::Handshake, what: None });
            }
            let failure = failure(full, &mode.wire, params)?;
            let does = match &mode.wire {
                Wire::Webhook { does, only } => Does::Webhook(*does, only.clone()),
                wire if kind == bytes::KIND || wire.of_sockets() => Does::Socket(failure),
                _ => Does::Fails(failure),
            };
            return Ok(Found { name: full.to_owned(), does, what: None });
        }
        if let Some(extra) = EXTRA.iter().find(|extra| extra.name == full && possible(extra)) {
            let does = extra_fault(extra, params, catalogue)?;
            return Ok(Found { name: full.to_owned(), does, what: Some(extra.what) });
        }
    }
    let known = catalogue.names_for(kind).chain(EXTRA.iter().filter(|extra| possible(extra)).map(|extra| extra.name));
    Err(Refused::unknown(&format!("a mock of kind {kind} has no fault"), name, known))
}

/// Refuses parameters that would do nothing.
pub(super) fn nothing_of(name: &str, params: &Asked, idle: &[&str]) -> Result<(), Refused> {
    match idle.iter().find(|param| params.get(param).is_some()) {
        Some(param) => Err(Refused::bad(format!("`{param}` does nothing to `{name}`"))),
        None => Ok(()),
    }
}

pub(super) fn failure(full: &str, wire: &Wire, params: &Asked) -> Result<Failure, Refused> {
    let mut bent = wire.clone();
    let reason = params.text_if("reason")?;
    if !matches!(wire, Wire::SocketEnd { text, .. } if text.contains("%reason%")) {
        nothing_of(full, params, &["reason"])?;
    }
    let retry_after = params.length("retry_after", Span::from_secs(1))?;
    let after_chunks = params.whole("after_chunks", 0, 1_000_000)?;
    let status = params.whole("status", 200, 599)?;
    if let Wire::Bytes(fault) = &mut bent {
        nothing_of(full, params, &["retry_after", "status", "after_chunks", "error_code"])?;
        bytes::bend(full, fault, params)?;
    } else {
        nothing_of(full, params, &bytes::PARAMS)?;
    }
    match &mut bent {
        Wire::Reply(reply) => {
            nothing_of(full, params, &["after_chunks"])?;
            if let Some(status) = status {
                reply.status = status as u16;
            }
            if let Some(code) = params.get("error_code") {
                reply.body = with_code(full, reply, code)?;
            }
        }
        Wire::Stall { after_chunks: chunks }
        | Wire::Cut { after_chunks: chunks }
        | Wire::EndStream { after_chunks: chunks }
        | Wire::StreamError { after_chunks: chunks, .. } => {
            nothing_of(full, params, &["retry_after", "status", "error_code"])?;
            if let Some(after) = after_chunks {
                *chunks = after as u32;
            }
        }
        Wire::Late { seconds } => {
            nothing_of(full, params, &["retry_after", "status", "after_chunks", "error_code"])?;
            if params.get("delay_ms").is_some() {
                // The delay that is asked for stands in place of the usual one.
                *seconds = 0;
            }
        }
        Wire::SocketEnd { reason: bent, .. } => {
            nothing_of(full, params, &["retry_after", "status", "after_chunks", "error_code"])?;
            if let Some(reason) = reason {
                *bent = plain_word(reason)?;
            }
        }
        Wire::Bytes(_) => {}
        _ => nothing_of(full, params, &["retry_after", "status", "after_chunks", "error_code"])?,
    }
    let wire = (bent != *wire).then(|| Arc::new(bent));
    Ok(Failure { retry_after, wire, ..Failure::named(full) })
}

/// A word that may stand in a JSON text as it is.
fn plain_word(word: &str) -> Result<String, Refused> {
    let plain = word.len() <= 100 && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c));
    if plain { Ok(word.to_owned()) } else { Err(Refused::bad("`reason` must be a plain word such as `warning`")) }
}

/// The body with another code where its vendor writes one: `error.code`, `error`, or Twilio's `code`.
fn with_code(full: &str, reply: &Substitute, code: &Value) -> Result<String, Refused> {
    let word = match code {
        Value::String(word) => word.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Refused::bad("`error_code` must be a text or a number")),
    };
    let mut body: Value = serde_json::from_str(&reply.body)
        .map_err(|_| Refused::bad(format!("`error_code` does nothing to `{full}`: its body is no JSON")))?;
    if let Some(error) = body.get_mut("error") {
        match error {
            Value::Object(error) => drop(error.insert("code".to_owned(), word.into())),
            error => *error = word.into(),
        }
    } else if let Some(before) = body.get("code").cloned() {
        let info = body["more_info"].as_str().map(|info| info.replace(&before.to_string(), &word));
        body["code"] = word.parse::<u32>().map_or_else(|_| word.as_str().into(), Value::from);
        if let Some(info) = info {
            body["more_info"] = info.into();
        }
    } else {
        return Err(Refused::bad(format!("`error_code` does nothing to `{full}`: its body has no code")));
    }
    Ok(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn ask(kind: &str, name: &str, params: Value) -> Result<Fault, Refused> {
        read(kind, name, &Asked::new(params, false).expect("an object"), &Catalogue::shipped())
    }

    fn reply(fault: Fault) -> Substitute {
        let Does::Fails(Failure { wire: Some(wire), .. }) = fault.does else { panic!("{fault:?} is not bent") };
        let Wire::Reply(reply) = &*wire else { panic!("{wire:?} is no reply") };
        reply.clone()
    }

    #[test]
    fn a_fault_is_found_by_its_full_name_or_within_its_vendor() {
        for name in ["overloaded", "openai.overloaded"] {
            let fault = ask("openai", name, json!({})).expect("it is in the catalogue");
            assert_eq!(fault.name, "openai.overloaded");
            assert_eq!(fault.does, Does::Fails(Failure::named("openai.overloaded")));
        }
        assert_eq!(ask("zendesk", "hang", json!({})).expect("everybody's").name, "hang");
        let refused = ask("slack", "openai.overloaded", json!({})).expect_err("another vendor's");
        assert!(refused.status == 422 && refused.why.contains("slack.rate_limit"), "{}", refused.why);
        assert!(ask("openai", "overlaoded", json!({})).expect_err("misspelt").why.contains("possible: "));
        let fault = ask("twilio", "tls_expired", json!({"times": 2})).expect("everybody's");
        assert_eq!((fault.does, fault.times), (Does::Handshake, Some(2)));
        let idle = ask("twilio", "tls_expired", json!({"match": "x"})).expect_err("a connection says nothing");
        assert_eq!(idle.status, 422);
    }

    #[test]
    fn codes_and_statuses_change_where_the_vendor_writes_them() {
        let bent = reply(ask("openai", "server_error", json!({"status": 520, "error_code": "odd"})).expect("bent"));
        assert_eq!(bent.status, 520);
        assert!(bent.body.contains(r#""code":"odd""#), "{}", bent.body);
        let bent = reply(ask("slack", "internal_error", json!({"error_code": "team_is_gone"})).expect("bent"));
        assert_eq!(bent.body, r#"{"ok":false,"error":"team_is_gone"}"#);
        let bent = reply(ask("twilio", "internal_error_20500", json!({"error_code": 21211})).expect("bent"));
        assert!(bent.body.contains(r#""code":21211"#) && !bent.body.contains("20500"), "{}", bent.body);
        let page = reply(ask("openai", "status", json!({"status": 404})).expect("bent"));
        assert_eq!((page.status, page.body.as_str()), (404, ""));
    }

    #[test]
    fn chunks_and_waits_are_bent() {
        let cut = ask("openai", "stream_cut", json!({"after_chunks": 1, "share": 0.5, "times": 2, "ttl": "1m"}));
        let cut = cut.expect("bent");
        assert_eq!((cut.share, cut.times, cut.ttl), (0.5, Some(2), Some(Span::MINUTE)));
        let Does::Fails(failure) = cut.does else { panic!("it fails") };
        assert_eq!(failure.wire.as_deref(), Some(&Wire::Cut { after_chunks: 1 }));
        let waits = ask("openai", "rate_limit", json!({"retry_after": 2, "delay_ms": 250})).expect("bent");
        assert_eq!(waits.delay, Span::from_millis(250));
        let Does::Fails(failure) = waits.does else { panic!("it fails") };
        assert_eq!((failure.retry_after, failure.wire), (Some(Span::from_secs(2)), None));
    }

    #[test]
    fn a_parameter_that_would_do_nothing_is_refused() {
        for (name, params) in [
            ("hang", json!({"status": 500})),
            ("stream_cut", json!({"error_code": "x"})),
            ("rate_limit", json!({"after_chunks": 3})),
            ("latency", json!({"status": 500})),
            ("webhook_drop", json!({"retry_after": 3})),
            ("html_error", json!({"status": 404})),
            ("gateway", json!({"error_code": "x"})),
            ("hang", json!({"times": 0})),
            ("hang", json!({"share": 1.5})),
            ("hang", json!({"tims": 1})),
            ("status", json!({"status": 100})),
            ("hang", json!({"down": 3})),
            ("flap", json!({"down": 0})),
            ("flap", json!({"after_chunks": 1})),
            ("error_rate", json!({"share": 2})),
            ("overloaded", json!({"limit": 3})),
            ("rate_limit", json!({"window": 3})),
            ("rate_limit", json!({"limit": 3, "window": 0})),
        ] {
            assert_eq!(ask("openai", name, params.clone()).expect_err("refused").status, 422, "{name} {params}");
        }
        assert_eq!(ask("slack", "hang", json!({"reason": "warning"})).expect_err("idle").status, 422);
        assert_eq!(ask("slack", "socket_disconnect", json!({"reason": "\""})).expect_err("no word").status, 422);
        assert_eq!(ask("twilio", "stream_drop", json!({"down": 1, "up": 1})).expect_err("it ends").status, 422);
        let bent = ask("slack", "socket_disconnect", json!({"reason": "too_many_websockets"})).expect("bent");
        assert!(bent.ends_sockets() && format!("{:?}", bent.does).contains("too_many_websockets"));
    }

    fn anything() -> impl Strategy<Value = Value> {
        let one = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        one.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::hash_map("[a-z]{0,8}", inner, 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever is asked for is taken within its bounds, or refused by a word.
        #[test]
        fn no_parameter_breaks_anything(
            names in proptest::sample::select(vec!["hang", "rate_limit", "stream_cut", "latency", "flap", "webhook_drop"]),
            params in proptest::collection::hash_map(proptest::sample::select(PARAMS.to_vec()), anything(), 0..4),
        ) {
            let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            match ask("openai", names, Value::Object(params)) {
                Ok(fault) => {
                    prop_assert!((0.0..=1.0).contains(&fault.share) && fault.times != Some(0));
                    prop_assert!(fault.delay >= Span::ZERO && fault.delay < Span::FOREVER);
                }
                Err(refused) => prop_assert!(matches!(refused.status, 422 | 501) && !refused.why.is_empty()),
            }
        }
    }

    #[test]
    fn every_extra_name_is_one_that_can_be_asked_for() {
        for extra in EXTRA {
            let kind = extra.name.split_once('.').map_or("statuspage", |(kind, _)| kind);
            let fault = ask(kind, extra.name, json!({})).expect("it is found");
            assert!(matches!(fault.does, Does::Fails(_) | Does::Slows), "{}", extra.name);
        }
    }
}
