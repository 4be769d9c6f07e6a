//! What the program is told by its environment, and nothing else: its desk file, the pace, and where its vendors are.

use crate::scenario::model::{self, Dependency, DependencyKind, Id};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A desk file is not larger than this, in bytes.
const MAX_DESK_FILE: u64 = 16 * 1024 * 1024;

/// All that the program knows at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The desk it plays.
    pub desk: Arc<model::Desk>,
    /// Scenario seconds in a second of the wall.
    pub pace: f64,
    /// The port it listens on, on 127.0.0.1; zero: any.
    pub port: u16,
    /// The environment's other variables by name.
    pub env: BTreeMap<String, String>,
}

/// Why the program cannot start or go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// How one dependency is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) name: String,
    pub(super) kind: DependencyKind,
    /// Where it is, without a slash at the end. Slack's ends in `/api`, a model's in `/v1`, the others' have no path.
    pub(super) url: String,
    /// Token or key.
    pub(super) key: String,
    /// The account (Twilio's id, Zendesk's address, the status page's id).
    pub(super) account: String,
}

impl Settings {
    /// Reads the environment.
    pub fn from_env() -> Result<Self, Refused> {
        let env = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::read(env)
    }

    fn read(env: BTreeMap<String, String>) -> Result<Self, Refused> {
        let get = |name: &str| env.get(name).filter(|value| !value.is_empty());
        let path = get("HOLDLINE_DESK").ok_or_else(|| Refused("HOLDLINE_DESK names no desk file".to_owned()))?;
        let refused = |why: &dyn fmt::Display| Refused(format!("the desk file {path} cannot be read: {why}"));
        let length = std::fs::metadata(path).map_err(|error| refused(&error))?.len();
        if length > MAX_DESK_FILE {
            return Err(refused(&"it is too large"));
        }
        let text = std::fs::read(path).map_err(|error| refused(&error))?;
        let desk = serde_json::from_slice(&text).map_err(|error| refused(&error))?;
        let pace = match get("HOLDLINE_PACE") {
            None => 1.0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|pace: &f64| pace.is_finite() && *pace > 0.0)
                .ok_or_else(|| Refused(format!("HOLDLINE_PACE is {text:?}: a number above zero is needed")))?,
        };
        let port = match get("HOLDLINE_DESK_PORT") {
            None => 0,
            Some(text) => {
                text.parse().map_err(|_| Refused(format!("HOLDLINE_DESK_PORT is {text:?}: a port number is needed")))?
            }
        };
        Ok(Self { desk: Arc::new(desk), pace, port, env })
    }

    /// A variable, empty if it is missing.
    pub(super) fn var(&self, name: &str) -> &str {
        self.env.get(name).map_or("", String::as_str)
    }

    /// How a dependency is reached: by the variables of its own name, else by those of its vendor.
    pub(super) fn access(&self, of: Id<Dependency>) -> Option<Access> {
        let dependency = self.desk.dependencies.get(of.index())?;
        let own = variable(&dependency.name);
        let own = |what: &str| self.var(&format!("{own}_{what}"));
        let first = |names: &[&str]| {
            names.iter().map(|name| self.var(name)).find(|value| !value.is_empty()).unwrap_or_default().to_owned()
        };
        let or = |value: &str, names: &[&str]| if value.is_empty() { first(names) } else { value.to_owned() };
        let (url, cut, key, account) = match dependency.kind {
            DependencyKind::Slack => {
                (or(own("URL"), &["SLACK_API_URL"]), "/api", first(&["SLACK_BOT_TOKEN"]), String::new())
            }
            DependencyKind::Zendesk => {
                let (token, email) = (first(&["ZENDESK_TOKEN"]), first(&["ZENDESK_EMAIL"]));
                (or(own("URL"), &["ZENDESK_URL"]), "/api/v2", token, email)
            }
            DependencyKind::Openai => {
                let key = or(own("API_KEY"), &["OPENAI_API_KEY"]);
                (or(own("URL"), &["OPENAI_BASE_URL"]), "", key, String::new())
            }
            DependencyKind::Twilio => {
                let (token, sid) =
                    (or(own("API_KEY"), &["TWILIO_AUTH_TOKEN"]), or(own("ACCOUNT_SID"), &["TWILIO_ACCOUNT_SID"]));
                (or(own("URL"), &["TWILIO_API_URL"]), "/2010-04-01", token, sid)
            }
            DependencyKind::Statuspage => {
                let (key, page) = (or(own("API_KEY"), &["STATUSPAGE_API_KEY"]), first(&["STATUSPAGE_PAGE_ID"]));
                let page = if page.is_empty() { "mockpage".to_owned() } else { page };
                (or(own("URL"), &["STATUSPAGE_API_URL"]), "/v1", key, page)
            }
            // This desk sends no mail; a day that needs it is refused before it begins.
            // Nor does it use what only somebody else's program knows.
            DependencyKind::Smtp | DependencyKind::Http | DependencyKind::Tcp => return None,
        };
        let url = url.trim_end_matches('/');
        let base = if cut.is_empty() { url } else { url.strip_suffix(cut).unwrap_or(url) };
        let url = if dependency.kind == DependencyKind::Slack { format!("{base}/api") } else { base.to_owned() };
        Some(Access { name: dependency.name.clone(), kind: dependency.kind, url, key, account })
    }

    /// The first dependency of a kind.
    pub(super) fn first_of(&self, kind: DependencyKind) -> Option<Access> {
        self.all_of(kind).next()
    }

    /// Every dependency of a kind, in the order of the desk file.
    pub(super) fn all_of(&self, kind: DependencyKind) -> impl Iterator<Item = Access> {
        let ids = (0..self.desk.dependencies.len()).filter(move |at| self.desk.dependencies[*at].kind == kind);
        ids.filter_map(|at| self.access(Id::new(at)))
    }
}

