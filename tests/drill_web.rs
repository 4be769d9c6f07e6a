//! The drill's server against strangers and against its own people, over real sockets, on a drill of the tests' own.

#[path = "drill/client.rs"]
mod client;
#[path = "drill/fake.rs"]
mod fake;

use client::{Reply, Served};
use serde_json::{Value, json};

/// The words that only the facilitator may read before their time.
const HIDDEN: &str = "HUSH";

fn token(link: &str) -> &str {
    link.split_once('#').expect("the link has a token").1
}

#[test]
fn everybody_gets_a_view_of_their_own_and_nothing_that_is_hidden() {
    let served = Served::start(300);
    let lead = served.join("Ana", "lead");
    let facilitator = token(&served.links.facilitator).to_owned();
    let watchers = [&lead, token(&served.links.observer), token(&served.links.projector)];
    let mut streams = watchers.map(|token| served.stream(token));
    let mut own = served.stream(&facilitator);
    assert!(own.until("\"whole\":true").contains(HIDDEN), "the facilitator reads the script");
    let mut read = served.get("/api/cast", &[]).text + &served.get("/api/me", &[("x-holdline-token", &lead)]).text;
    for path in ["/", "/play", "/web/app.js"] {
        read += &served.get(path, &[]).text;
    }
    for stream in &mut streams {
        read += &stream.until("\"whole\":true");
    }
    assert!(!read.contains(HIDDEN), "hidden words went out");
    assert_eq!(served.act(&facilitator, &json!({ "do": "start" })).status, 200);
    assert_eq!(served.act(&facilitator, &json!({ "do": "fire", "inject": "press" })).status, 200);
    assert!(streams[0].until("HUSH-PRESS").contains("\"whole\":false"), "what is fired reaches its role as a change");
    let comms = served.join("Bo", "communications");
    assert!(!served.stream(&comms).until("\"whole\":true").contains(HIDDEN), "and no other role");
}

