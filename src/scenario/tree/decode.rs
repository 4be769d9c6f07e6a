//! From tree to types: a serde deserializer over [`Node`] whose errors keep their place and name what is possible.

use super::{Entry, Kind, Node, Place};
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::units::{UnitError, shown};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use std::fmt;

/// A value and where it was written.
#[derive(Clone, Copy, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub place: Place,
}

impl<T> std::ops::Deref for At<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// Turns a tree into a type of the language.
pub fn decode<T: for<'de> Deserialize<'de>>(node: &Node) -> Result<T, Box<Diagnostic>> {
    T::deserialize(Tree(node)).map_err(|error| Box::new(error.into_diagnostic(node.place)))
}

/// What went wrong while decoding. The place is filled in by the innermost node that knows it.
#[derive(Debug)]
struct Error(Box<Diagnostic>);

impl Error {
    fn new(title: impl Into<String>) -> Self {
        Self(Box::new(Diagnostic::error(title)))
    }
    fn at(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }
    fn into_diagnostic(self, place: Place) -> Diagnostic {
        *self.at(place).0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.title)
    }
}

impl std::error::Error for Error {}

/// A unit's error as serde's: title and help are two lines, parted again by [`de::Error::custom`] below.
pub(crate) fn unit_error<E: de::Error>(error: &UnitError) -> E {
    E::custom(format_args!("{}\n{}", error.title, error.help))
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        let mut lines = text.lines();
        let mut error = Diagnostic::error(lines.next().unwrap_or_default());
        for line in lines {
            error = error.help(line);
        }
        Self(Box::new(error))
    }
    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        unknown("field", field, expected, "the fields here are")
    }
    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        unknown("choice", variant, expected, "possible here:")
    }
    fn missing_field(field: &'static str) -> Self {
        Self(Box::new(
            Diagnostic::error(format!("`{field}` is missing")).label(format!("`{field}` must be written here")),
        ))
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("`{field}` is written twice"))
    }
    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match unexpected {
            de::Unexpected::Map => "a map".to_owned(),
            de::Unexpected::Seq => "a list".to_owned(),
            de::Unexpected::Str(text) => format!("`{}`", shown(text)),
            de::Unexpected::Unit => "nothing".to_owned(),
            other => other.to_string(),
        };
        Self(Box::new(
            Diagnostic::error(format!("{found} is not possible here")).label(format!("this must be {expected}")),
        ))
    }
    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }
}

fn unknown(what: &str, wrong: &str, expected: &'static [&'static str], words: &str) -> Error {
    let error = Diagnostic::error(format!("unknown {what} `{}`", shown(wrong)))
        .label(format!("{words} {}", listed(expected.iter().copied())))
        .help(did_you_mean(wrong, expected.iter().copied()));
    Error(Box::new(error))
}

/// The name under which [`At`] asks for its place.
const AT: &str = "holdline::At";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Wanted<T> {
            type Value = At<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of the language")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut parts: A) -> Result<At<T>, A::Error> {
                let mut number = || parts.next_element::<u32>().map(Option::unwrap_or_default);
                let (source, start, end) = (number()?, number()?, number()?);
                let value = parts.next_element()?.ok_or_else(|| de::Error::missing_field("value"))?;
                Ok(At { value, place: Place { source, start, end } })
            }
        }
        deserializer.deserialize_newtype_struct(AT, Wanted(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// What [`At`] is given: three numbers, then the value.
struct PlaceAccess<D> {
    place: Place,
    value: Option<D>,
    step: u8,
}

impl<'de, D: Deserializer<'de, Error = Error>> de::SeqAccess<'de> for PlaceAccess<D> {
    type Error = Error;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let number = match self.step {
            0 => self.place.source,
            1 => self.place.start,
            2 => self.place.end,
            _ => return self.value.take().map(|value| seed.deserialize(value)).transpose(),
        };
        self.step += 1;
        seed.deserialize(IntoDeserializer::<Error>::into_deserializer(number)).map(Some)
    }
}

fn parsed<T: std::str::FromStr>(node: &Node, what: &str) -> Result<T, Error> {
    let text = node.text().ok_or_else(|| wrong_kind(node, what))?;
    text.parse().map_err(|_| {
        let error = Diagnostic::at(node.place, format!("`{}` is not possible here", shown(text)));
        Error(Box::new(error.label(format!("this must be {what}"))))
    })
}

fn wrong_kind(node: &Node, what: &str) -> Error {
    let error = Diagnostic::at(node.place, format!("{} is not possible here", node.word()));
    Error(Box::new(error.label(format!("this must be {what}"))))
}

/// A choice of one, with several keys.
fn several_choices(entries: &[Entry]) -> Error {
    let title = format!("`{}` stands beside `{}`", shown(&entries[1].key), shown(&entries[0].key));
    Error(Box::new(Diagnostic::at(entries[1].key_place, title).label("only one of them is possible here")))
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(parsed::<$type>(self.0, "a whole number")?)
        })*
    };
}

/// A tree as serde reads it.
#[derive(Clone, Copy)]
struct Tree<'de>(&'de Node);

