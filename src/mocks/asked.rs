//! What somebody asks of a mock through the control API: the fields of a JSON object, read strictly, and how a refusal
//! says what is possible.

use super::deliver::is_loopback;
use super::vendor::Effect;
use crate::scenario::diagnostic::nearest;
use crate::time::Span;
use serde_json::{Map, Value};

/// The longest length of time that is taken, in seconds: a hundred years.
const LONGEST: f64 = 3.2e9;
/// A text of a field may be so long.
const TEXT: usize = 64 * 1024;

/// What is refused, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status that says it.
    pub status: u16,
    /// What is wrong and what is possible.
    pub why: String,
}

impl Refused {
    /// Not as it must be (422).
    pub fn bad(why: impl Into<String>) -> Self {
        Self { status: 422, why: why.into() }
    }

    /// There is no such thing (404).
    pub fn missing(why: impl Into<String>) -> Self {
        Self { status: 404, why: why.into() }
    }

    /// Right, but not built yet (501).
    pub fn not_built(what: impl std::fmt::Display) -> Self {
        Self { status: 501, why: format!("{what} is not built yet") }
    }

    /// A name that is not among those possible; `what` says of what it is one: `unknown fault`.
    pub fn unknown<'a>(what: &str, name: &str, possible: impl IntoIterator<Item = &'a str>) -> Self {
        let possible: Vec<&str> = possible.into_iter().collect();
        let guess = nearest(name, possible.iter().copied()).map(|name| format!("did you mean `{name}`? "));
        let (guess, list) = (guess.unwrap_or_default(), possible.join(", "));
        let shown: String = name.chars().take(80).collect();
        let possible = if list.is_empty() { "there is none".to_owned() } else { format!("possible: {list}") };
        Self::bad(format!("{what} `{shown}`; {guess}{possible}"))
    }
}

/// What a vendor did when it was asked to.
#[derive(Debug, Default)]
pub struct Done {
    /// What there is now: ids, as the reply has them.
    pub made: Map<String, Value>,
    /// What follows.
    pub effects: Vec<Effect>,
}

impl Done {
    /// From fields and values.
    pub fn of<const N: usize>(made: [(&str, Value); N], effects: Vec<Effect>) -> Self {
        Self { made: made.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), effects }
    }
}

/// The fields of a JSON object, of which only known ones are taken.
#[derive(Clone, Debug)]
pub struct Asked {
    fields: Map<String, Value>,
    /// Addresses may lie on other machines.
    pub allow_remote: bool,
}

impl Asked {
    /// The fields of an object; `null` is one without any.
    pub fn new(value: Value, allow_remote: bool) -> Result<Self, Refused> {
        match value {
            Value::Object(fields) => Ok(Self { fields, allow_remote }),
            Value::Null => Ok(Self { fields: Map::new(), allow_remote }),
            other => Err(Refused::bad(format!("a JSON object is wanted, not {}", kind(&other)))),
        }
    }

    /// Refuses fields that nobody reads.
    pub fn only(&self, known: &[&str]) -> Result<(), Refused> {
        match self.fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Refused::unknown("unknown field", name, known.iter().copied())),
            None => Ok(()),
        }
    }

    /// All fields, where anything may be said.
    pub fn all(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// A field as it stands; `null` is as good as missing.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Whether a field is there and `null`: what it stands for is to be taken away.
    pub fn cleared(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(Value::is_null)
    }

    /// A text that must be there, and not empty.
    pub fn text(&self, name: &str) -> Result<&str, Refused> {
        match self.text_if(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(Refused::bad(format!("`{name}` is missing: a text is wanted"))),
        }
    }

    /// A text that may be there.
    pub fn text_if(&self, name: &str) -> Result<Option<&str>, Refused> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= TEXT => Ok(Some(text)),
            Some(Value::String(_)) => Err(Refused::bad(format!("`{name}` is longer than {TEXT} bytes"))),
            Some(other) => Err(Refused::bad(format!("`{name}` is {}, but a text is wanted", kind(other)))),
        }
    }

    /// A text or a list of texts.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Refused> {
        let wrong = || Refused::bad(format!("`{name}` must be a text or a list of at most 100 texts"));
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::String(_)) => Ok(self.text_if(name)?.map(str::to_owned).into_iter().collect()),
            Some(Value::Array(all)) if all.len() <= 100 => {
                all.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
            }
            Some(_) => Err(wrong()),
        }
    }

    /// A whole number within bounds.
    pub fn whole(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Refused> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_u64().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| Refused::bad(format!("`{name}` must be a whole number from {least} to {most}")))
    }

    /// A share, from 0 to 1.
    pub fn share(&self, name: &str) -> Result<Option<f64>, Refused> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
        share.map(Some).ok_or_else(|| Refused::bad(format!("`{name}` must be a number from 0 to 1")))
    }

    /// A length of time: a number counts in `unit`, a text has its own units (`90s`, `250ms`).
    pub fn length(&self, name: &str, unit: Span) -> Result<Option<Span>, Refused> {
        self.get(name).map(|value| length(name, value, unit)).transpose()
    }

    /// A list of lengths of time in seconds, at most `most`.
    pub fn lengths(&self, name: &str, most: usize) -> Result<Option<Vec<Span>>, Refused> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(all)) if all.len() <= most => {
                all.iter().map(|one| length(name, one, Span::from_secs(1))).collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(Refused::bad(format!("`{name}` must be a list of at most {most} lengths, in seconds"))),
        }
    }

    /// An address of the target: `http://`, and on this machine unless others are allowed.
    pub fn url(&self, name: &str) -> Result<Option<String>, Refused> {
        let Some(text) = self.text_if(name)? else { return Ok(None) };
        let wrong = |why: &str| Refused::bad(format!("`{name}`: {why}"));
        let address: hyper::Uri = text
            .split('#')
            .next()
            .unwrap_or_default()
            .parse()
            .map_err(|_| wrong("an address is wanted, as in http://127.0.0.1:3000/hook"))?;
        if address.scheme_str() != Some("http") {
            return Err(wrong("only http:// addresses are called"));
        }
        let host = address.host().unwrap_or_default().trim_matches(['[', ']']);
        if !self.allow_remote && !is_loopback(host) {
            return Err(wrong("it is not on this machine: start with --allow-remote-target to allow that"));
        }
        Ok(Some(text.to_owned()))
    }
}

