//! The target's cookies: kept for a call, and for four hours between two numbers that write to each other, and sent along
//! (<https://www.twilio.com/docs/messaging/guides/how-to-use-cookies-in-twilio-messaging>).

use super::link::host_of;
use crate::time::{Span, Time};
use hyper::HeaderMap;
use hyper::header::SET_COOKIE;
use std::collections::BTreeMap;

/// How long cookies are kept between two numbers.
const KEPT: Span = Span::from_secs(4 * 3_600);
/// More cookies than a target sets, and the longest there is; others are let go.
const MOST: usize = 50;
const LONGEST: usize = 4_096;
/// More pairs of numbers than are remembered.
const MOST_PAIRS: usize = 10_000;

/// What one conversation's target has set.
#[derive(Clone, Debug, Default)]
pub(super) struct Jar(Vec<Cookie>);

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    name: String,
    value: String,
}

impl Jar {
    /// Keeps what a reply from this address sets; an empty value or an age of zero takes a cookie away.
    pub(super) fn keep(&mut self, headers: &HeaderMap, url: &str) {
        let host = host_of(url);
        for line in headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let age =
                parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("max-age"));
            let over = age.and_then(|(_, age)| age.parse::<i64>().ok()).is_some_and(|age| age <= 0);
            self.0.retain(|kept| kept.host != host || kept.name != name);
            if !over && !value.is_empty() && line.len() <= LONGEST && self.0.len() < MOST {
                self.0.push(Cookie { host: host.to_owned(), name: name.to_owned(), value: value.to_owned() });
            }
        }
    }

    /// The header for a request to this address.
    pub(super) fn header(&self, url: &str) -> Option<(String, String)> {
        let host = host_of(url);
        let pairs = self.0.iter().filter(|kept| kept.host == host).map(|kept| format!("{}={}", kept.name, kept.value));
        let all = pairs.collect::<Vec<_>>().join("; ");
        (!all.is_empty()).then(|| ("cookie".to_owned(), all))
    }
}

/// What the targets of text messages have set, by who writes and to whom.
#[derive(Debug, Default)]
pub(super) struct Jars(BTreeMap<(String, String), (Time, Jar)>);

impl Jars {
    pub(super) fn keep(&mut self, from: &str, to: &str, headers: &HeaderMap, url: &str, now: Time) {
        if !headers.contains_key(SET_COOKIE) {
            return;
        }
        let mut jar = self.of(from, to, now).cloned().unwrap_or_default();
        jar.keep(headers, url);
        self.0.insert((from.to_owned(), to.to_owned()), (now + KEPT, jar));
        if self.0.len() > MOST_PAIRS {
            self.0.retain(|_, (until, _)| *until > now);
            if self.0.len() > MOST_PAIRS {
                self.0.pop_first();
            }
        }
    }

    pub(super) fn of(&self, from: &str, to: &str, now: Time) -> Option<&Jar> {
        self.0.get(&(from.to_owned(), to.to_owned())).filter(|(until, _)| *until > now).map(|(_, jar)| jar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(SET_COOKIE, line.parse().expect("plain ASCII"));
        }
        headers
    }

    #[test]
    fn a_cookie_goes_back_to_who_set_it_until_it_is_taken_away() {
        let mut jar = Jar::default();
        jar.keep(&sets(&["session=abc; Path=/; HttpOnly", "seen=1; Max-Age=60", "nonsense"]), "http://bot:8/voice");
        assert_eq!(jar.header("http://bot:8/menu?x"), Some(("cookie".to_owned(), "session=abc; seen=1".to_owned())));
        assert_eq!(jar.header("http://other/"), None);
        jar.keep(&sets(&["session=def", "seen=x; Max-Age=0"]), "http://bot:8/voice");
        assert_eq!(jar.header("http://bot:8/"), Some(("cookie".to_owned(), "session=def".to_owned())));
        for n in 0..2 * MOST {
            jar.keep(&sets(&[&format!("c{n}=1")]), "http://bot:8/");
        }
        assert_eq!(jar.0.len(), MOST);
    }

    #[test]
    fn between_two_numbers_they_are_kept_for_four_hours() {
        let mut jars = Jars::default();
        jars.keep("+1", "+2", &sets(&["count=1"]), "http://bot/", Time::ZERO);
        assert!(jars.of("+1", "+2", Time::ZERO + Span::from_secs(3_600)).is_some());
        assert!(jars.of("+2", "+1", Time::ZERO).is_none() && jars.of("+1", "+2", Time::ZERO + KEPT).is_none());
    }
}