impl<'de> Deserializer<'de> for Tree<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.kind {
            Kind::Null | Kind::Empty => visitor.visit_unit(),
            Kind::Scalar(text) => visitor.visit_borrowed_str(text),
            Kind::List(items) => visitor.visit_seq(ListAccess { items: items.iter() }),
            Kind::Map(entries) => visitor.visit_map(MapAccess { entries: entries.iter(), value: None }),
        }
        .map_err(|error| error.at(self.0.place))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(parsed::<bool>(self.0, "`true` or `false`")?)
    }

    numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.kind {
            Kind::Scalar(text) => visitor.visit_borrowed_str(text).map_err(|error: Error| error.at(self.0.place)),
            _ => Err(wrong_kind(self.0, "a single value")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.kind {
            Kind::Null | Kind::Empty => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        if name == AT {
            return visitor.visit_seq(PlaceAccess { place: self.0.place, value: Some(self), step: 0 });
        }
        visitor.visit_newtype_struct(self).map_err(|error| error.at(self.0.place))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.kind {
            Kind::List(_) => self.deserialize_any(visitor),
            _ => Err(wrong_kind(self.0, "a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.kind {
            Kind::Map(_) => self.deserialize_any(visitor),
            _ => Err(wrong_kind(self.0, "a map of `key: value`")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.0.kind {
            Kind::Map(entries) => {
                // What is null is not there, but a slip in its name would leave there what was to go.
                let slip =
                    |entry: &&Entry| matches!(entry.value.kind, Kind::Null) && !fields.contains(&entry.key.as_str());
                if let Some(entry) = entries.iter().find(slip) {
                    return Err(<Error as de::Error>::unknown_field(&entry.key, fields).at(entry.key_place));
                }
                self.deserialize_any(visitor)
            }
            _ => Err(wrong_kind(self.0, &format!("a map with the fields {}", listed(fields.iter().copied())))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (key, key_place, value) = match &self.0.kind {
            Kind::Scalar(text) => (text, self.0.place, None),
            Kind::Map(entries) if entries.len() == 1 => {
                (&entries[0].key, entries[0].key_place, Some(&entries[0].value))
            }
            Kind::Map(entries) if entries.len() > 1 => return Err(several_choices(entries)),
            _ => return Err(wrong_kind(self.0, &format!("one of {}", listed(variants.iter().copied())))),
        };
        visitor.visit_enum(Choice { key, key_place, value }).map_err(|error| error.at(self.0.place))
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct ListAccess<'de> {
    items: std::slice::Iter<'de, Node>,
}

impl<'de> de::SeqAccess<'de> for ListAccess<'de> {
    type Error = Error;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.items.next().map(|item| seed.deserialize(Tree(item))).transpose()
    }
}

struct MapAccess<'de> {
    entries: std::slice::Iter<'de, Entry>,
    value: Option<&'de Node>,
}

impl<'de> de::MapAccess<'de> for MapAccess<'de> {
    type Error = Error;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        // What is null is not there.
        let Some(entry) = self.entries.by_ref().find(|entry| !matches!(entry.value.kind, Kind::Null)) else {
            return Ok(None);
        };
        self.value = Some(&entry.value);
        let key = Key { text: &entry.key, place: entry.key_place };
        seed.deserialize(key).map(Some).map_err(|error| error.at(entry.key_place))
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(Tree(value)).map_err(|error| error.at(value.place)),
            None => Err(Error::new("a value was asked for before its key")),
        }
    }
}

/// A key as a value of its own: a text with a place.
struct Key<'de> {
    text: &'de str,
    place: Place,
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Error;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text).map_err(|error: Error| error.at(self.place))
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        if name == AT {
            return visitor.visit_seq(PlaceAccess { place: self.place, value: Some(self), step: 0 });
        }
        visitor.visit_newtype_struct(self)
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// A choice: a word, or a map of one key.
struct Choice<'de> {
    key: &'de str,
    key_place: Place,
    value: Option<&'de Node>,
}

impl<'de> de::EnumAccess<'de> for Choice<'de> {
    type Error = Error;
    type Variant = Chosen<'de>;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Chosen<'de>), Error> {
        let word = Key { text: self.key, place: self.key_place };
        let chosen = seed.deserialize(word).map_err(|error| error.at(self.key_place))?;
        Ok((chosen, Chosen { key: self.key, key_place: self.key_place, value: self.value }))
    }
}

struct Chosen<'de> {
    key: &'de str,
    key_place: Place,
    value: Option<&'de Node>,
}

impl<'de> Chosen<'de> {
    fn needed(&self) -> Result<&'de Node, Error> {
        let missing = || {
            let title = format!("`{}` needs more", shown(self.key));
            Error(Box::new(
                Diagnostic::at(self.key_place, title).help(format!("write it as a map: `{{{}: …}}`", shown(self.key))),
            ))
        };
        self.value.ok_or_else(missing)
    }
}

impl<'de> de::VariantAccess<'de> for Chosen<'de> {
    type Error = Error;
    fn unit_variant(self) -> Result<(), Error> {
        match self.value {
            None => Ok(()),
            Some(value) => Err(Error::new(format!("`{}` takes nothing more", shown(self.key))).at(value.place)),
        }
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        let value = self.needed()?;
        seed.deserialize(Tree(value)).map_err(|error| error.at(value.place))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        Tree(self.needed()?).deserialize_seq(visitor)
    }
    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        Tree(self.needed()?).deserialize_struct("", fields, visitor)
    }
}
