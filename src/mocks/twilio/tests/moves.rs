//! Targets that send a question on, keep their place by cookies, and answer texts in every way there is.

use super::*;

fn with_headers(status: u16, headers: &[(&'static str, &str)], body: &str) -> DeliveryOutcome {
    let mut outcome = outcome(Some(status), body);
    for (name, value) in headers {
        outcome.headers.insert(*name, value.parse().expect("plain ASCII"));
    }
    outcome
}

fn header<'a>(delivery: &'a Delivery, name: &str) -> Option<&'a str> {
    delivery.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn writing() -> Twilio {
    let mut twilio = desk();
    for number in twilio.numbers.values_mut() {
        number.sms = Some(link::Link { url: "http://target:8080/sms".to_owned(), post: true });
    }
    twilio
}

fn texts(effects: &[Effect]) -> Vec<String> {
    let text = |seen: Seen| if let Seen::TextSent { text, .. } = seen { Some(text) } else { None };
    seen(effects).into_iter().filter_map(text).collect()
}

#[test]
fn a_question_goes_where_the_target_sends_it_on_to() {
    let mut twilio = desk();
    let (sid, effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
    let moved = with_headers(307, &[("location", "/voice/new")], "");
    let asked_again = only(&twilio.delivered(&only(&effects), &moved, at(0)));
    assert_eq!((asked_again.url.as_str(), &asked_again.method), ("http://target:8080/voice/new", &Method::POST));
    assert_eq!(sent(&asked_again).get("CallSid"), Some(sid.as_str()), "with all it said before");
    let moved = with_headers(302, &[("location", "menu")], "");
    let asked_again = only(&twilio.delivered(&asked_again, &moved, at(0)));
    assert_eq!(asked_again.method, Method::GET);
    assert!(asked_again.url.starts_with("http://target:8080/voice/menu?") && asked_again.url.contains(&sid));
    let effects = reply(&mut twilio, &asked_again, "<Say>Hello</Say><Redirect>next</Redirect>", at(0));
    assert!(seen(&effects).contains(&heard(&sid, "Hello")));
    assert_eq!(only(&effects).url, "http://target:8080/voice/next");
}

#[test]
fn a_target_that_sends_it_round_in_circles_gives_no_instructions() {
    let mut twilio = desk();
    let (sid, mut effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
    let mut asked = 0;
    while !seen(&effects).contains(&heard(&sid, APOLOGY)) {
        asked += 1;
        let moved = with_headers(302, &[("location", "/round")], "");
        effects = twilio.delivered(&only(&effects), &moved, at(0));
    }
    assert_eq!(asked, 11);
}

#[test]
fn a_call_and_a_pair_of_numbers_keep_their_cookies() {
    let mut twilio = writing();
    let (_, effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
    let first = only(&effects);
    assert_eq!(header(&first, "cookie"), None);
    let body = "<Response><Gather><Say>Which?</Say></Gather></Response>";
    let sets = with_headers(200, &[("set-cookie", "session=abc; Path=/")], body);
    twilio.delivered(&first, &sets, at(0));
    let sid = sent(&first).get("CallSid").expect("a call").to_owned();
    let effects = twilio.caller_presses(&sid, "1#", at(1));
    assert_eq!(header(&only(&effects), "cookie"), Some("session=abc"));

    let (_, effects) = twilio.incoming_text(CALLER, DESK, "one", None, at(0));
    twilio.delivered(&only(&effects), &with_headers(200, &[("set-cookie", "count=1")], "<Response/>"), at(0));
    let again = |twilio: &mut Twilio, from: &str, now: Time| {
        header(&only(&twilio.incoming_text(from, DESK, "two", None, now).1), "cookie").map(str::to_owned)
    };
    assert_eq!(again(&mut twilio, CALLER, at(60)), Some("count=1".to_owned()));
    assert_eq!(again(&mut twilio, "+15005559999", at(60)), None, "it is another conversation");
    assert_eq!(again(&mut twilio, CALLER, at(5 * 3_600)), None, "it was long ago");
}

#[test]
fn a_text_is_answered_in_every_way_there_is() {
    let mut twilio = writing();
    let ask = |twilio: &mut Twilio| only(&twilio.incoming_text(CALLER, DESK, "Hi", None, at(0)).1);
    let first = ask(&mut twilio);
    let plain = with_headers(200, &[("content-type", "text/plain")], "Hello\nyou\n");
    assert_eq!(texts(&twilio.delivered(&first, &plain, at(0))), ["Hello\nyou"]);

    let first = ask(&mut twilio);
    let two = "<Message>one\ntwo</Message><Message statusCallback='/fares'><Body>a</Body><Body>b</Body><Media>http://x/1</Media></Message>";
    assert_eq!(texts(&reply(&mut twilio, &first, two, at(0))), ["one\ntwo", "a\nb"]);
    let last = twilio.messages.values().next_back().expect("it was sent");
    assert_eq!(
        (last.media, last.callback.as_ref().map(|link| link.url.as_str())),
        (1, Some("http://target:8080/fares"))
    );

    let first = ask(&mut twilio);
    let next = only(&reply(&mut twilio, &first, "<Redirect method='GET'>/elsewhere</Redirect>", at(0)));
    assert!(next.url.starts_with("http://target:8080/elsewhere?"), "{}", next.url);
    assert_eq!(texts(&reply(&mut twilio, &next, "<Message>there</Message>", at(0))), ["there"]);

    let mut next = ask(&mut twilio);
    let asked = (0..).find(|_| {
        let effects = reply(&mut twilio, &next, "<Redirect>/sms</Redirect>", at(0));
        asked(&effects).pop().is_none_or(|delivery| {
            next = delivery;
            false
        })
    });
    assert_eq!(asked, Some(10), "not for ever");
}

#[test]
fn lists_are_bounded_by_time_and_paged_by_what_was_seen() {
    let mut twilio = writing();
    let send = |twilio: &mut Twilio, body: &str| {
        let form = [("To", CALLER), ("From", DESK), ("Body", body)];
        assert_eq!(rest(twilio, Method::POST, "/Messages.json", &form).0, 201);
    };
    for n in 0..5 {
        send(&mut twilio, &n.to_string());
    }
    let bodies = |page: &Value| {
        let all = page["messages"].as_array().into_iter().flatten();
        all.filter_map(|one| one["body"].as_str()).map(str::to_owned).collect::<Vec<_>>()
    };
    let get = |twilio: &mut Twilio, path: &str| rest(twilio, Method::GET, path, &[]).1;
    let page = get(&mut twilio, "/Messages.json?PageSize=2");
    assert_eq!(bodies(&page), ["4", "3"]);
    send(&mut twilio, "5");
    let link = |page: &Value, name: &str| {
        page[name].as_str().and_then(|uri| uri.split_once("/Messages")).map(|(_, rest)| format!("/Messages{rest}"))
    };
    let page = get(&mut twilio, &link(&page, "next_page_uri").expect("there is more"));
    assert_eq!(bodies(&page), ["2", "1"], "what came meanwhile shifts nothing");
    assert_eq!(
        bodies(&get(&mut twilio, &link(&page, "previous_page_uri").expect("there is a page before"))),
        ["4", "3"]
    );
    let near = get(&mut twilio, "/Messages.json?PageSize=1&Page=1");
    let before = link(&near, "previous_page_uri").expect("there is a page before").replace("PageSize=1", "PageSize=9");
    assert_eq!((bodies(&near), bodies(&get(&mut twilio, &before))), (vec!["4".to_owned()], vec!["5".to_owned()]));
    let page = get(&mut twilio, &link(&page, "next_page_uri").expect("there is more"));
    assert_eq!((bodies(&page), &page["next_page_uri"]), (vec!["0".to_owned()], &Value::Null));

    twilio.wake(at(10));
    for (query, count) in [
        ("DateSent=2026-01-05", 6),
        ("DateSent=2026-01-06", 0),
        ("DateSent%3E=2026-01-05T00:00:00Z", 6),
        ("DateSent%3C=2026-01-04", 0),
        ("DateSent%3E=2026-01-04&DateSent%3C=2026-01-05", 6),
    ] {
        assert_eq!(bodies(&get(&mut twilio, &format!("/Messages.json?{query}"))).len(), count, "{query}");
    }
    let (_, _) = call(&mut twilio, "<Hangup/>");
    for (query, count) in [("StartTime%3E=2026-01-05", 1), ("StartTime%3E=2026-01-06", 0), ("EndTime=2026-01-05", 1)] {
        assert_eq!(
            get(&mut twilio, &format!("/Calls.json?{query}"))["calls"].as_array().map(Vec::len),
            Some(count),
            "{query}"
        );
    }
}
