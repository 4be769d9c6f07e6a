//! A duration that varies, as people know it: mean and coefficient of variation, median and 95th percentile.

use super::{Length, Number, Share, Text};
use crate::scenario::tree::{At, DISTRIBUTIONS, unit_error};
use crate::time::Span;
use crate::units;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, EnumAccess, MapAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A duration that varies.
#[derive(Clone, Debug)]
pub enum Distribution {
    /// `4m`: always the same.
    Constant(Span),
    /// `{exponential: 4m}`.
    Exponential(Simple),
    /// `{lognormal: {mean: 4m, cv: 0.8}}` or `{lognormal: {median: 3m, p95: 12m}}`.
    Lognormal(Lognormal),
    /// `{gamma: {mean: 4m, cv: 1.2}}`.
    Gamma(MeanCv),
    /// `{weibull: {mean: 4m, shape: 1.3}}`.
    Weibull(Weibull),
    /// `{pareto: {least: 1m, shape: 2.2}}`.
    Pareto(Pareto),
    /// `{uniform: [2m, 6m]}`.
    Uniform(Vec<Length>),
    /// `{triangular: [1m, 3m, 9m]}`.
    Triangular(Vec<Length>),
    /// `{empirical: handle-times.csv}`.
    Empirical(Empirical),
    /// `{mix: [{share: 80%, of: …}, …]}`.
    Mix(Vec<Part>),
}

/// An exponential distribution: its mean, or a map with bounds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimpleMap {
    /// The mean.
    pub mean: Length,
    /// Values below are moved to this.
    pub at_least: Option<Length>,
    /// Values above are moved to this.
    pub at_most: Option<Length>,
}

/// An exponential distribution.
#[derive(Clone, Debug)]
pub struct Simple(pub SimpleMap);

/// A lognormal distribution by mean and cv, or by median and p95.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lognormal {
    /// The mean; goes with `cv`.
    pub mean: Option<Length>,
    /// The coefficient of variation: standard deviation over mean.
    pub cv: Option<Number>,
    /// The median; goes with `p95`.
    pub median: Option<Length>,
    /// The 95th percentile.
    pub p95: Option<Length>,
    /// Values below are moved to this.
    pub at_least: Option<Length>,
    /// Values above are moved to this.
    pub at_most: Option<Length>,
}

/// A distribution by mean and coefficient of variation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeanCv {
    /// The mean.
    pub mean: Length,
    /// The coefficient of variation: standard deviation over mean.
    pub cv: Number,
    /// Values below are moved to this.
    pub at_least: Option<Length>,
    /// Values above are moved to this.
    pub at_most: Option<Length>,
}

/// A Weibull distribution.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weibull {
    /// The mean.
    pub mean: Length,
    /// The shape: below one the hazard falls with time, above one it rises.
    pub shape: Number,
    /// Values below are moved to this.
    pub at_least: Option<Length>,
    /// Values above are moved to this.
    pub at_most: Option<Length>,
}

/// A Pareto distribution.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pareto {
    /// The least value.
    pub least: Length,
    /// The tail index: the smaller, the heavier the tail.
    pub shape: Number,
    /// Values above are moved to this.
    pub at_most: Option<Length>,
}

/// Observed values from a file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmpiricalMap {
    /// A CSV file beside the scenario, and its column after `#`: `handle-times.csv#seconds`.
    pub file: At<String>,
    /// Values below are moved to this.
    pub at_least: Option<Length>,
    /// Values above are moved to this.
    pub at_most: Option<Length>,
}

/// Observed values: the file, or a map with bounds.
#[derive(Clone, Debug)]
pub struct Empirical(pub EmpiricalMap);

/// One part of a mixture.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How often this part.
    pub share: Share,
    /// What it is.
    pub of: Distribution,
}

/// The first word of a distribution: a choice, or a constant.
enum Word {
    Constant(Span),
    Choice(&'static str),
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted;
        impl Visitor<'_> for Wanted {
            type Value = Word;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a distribution")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Word, E> {
                if let Some(choice) = DISTRIBUTIONS.iter().find(|choice| **choice == text) {
                    return Ok(Word::Choice(choice));
                }
                if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') {
                    return units::duration(text).map(Word::Constant).map_err(|error| unit_error(&error));
                }
                Err(E::unknown_variant(text, DISTRIBUTIONS))
            }
        }
        deserializer.deserialize_str(Wanted)
    }
}