fn length(name: &str, value: &Value, unit: Span) -> Result<Span, Refused> {
    let read = match value {
        Value::Number(number) => number.as_f64().map(|number| number * unit.secs_f64()),
        Value::String(text) => crate::units::duration(text).ok().map(Span::secs_f64),
        _ => None,
    };
    let each = if unit == Span::from_secs(1) { "seconds" } else { "milliseconds" };
    read.filter(|seconds| (0.0..=LONGEST).contains(seconds)).map(Span::from_secs_f64).ok_or_else(|| {
        Refused::bad(format!("`{name}` must be a length of time: {each} as a number, or a text like `90s`"))
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(value: Value) -> Asked {
        Asked::new(value, false).expect("it is an object")
    }

    #[test]
    fn a_refusal_says_what_is_possible() {
        let refused = asked(json!({"chanel": "x"})).only(&["channel", "text"]).expect_err("it is misspelt");
        assert_eq!(refused.status, 422);
        assert_eq!(refused.why, "unknown field `chanel`; did you mean `channel`? possible: channel, text");
        assert!(Asked::new(json!([1]), false).expect_err("a list").why.contains("not a list"));
        assert_eq!(Refused::not_built("`slash_command`").status, 501);
    }

    #[test]
    fn lengths_are_numbers_or_have_their_unit() {
        let all = asked(json!({"a": 1.5, "b": "90s", "c": -1, "d": "soon", "e": [1, "2m"], "f": 1e300, "g": null}));
        let second = Span::from_secs(1);
        assert_eq!(all.length("a", second), Ok(Some(Span::from_millis(1_500))));
        assert_eq!(all.length("a", Span::from_millis(1_000_000)), Ok(Some(Span::from_secs(1_500))));
        assert_eq!(all.length("b", second), Ok(Some(Span::from_secs(90))));
        assert_eq!(all.length("g", second), Ok(None));
        assert_eq!(all.lengths("e", 5), Ok(Some(vec![second, Span::from_secs(120)])));
        for wrong in ["c", "d", "e", "f"] {
            assert_eq!(all.length(wrong, second).expect_err("no length").status, 422, "{wrong}");
        }
    }

    #[test]
    fn only_addresses_that_may_be_called_are_taken() {
        let url = |text: &str, allow_remote| {
            let asked = Asked::new(json!({ "u": text }), allow_remote).expect("an object");
            asked.url("u").is_ok_and(|url| url.is_some())
        };
        assert!(url("http://127.0.0.1:3000/a?b=c", false) && url("http://localhost/#rt=3", false));
        assert!(!url("http://example.com/", false) && url("http://example.com/", true));
        assert!(!url("https://127.0.0.1/", true) && !url("nonsense", true) && !url("", true));
    }

    #[test]
    fn numbers_keep_their_bounds() {
        let all = asked(json!({"n": 3, "s": 0.5, "x": "3", "big": 7}));
        assert_eq!(
            (all.whole("n", 1, 5), all.share("s"), all.whole("none", 1, 5)),
            (Ok(Some(3)), Ok(Some(0.5)), Ok(None))
        );
        assert!(all.whole("x", 1, 5).is_err() && all.whole("big", 1, 5).is_err() && all.share("n").is_err());
    }
}