/// A name as a variable begins with it: `llm-backup` is `LLM_BACKUP`; a digit cannot begin one.
fn variable(name: &str) -> String {
    let word: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    if word.starts_with(|c: char| c.is_ascii_digit()) { format!("_{word}") } else { word }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::scenario::model::*;
    use crate::time::{Span, Time};

    /// A desk with a chat, a phone and a ticket channel, a bot on the first two, and a plan without rules.
    pub(in crate::rehearse::reference) fn desk() -> model::Desk {
        let kinds = [
            ("slack", DependencyKind::Slack),
            ("model-a", DependencyKind::Openai),
            ("carrier", DependencyKind::Twilio),
            ("zendesk", DependencyKind::Zendesk),
            ("status", DependencyKind::Statuspage),
            ("carrier-b", DependencyKind::Twilio),
        ];
        let dependencies = kinds.map(|(name, kind)| Dependency::new(name, kind)).to_vec();
        let channels = [("chat", Style::Chat, 0), ("phone", Style::Call, 2), ("mail", Style::Ticket, 3)]
            .map(|(name, style, over)| Channel {
                name: name.to_owned(),
                style,
                over: vec![Id::new(over)],
                open: Vec::new(),
            })
            .to_vec();
        let bot = Bot {
            uses: Id::new(1),
            answers: vec![Id::new(0), Id::new(1)],
            calls_per_contact: 1,
            timeout: Span::from_secs(5),
            retries: 1,
            backoff: Span::from_millis(100),
            replies_in: Distribution::Constant(Span::from_secs(1)),
            at_once: 10,
            breaker: None,
        };
        model::Desk {
            name: "small".to_owned(),
            about: String::new(),
            dependencies,
            channels,
            reasons: Vec::new(),
            customers: Customers {
                patience: Vec::new(),
                retry: None,
                chase: None,
                informed: None,
                satisfaction: None,
                unsolved_after: Distribution::Constant(Span::ZERO),
                segments: vec![Segment { name: "gold".to_owned(), share: 1.0, first: true }],
            },
            streams: vec![Stream {
                name: "s".to_owned(),
                channel: Id::new(0),
                rate: vec![RateStep { from: Time::ZERO, per_second: 1.0 }],
                reason: None,
                day_cv: 0.0,
                day_group: 0,
            }],
            start_with: Vec::new(),
            bot: Some(bot),
            teams: vec![Team {
                name: "second line".to_owned(),
                people: 1,
                answers: Vec::new(),
                at_once: 1,
                shift: Vec::new(),
                breaks: None,
                on_call: true,
                needs: Vec::new(),
                cut: Cut::Finish,
                slower: 0.0,
                person_hour: None,
            }],
            without: Vec::new(),
            self_service: Vec::new(),
            costs: None,
            plan: Plan::default(),
        }
    }

    /// Settings with these variables.
    pub(in crate::rehearse::reference) fn settings(desk: model::Desk, env: &[(&str, &str)]) -> Settings {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings { desk: Arc::new(desk), pace: 1.0, port: 0, env }
    }

    #[test]
    fn a_dependency_is_found_by_its_own_name_first() {
        let env = [
            ("SLACK_API_URL", "http://h:1/api/"),
            ("SLACK_BOT_TOKEN", "xoxb"),
            ("MODEL_A_URL", "http://h:2/v1"),
            ("OPENAI_API_KEY", "sk"),
            ("TWILIO_API_URL", "http://h:3"),
            ("TWILIO_ACCOUNT_SID", "AC1"),
            ("TWILIO_AUTH_TOKEN", "t"),
            ("CARRIER_B_URL", "http://h:4/2010-04-01/"),
            ("ZENDESK_URL", "http://h:5"),
        ];
        let settings = settings(desk(), &env);
        let access = |at| settings.access(Id::new(at)).expect("the desk has it");
        assert_eq!(access(0).url, "http://h:1/api");
        assert_eq!((access(1).url.as_str(), access(1).key.as_str()), ("http://h:2/v1", "sk"));
        assert_eq!((access(2).url.as_str(), access(2).account.as_str()), ("http://h:3", "AC1"));
        assert_eq!((access(5).url.as_str(), access(5).key.as_str()), ("http://h:4", "t"));
        assert_eq!(access(3).url, "http://h:5");
        assert_eq!(access(4).url, "", "a missing variable matters only when it is needed");
    }

    #[test]
    fn what_is_missing_or_foolish_is_said() {
        assert!(Settings::read(BTreeMap::new()).is_err());
        let env = BTreeMap::from([("HOLDLINE_DESK".to_owned(), "/no/such/file".to_owned())]);
        assert!(Settings::read(env).is_err_and(|refused| refused.0.contains("/no/such/file")));
    }
}
