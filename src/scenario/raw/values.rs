//! Values with a unit, and values with more than one form, as they stand in YAML.

use crate::scenario::tree::{At, unit_error};
use crate::time::Span;
use crate::units;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A value written as one text: how it is read, and its JSON Schema.
pub(crate) trait Text: Sized {
    /// What it is, for messages and as the schema's name.
    const NAME: &'static str;
    /// What it is, in a sentence with an example.
    const ABOUT: &'static str;
    /// The JSON types a YAML reader may see.
    const JSON: &'static [&'static str] = &["string"];
    /// A pattern for editors; the parser is stricter.
    const PATTERN: Option<&'static str> = None;
    /// Reads it.
    fn read(text: &str) -> Result<Self, units::UnitError>;
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: Text> Visitor<'_> for TextVisitor<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::ABOUT)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::read(text).map_err(|error| unit_error(&error))
    }
}

fn text_schema<T: Text>() -> Schema {
    let mut schema = json_schema!({ "type": T::JSON, "description": T::ABOUT });
    if let Some(pattern) = T::PATTERN {
        schema.insert("pattern".to_owned(), pattern.into());
    }
    schema
}

/// Gives a [`Text`] its serde and schema sides.
macro_rules! text_value {
    ($type:ty) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(TextVisitor(PhantomData))
            }
        }
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                Self::NAME.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                text_schema::<Self>()
            }
        }
    };
}

/// A value written as one text, or as a map with fields of its own.
pub(crate) trait TextOrMap: Sized {
    /// The map.
    type Map: for<'de> Deserialize<'de> + JsonSchema;
    /// What it is, in a sentence with an example.
    const ABOUT: &'static str;
    /// The JSON type of the text.
    fn text_schema(generator: &mut SchemaGenerator) -> Schema;
    /// Reads the text.
    fn text(text: &str) -> Result<Self, units::UnitError>;
    /// Takes the map.
    fn map(map: Self::Map) -> Self;
}

/// Reads a [`TextOrMap`].
pub(super) fn text_or_map<'de, T: TextOrMap, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Wanted<T>(PhantomData<T>);
    impl<'de, T: TextOrMap> Visitor<'de> for Wanted<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::ABOUT)
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            T::text(text).map_err(|error| unit_error(&error))
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::Map::deserialize(MapAccessDeserializer::new(map)).map(T::map)
        }
    }
    deserializer.deserialize_any(Wanted(PhantomData))
}

/// The schema of a [`TextOrMap`].
pub(super) fn text_or_map_schema<T: TextOrMap>(generator: &mut SchemaGenerator) -> Schema {
    let (text, map) = (T::text_schema(generator), generator.subschema_for::<T::Map>());
    json_schema!({ "description": T::ABOUT, "anyOf": [text, map] })
}

/// A duration: `90s`, `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length(pub Span);

impl Text for Length {
    const NAME: &'static str = "duration";
    const ABOUT: &'static str = "a duration with its unit: `250ms`, `90s`, `4m`, `1h30m`, `2d`";
    const PATTERN: Option<&'static str> = Some("^([0-9.]+(us|ms|s|m|h|d))+$");
    fn read(text: &str) -> Result<Self, units::UnitError> {
        units::duration(text).map(Self)
    }
}
text_value!(Length);

/// A share from 0 to 1: `30%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl Text for Share {
    const NAME: &'static str = "share";
    const ABOUT: &'static str = "a share in percent: `30%`";
    const PATTERN: Option<&'static str> = Some("^[0-9.]+ ?%$");
    fn read(text: &str) -> Result<Self, units::UnitError> {
        units::share(text).map(Self)
    }
}
text_value!(Share);

/// A factor written as a relative change: `+50%` is 1.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change(pub f64);

impl Text for Change {
    const NAME: &'static str = "change";
    const ABOUT: &'static str = "a relative change with its sign: `+50%`, `-8%`";
    const PATTERN: Option<&'static str> = Some("^[+-][0-9.]+%$");
    fn read(text: &str) -> Result<Self, units::UnitError> {
        units::change(text).map(Self)
    }
}
text_value!(Change);

/// A rate in events a second: `120/h`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(pub f64);

impl Text for Rate {
    const NAME: &'static str = "rate";
    const ABOUT: &'static str = "a rate: `1/s`, `2/min`, `120/h`, `800/d`";
    const PATTERN: Option<&'static str> = Some("^[0-9.]+ ?/ ?(s|min|h|d)$");
    fn read(text: &str) -> Result<Self, units::UnitError> {
        units::rate(text).map(Self)
    }
}
text_value!(Rate);

/// A plain number that is not negative: a factor, a coefficient of variation, a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Text for Number {
    const NAME: &'static str = "number";
    const ABOUT: &'static str = "a plain number, not negative: `1.8`";
    const JSON: &'static [&'static str] = &["number"];
    fn read(text: &str) -> Result<Self, units::UnitError> {
        let shown = units::shown(text);
        match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() && number > 1e9 => {
                Err(units::UnitError::new(format!("`{shown}` is too large"), "the limit is 1000000000"))
            }
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(Self(number)),
            Ok(number) if number < 0.0 => {
                Err(units::UnitError::new(format!("`{shown}` is negative"), "this number must be zero or more"))
            }
            _ => Err(units::UnitError::new(
                format!("`{shown}` is no plain number"),
                "here stands a number without a unit, as in `1.8`",
            )),
        }
    }
}
text_value!(Number);