#[test]
fn a_command_of_another_seat_is_refused_and_changes_nothing() {
    let served = Served::start(300);
    let lead = served.join("Ana", "lead");
    let facilitator = token(&served.links.facilitator).to_owned();
    served.act(&facilitator, &json!({ "do": "start" }));
    served.act(&facilitator, &json!({ "do": "pause" }));
    for command in [
        json!({ "do": "start" }),
        json!({ "do": "end" }),
        json!({ "do": "rewind", "to": 0.0 }),
        json!({ "do": "lever", "lever": "post an update", "text": "hello" }),
        json!({ "do": "rate", "expect": "decide", "mark": "P" }),
    ] {
        let reply = served.act(&lead, &command);
        assert_eq!((reply.status, reply.code().as_str()), (403, "not_yours"), "{command}");
    }
    for watcher in [&served.links.observer, &served.links.projector] {
        assert_eq!(served.act(token(watcher), &json!({ "do": "say", "text": "me too" })).status, 403);
    }
    for path in ["/api/remove", "/api/doors"] {
        assert_eq!(served.post(path, &lead, r#"{"id":0}"#).status, 403, "{path}");
    }
    assert_eq!(served.get("/api/links", &[("x-holdline-token", &lead)]).status, 403);
    let state = served.stream(&facilitator).until("\"whole\":true");
    assert!(state.contains("\"state\":\"paused\"") && state.contains("\"decisions\":[]"), "{state}");
}

#[test]
fn nobody_comes_in_without_a_token_or_the_code() {
    let served = Served::start(300);
    let real = token(&served.links.facilitator);
    let near = format!("{}{}", &real[..31], if real.ends_with('0') { '1' } else { '0' });
    for guess in ["", "0", &near, &"0".repeat(32), &real[..31], &format!("{real}0"), &"x".repeat(8_000)] {
        assert_eq!(served.get("/api/state", &[("x-holdline-token", guess)]).status, 401, "{guess}");
        assert_eq!(served.act(guess, &json!({ "do": "start" })).status, 401, "{guess}");
    }
    // Tokens are read from their header alone.
    assert_eq!(served.get(&format!("/api/state?token={real}"), &[("cookie", real)]).status, 401);
    let codes: Vec<u16> = (0..40).map(|n| served.try_join(&format!("AAAA{n:02}"), "Eve", "lead").status).collect();
    assert_eq!(codes[0], 403);
    assert_eq!(codes[39], 429, "guessing is slow: {codes:?}");
    assert_eq!(served.try_join(&served.links.code, "Eve", "lead").status, 429, "also with a right guess among many");
}

#[test]
fn a_page_from_elsewhere_can_neither_read_nor_command() {
    let served = Served::start(300);
    let facilitator = token(&served.links.facilitator).to_owned();
    let body = json!({ "do": "start" }).to_string();
    let own = served.host();
    let bad = [
        vec![("host", "evil.example"), ("content-type", "application/json")],
        vec![("host", &own), ("content-type", "application/json"), ("origin", "http://evil.example")],
        vec![("host", &own), ("content-type", "application/json"), ("origin", "null")],
        vec![("host", &own), ("content-type", "application/json"), ("sec-fetch-site", "cross-site")],
        vec![("host", &own), ("content-type", "text/plain")],
        vec![("host", &own), ("content-type", "application/x-www-form-urlencoded")],
    ];
    for mut headers in bad {
        headers.push(("x-holdline-token", &facilitator));
        let reply = served.send("POST", "/api/do", &headers, body.as_bytes());
        assert!([403, 415, 421].contains(&reply.status), "{headers:?}: {}", reply.status);
    }
    let asked = served.send("OPTIONS", "/api/do", &[("host", &own), ("origin", "http://evil.example")], b"");
    assert!(!asked.head.contains("access-control"), "no other origin is let in");
    assert_eq!(served.get("/api/links", &[("host", "evil.example"), ("x-holdline-token", &facilitator)]).status, 421);
    assert!(served.stream(&facilitator).until("\"whole\":true").contains("\"state\":\"waiting\""));
    for path in ["/", "/web/app.js", "/api/cast", "/nothing"] {
        let head = served.get(path, &[]).head;
        for line in
            ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "nosniff", "no-store", "no-referrer"]
        {
            assert!(head.contains(line), "{path} says {line}");
        }
        assert!(!head.contains("unsafe-"), "{path}");
    }
}

#[test]
fn what_is_too_long_broken_or_too_much_is_said() {
    let served = Served::start(300);
    let lead = served.join("Ana", "lead");
    let long = format!(r#"{{"do":"say","text":"{}"}}"#, "x".repeat(17 * 1024));
    assert_eq!(served.post("/api/do", &lead, &long).status, 413);
    let wordy = format!(r#"{{"do":"say","text":"{}"}}"#, "x".repeat(8 * 1024));
    assert_eq!(served.post("/api/do", &lead, &wordy).status, 413);
    for (n, broken) in [
        "",
        "{",
        "[]",
        "null",
        r#"{"do":"fly"}"#,
        r#"{"do":"say"}"#,
        r#"{"do":"say","text":1}"#,
        r#"{"do":"pace","pace":5,"more":1}"#,
        "\u{0}",
    ]
    .into_iter()
    .enumerate()
    {
        // Each from a seat of its own, since a seat may not say so much at once.
        let reply = served.post("/api/do", &served.join(&format!("P{n}"), "floor"), broken);
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_value"), "{broken}");
    }
    let flood: Vec<u16> =
        (0..60).map(|n| served.act(&lead, &json!({ "do": "say", "text": format!("{n}") })).status).collect();
    assert!(flood.contains(&429), "{flood:?}");
    let other = served.join("Bo", "communications");
    assert_eq!(
        served.act(&other, &json!({ "do": "say", "text": "calm" })).status,
        200,
        "the flood is the flooder's own"
    );
}

#[test]
fn thousands_of_joins_take_no_seat_from_who_is_here() {
    let served = Served::start(20);
    let lead = served.join("Ana", "lead");
    let mut stream = served.stream(&lead);
    stream.until("\"whole\":true");
    let refused =
        (0..2_000).filter(|n| served.try_join(&served.links.code, &format!("Eve {n}"), "floor").status != 200).count();
    assert_eq!(refused, 0, "who never came makes room");
    let people = served.stream(token(&served.links.facilitator)).until("\"whole\":true");
    assert!(people.contains("Ana") && !people.contains("Eve"), "who never came is nobody");
    assert_eq!(served.act(&lead, &json!({ "do": "say", "text": "still here" })).status, 200);
    assert_eq!(served.try_join(&served.links.code, "ana", "floor").code(), "taken");
    for (name, role, code) in [
        ("", "lead", "name"),
        ("a\u{202e}b", "lead", "name"),
        (&"x".repeat(41), "lead", "name"),
        ("Max", "evaluator", "role"),
        ("Max", "king", "role"),
    ] {
        assert_eq!(served.try_join(&served.links.code, name, role).code(), code, "{name} {role}");
    }
    let seats: Vec<String> = (0..19).map(|n| served.join(&format!("P{n}"), "floor")).collect();
    let mut open: Vec<_> = seats.iter().map(|token| served.stream(token)).collect();
    for one in &mut open {
        one.until("\"whole\":true");
    }
    assert_eq!(served.try_join(&served.links.code, "Late", "floor").code(), "full");
}

#[test]
fn who_is_sent_away_stays_away() {
    let served = Served::start(300);
    let facilitator = token(&served.links.facilitator).to_owned();
    let eve = served.join("Eve", "floor");
    let mut stream = served.stream(&eve);
    stream.until("\"whole\":true");
    let me: Value = serde_json::from_str(&served.get("/api/me", &[("x-holdline-token", &eve)]).text).expect("JSON");
    assert_eq!(served.post("/api/remove", &facilitator, &json!({ "id": me["id"] }).to_string()).status, 200);
    assert!(stream.ends(), "the stream ends");
    assert_eq!(served.act(&eve, &json!({ "do": "say", "text": "back" })).status, 401);
    assert_eq!(served.post("/api/doors", &facilitator, r#"{"open":false}"#).status, 200);
    assert_eq!(served.try_join(&served.links.code, "Eve", "floor").code(), "closed");
}

#[test]
fn who_reads_nothing_slows_nobody_and_misses_nothing() {
    let served = Served::start(300);
    let facilitator = token(&served.links.facilitator).to_owned();
    let (ana, bo) = (served.join("Ana", "lead"), served.join("Bo", "lead"));
    let (mut slow, mut quick) = (served.stream(&ana), served.stream(&bo));
    quick.until("\"whole\":true");
    served.act(&facilitator, &json!({ "do": "start" }));
    for n in 0..8 {
        assert_eq!(served.act(&facilitator, &json!({ "do": "announce", "text": format!("news {n}") })).status, 200);
        quick.until(&format!("news {n}"));
    }
    assert!(slow.until("news 7").contains("\"whole\":true"));
}

#[test]
fn words_of_people_stay_words() {
    let served = Served::start(300);
    let lead = served.join("<img src=x onerror=alert(1)>", "lead");
    let said = "</script><script>alert(1)</script>\n\ndata: {\"whole\":true}\n\n\u{2028}";
    assert_eq!(served.act(&lead, &json!({ "do": "say", "text": said })).status, 200);
    let mut stream = served.stream(&lead);
    let event = stream.until("\"whole\":true");
    let line = event.lines().find_map(|line| line.strip_prefix("data: ")).expect("an event");
    let state: Value = serde_json::from_str(line).expect("one event is one line of JSON");
    assert_eq!(state["decisions"][0]["text"], said);
    let Reply { head, .. } = served.get("/api/cast", &[]);
    assert!(head.contains("application/json"));
}