impl<'de> Deserialize<'de> for Distribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted;
        impl<'de> Visitor<'de> for Wanted {
            type Value = Distribution;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration or a distribution")
            }
            fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Distribution, A::Error> {
                let (word, rest) = access.variant()?;
                Ok(match word {
                    Word::Constant(span) => {
                        rest.unit_variant()?;
                        Distribution::Constant(span)
                    }
                    Word::Choice("exponential") => Distribution::Exponential(rest.newtype_variant()?),
                    Word::Choice("lognormal") => Distribution::Lognormal(rest.newtype_variant()?),
                    Word::Choice("gamma") => Distribution::Gamma(rest.newtype_variant()?),
                    Word::Choice("weibull") => Distribution::Weibull(rest.newtype_variant()?),
                    Word::Choice("pareto") => Distribution::Pareto(rest.newtype_variant()?),
                    Word::Choice("uniform") => Distribution::Uniform(rest.newtype_variant()?),
                    Word::Choice("triangular") => Distribution::Triangular(rest.newtype_variant()?),
                    Word::Choice("empirical") => Distribution::Empirical(rest.newtype_variant()?),
                    Word::Choice("mix") => Distribution::Mix(rest.newtype_variant()?),
                    Word::Choice(other) => return Err(de::Error::unknown_variant(other, DISTRIBUTIONS)),
                })
            }
        }
        deserializer.deserialize_enum("Distribution", DISTRIBUTIONS, Wanted)
    }
}

/// A visitor for what may be a single text or a map.
struct TextOrMap<T, M> {
    what: &'static str,
    of_text: fn(&str) -> Result<M, units::UnitError>,
    of_map: fn(M) -> T,
}

impl<'de, T, M: Deserialize<'de>> Visitor<'de> for TextOrMap<T, M> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.of_text)(text).map(self.of_map).map_err(|error| unit_error(&error))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        M::deserialize(MapAccessDeserializer::new(map)).map(self.of_map)
    }
}

impl<'de> Deserialize<'de> for Simple {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let what = "a mean (`4m`), or a map with mean, at_least, at_most";
        let of_text = |text: &str| Ok(SimpleMap { mean: Length::read(text)?, at_least: None, at_most: None });
        deserializer.deserialize_any(TextOrMap { what, of_text, of_map: Simple })
    }
}

impl<'de> Deserialize<'de> for Empirical {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted(PhantomData<EmpiricalMap>);
        impl<'de> Visitor<'de> for Wanted {
            type Value = EmpiricalMap;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a CSV file (`times.csv#column`), or a map with file, at_least, at_most")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<EmpiricalMap, E> {
                let file = At { value: text.to_owned(), place: Default::default() };
                Ok(EmpiricalMap { file, at_least: None, at_most: None })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EmpiricalMap, A::Error> {
                EmpiricalMap::deserialize(MapAccessDeserializer::new(map))
            }
        }
        struct Anything(At<EmpiricalText>);
        enum EmpiricalText {
            Is(EmpiricalMap),
        }
        impl<'de> Deserialize<'de> for EmpiricalText {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Wanted(PhantomData)).map(EmpiricalText::Is)
            }
        }
        let Anything(At { value: EmpiricalText::Is(mut map), place }) = Anything(At::deserialize(deserializer)?);
        if map.file.place == Default::default() {
            map.file.place = place;
        }
        Ok(Self(map))
    }
}

impl JsonSchema for Distribution {
    fn schema_name() -> Cow<'static, str> {
        "distribution".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let length = generator.subschema_for::<Length>();
        let simple = generator.subschema_for::<SimpleMap>();
        let lognormal = generator.subschema_for::<Lognormal>();
        let gamma = generator.subschema_for::<MeanCv>();
        let weibull = generator.subschema_for::<Weibull>();
        let pareto = generator.subschema_for::<Pareto>();
        let empirical = generator.subschema_for::<EmpiricalMap>();
        let part = generator.subschema_for::<Part>();
        json_schema!({
            "description": "A duration that varies: a constant (`4m`), or one choice such as `{lognormal: {mean: 4m, cv: 0.8}}`.",
            "anyOf": [
                length,
                {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": false,
                    "properties": {
                        "exponential": { "anyOf": [length, simple] },
                        "lognormal": lognormal,
                        "gamma": gamma,
                        "weibull": weibull,
                        "pareto": pareto,
                        "uniform": { "type": "array", "items": length, "minItems": 2, "maxItems": 2 },
                        "triangular": { "type": "array", "items": length, "minItems": 3, "maxItems": 3 },
                        "empirical": { "anyOf": [{ "type": "string" }, empirical] },
                        "mix": { "type": "array", "items": part, "minItems": 1 },
                    },
                },
            ],
        })
    }
}