/// A moment: `45m`, `"09:30"`, `start`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment(pub units::Moment);

impl Text for Moment {
    const NAME: &'static str = "moment";
    const ABOUT: &'static str = "a moment: an offset from the start (`45m`), a clock time (\"09:30\", \"tue 09:30\", \"day 3 09:30\"), `start` or `end`";
    fn read(text: &str) -> Result<Self, units::UnitError> {
        units::moment(text).map(Self)
    }
}
text_value!(Moment);

/// A span of the day in seconds after midnight: `"08:00-18:00"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockRange(pub u32, pub u32);

impl Text for ClockRange {
    const NAME: &'static str = "clock_range";
    const ABOUT: &'static str = "a span of the day: \"08:00-18:00\"; it may cross midnight";
    fn read(text: &str) -> Result<Self, units::UnitError> {
        units::clock_range(text).map(|(from, to)| Self(from, to))
    }
}
text_value!(ClockRange);

/// Days of the week: `mon-fri`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Days(pub units::Days);

impl Text for Days {
    const NAME: &'static str = "days";
    const ABOUT: &'static str = "days of the week: `mon-fri`, `sat`";
    fn read(text: &str) -> Result<Self, units::UnitError> {
        units::days(text).map(Self)
    }
}
text_value!(Days);

/// How many people: `4`, or `25%` of those scheduled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum People {
    /// So many.
    Count(u32),
    /// A share.
    Share(f64),
}

impl Text for People {
    const NAME: &'static str = "people";
    const ABOUT: &'static str = "a number of people (`4`) or a share of those scheduled (`25%`)";
    const JSON: &'static [&'static str] = &["integer", "string"];
    fn read(text: &str) -> Result<Self, units::UnitError> {
        match text.trim().parse::<u32>() {
            Ok(count) => Ok(Self::Count(count)),
            Err(_) if text.contains('%') => units::share(text).map(Self::Share),
            Err(_) => Err(units::UnitError::new(
                format!("`{}` is no number of people", units::shown(text)),
                "write a whole number (`4`) or a share of those scheduled (`25%`)",
            )),
        }
    }
}
text_value!(People);

/// `95% of runs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OfRuns(pub f64);

impl Text for OfRuns {
    const NAME: &'static str = "of_runs";
    const ABOUT: &'static str = "a share of the runs: `95% of runs`";
    fn read(text: &str) -> Result<Self, units::UnitError> {
        units::share(text.trim().strip_suffix("of runs").unwrap_or(text)).map(Self)
    }
}
text_value!(OfRuns);

/// A limit or another value whose unit depends on the measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure(pub String);

impl Text for Figure {
    const NAME: &'static str = "figure";
    const ABOUT: &'static str = "a figure in the unit of the measure: `90s`, `10%`, `3`";
    const JSON: &'static [&'static str] = &["string", "number"];
    fn read(text: &str) -> Result<Self, units::UnitError> {
        Ok(Self(text.to_owned()))
    }
}
text_value!(Figure);

/// One value, or a list of them.
#[derive(Clone, Debug)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<'de, T: Text + Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted<T>(PhantomData<T>);
        impl<'de, T: Text + Deserialize<'de>> Visitor<'de> for Wanted<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}, or a list of such", T::ABOUT)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
                TextVisitor(PhantomData).visit_str(text).map(|one| OneOrMany(vec![one]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OneOrMany<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(OneOrMany(list))
            }
        }
        deserializer.deserialize_any(Wanted(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("one_or_many_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

/// Named things in the order written: a map from name to thing.
#[derive(Clone, Debug)]
pub struct Named<T>(pub Vec<(At<String>, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.value.as_str())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Wanted<T> {
            type Value = Named<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of names")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    list.push(entry);
                }
                Ok(Named(list))
            }
        }
        deserializer.deserialize_map(Wanted(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("named_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": one })
    }
}

/// A rate, or rates by clock time.
#[derive(Clone, Debug)]
pub enum Rates {
    /// The same all day.
    Always(Rate),
    /// From each clock time on.
    ByClock(Vec<(At<String>, Rate)>),
}

impl<'de> Deserialize<'de> for Rates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted;
        impl<'de> Visitor<'de> for Wanted {
            type Value = Rates;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rate (`60/h`), or a map from clock time to rate (`{\"08:00\": 60/h, \"18:00\": 10/h}`)")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Rates, E> {
                TextVisitor(PhantomData).visit_str(text).map(Rates::Always)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rates, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    list.push(entry);
                }
                Ok(Rates::ByClock(list))
            }
        }
        deserializer.deserialize_any(Wanted)
    }
}

impl JsonSchema for Rates {
    fn schema_name() -> Cow<'static, str> {
        "rates".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rate = generator.subschema_for::<Rate>();
        json_schema!({
            "description": "a rate, or a map from clock time to the rate from then on",
            "anyOf": [rate, { "type": "object", "additionalProperties": rate }],
        })
    }
}

/// A sub-structure that takes no fields yet is used for what is refused: any YAML is read, so that the refusal comes first.
#[derive(Clone, Debug)]
pub struct Refused;

impl<'de> Deserialize<'de> for Refused {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Refused {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "not_built_yet".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}
