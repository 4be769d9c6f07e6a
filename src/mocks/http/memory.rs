//! What a service remembers: counters, maps of JSON, and where its story stands. Everything is bounded.

use crate::scenario::model::stubs::{FIRST, Memory as Start};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// Values in one map: beyond them the oldest goes.
const MOST_VALUES: usize = 1_000;
/// Bytes of all values of one map, as JSON: beyond them the oldest go.
const MOST_BYTES: usize = 16 << 20;

/// Everything that is remembered.
#[derive(Debug)]
pub(super) struct Memory {
    kept: BTreeMap<String, Kept>,
    /// Where the story stands.
    pub(super) story: String,
}

#[derive(Debug)]
enum Kept {
    Counter(i64),
    Map(Map),
}

#[derive(Debug, Default)]
struct Map {
    /// Each value with its size.
    values: BTreeMap<String, (Value, usize)>,
    /// The keys, oldest first.
    order: VecDeque<String>,
    bytes: usize,
}

impl Memory {
    /// As a file says that it begins.
    pub(super) fn new(start: &[(String, Start)]) -> Self {
        let mut kept = BTreeMap::new();
        for (name, start) in start {
            let begins = match start {
                Start::Counter(at) => Kept::Counter(*at),
                Start::Map(values) => {
                    let mut map = Map::default();
                    values.iter().for_each(|(key, value)| map.put(key.clone(), value.clone()));
                    Kept::Map(map)
                }
            };
            kept.insert(name.clone(), begins);
        }
        Self { kept, story: FIRST.to_owned() }
    }

    pub(super) fn count(&mut self, name: &str) {
        if let Some(Kept::Counter(at)) = self.kept.get_mut(name) {
            *at = at.saturating_add(1);
        }
    }

    pub(super) fn put(&mut self, name: &str, key: String, value: Value) {
        if let Some(Kept::Map(map)) = self.kept.get_mut(name) {
            map.put(key, value);
        }
    }

    pub(super) fn drop(&mut self, name: &str, key: &str) {
        if let Some(Kept::Map(map)) = self.kept.get_mut(name) {
            map.drop(key);
        }
    }

    /// What stands there: the counter, the whole map, or a value of it. `None`: nothing.
    pub(super) fn get(&self, name: &str, key: Option<&str>) -> Option<Found<'_>> {
        match (self.kept.get(name)?, key) {
            (Kept::Counter(at), None) => Some(Found::Count(*at)),
            (Kept::Counter(_), Some(_)) => None,
            (Kept::Map(map), None) => Some(Found::Whole(map.order.iter().filter_map(|key| map.pair(key)).collect())),
            (Kept::Map(map), Some(key)) => map.values.get(key).map(|(value, _)| Found::One(value)),
        }
    }
}

/// What was found in the memory.
pub(super) enum Found<'a> {
    /// A counter.
    Count(i64),
    /// A map, in the order in which its values came.
    Whole(Vec<(&'a str, &'a Value)>),
    /// A value of a map.
    One(&'a Value),
}

impl Map {
    fn pair(&self, key: &str) -> Option<(&str, &Value)> {
        self.values.get_key_value(key).map(|(key, (value, _))| (key.as_str(), value))
    }

    fn put(&mut self, key: String, value: Value) {
        let size = key.len() + value.to_string().len();
        if let Some((_, before)) = self.values.insert(key.clone(), (value, size)) {
            self.bytes -= before;
        } else {
            self.order.push_back(key);
        }
        self.bytes += size;
        while self.values.len() > MOST_VALUES || self.bytes > MOST_BYTES {
            let Some(oldest) = self.order.front().cloned() else { break };
            self.drop(&oldest);
        }
    }

    fn drop(&mut self, key: &str) {
        if let Some((_, size)) = self.values.remove(key) {
            self.bytes -= size;
            self.order.retain(|known| known != key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keys(memory: &Memory) -> Vec<String> {
        match memory.get("m", None) {
            Some(Found::Whole(pairs)) => pairs.into_iter().map(|(key, _)| key.to_owned()).collect(),
            _ => panic!("it is a map"),
        }
    }

    #[test]
    fn a_map_forgets_its_oldest() {
        let mut memory = Memory::new(&[("m".into(), Start::Map(vec![("first".into(), json!(1))]))]);
        (0..MOST_VALUES).for_each(|n| memory.put("m", format!("k{n}"), json!(n)));
        assert_eq!(keys(&memory).len(), MOST_VALUES);
        assert!(memory.get("m", Some("first")).is_none() && memory.get("m", Some("k0")).is_some());
        memory.put("m", "k0".into(), json!("again"));
        memory.put("m", "new".into(), json!(null));
        assert!(memory.get("m", Some("k0")).is_none(), "its place is that of its first coming");
    }

    #[test]
    fn the_bytes_of_a_map_are_bounded() {
        let mut memory = Memory::new(&[("m".into(), Start::Map(Vec::new()))]);
        let big = "x".repeat(MOST_BYTES / 4);
        (0..9).for_each(|n| memory.put("m", n.to_string(), json!(big)));
        assert_eq!(keys(&memory), ["6", "7", "8"]);
        memory.put("m", "huge".into(), json!("x".repeat(MOST_BYTES)));
        assert!(keys(&memory).is_empty());
    }

    #[test]
    fn what_is_of_another_kind_or_unknown_is_left_alone() {
        let mut memory = Memory::new(&[("c".into(), Start::Counter(i64::MAX)), ("m".into(), Start::Map(Vec::new()))]);
        memory.count("c");
        memory.count("m");
        memory.put("c", "k".into(), json!(1));
        memory.drop("nothing", "k");
        assert!(matches!(memory.get("c", None), Some(Found::Count(i64::MAX))));
        assert!(memory.get("c", Some("k")).is_none() && keys(&memory).is_empty());
    }
}
