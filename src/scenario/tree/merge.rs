//! Changing one thing without copying a file: `extends`, and `--set path.to.item.field=value`.

use super::{Entry, Kind, Node, Place};
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::units::shown;

/// The distributions: a map that is one of these is a choice of one, so another one stands in its place, never beside it.
pub const DISTRIBUTIONS: &[&str] =
    &["exponential", "lognormal", "gamma", "weibull", "pareto", "uniform", "triangular", "empirical", "mix"];

/// Lays one tree over another: maps merge by key, lists whose items have a `name` merge by name, everything else is replaced,
/// `null` removes.
pub fn merge(under: Node, over: Node) -> Node {
    match (under.kind, over.kind) {
        (Kind::Map(old), Kind::Map(new)) if is_another_distribution(&old, &new) => {
            Node { place: over.place, kind: Kind::Map(new) }
        }
        (Kind::Map(mut entries), Kind::Map(changes)) => {
            for change in changes {
                lay_entry(&mut entries, change);
            }
            Node { place: over.place, kind: Kind::Map(entries) }
        }
        (Kind::List(mut items), Kind::List(changes)) if all_named(&items) && all_named(&changes) => {
            for change in changes {
                lay_item(&mut items, change);
            }
            Node { place: over.place, kind: Kind::List(items) }
        }
        (_, kind) => Node { place: over.place, kind },
    }
}

fn is_another_distribution(old: &[Entry], new: &[Entry]) -> bool {
    match (old, new) {
        ([old], [new]) => {
            let known = |entry: &Entry| DISTRIBUTIONS.contains(&entry.key.as_str());
            old.key != new.key && known(old) && known(new)
        }
        _ => false,
    }
}

fn lay_entry(entries: &mut Vec<Entry>, change: Entry) {
    let at = entries.iter().position(|entry| entry.key == change.key);
    match (at, &change.value.kind) {
        (Some(at), Kind::Null) => {
            entries.remove(at);
        }
        (Some(at), _) => {
            let old = entries.remove(at);
            let value = merge(old.value, change.value);
            entries.insert(at, Entry { value, ..change });
        }
        // Also what is null: whether it is a field at all is for the types to say.
        (None, _) => entries.push(change),
    }
}

fn lay_item(items: &mut Vec<Node>, change: Node) {
    let at = items.iter().position(|item| item.name().is_some() && item.name() == change.name());
    match at {
        Some(at) => {
            let old = items.remove(at);
            items.insert(at, merge(old, change));
        }
        None => items.push(change),
    }
}

fn all_named(items: &[Node]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.name().is_some())
}

/// A step of a `--set` path and where it stands in the argument.
type Step<'a> = (&'a str, Place);

/// Sets what stands at a path. The last step may be new in a map; all others must exist.
pub fn set(root: &mut Node, path: &[(&str, Place)], value: Node) -> Result<(), Box<Diagnostic>> {
    let Some((step, rest)) = path.split_first() else {
        *root = merge(root.clone(), value);
        return Ok(());
    };
    match &mut root.kind {
        Kind::Map(entries) => set_in_map(entries, *step, rest, value),
        Kind::List(items) => set_in_list(items, *step, rest, value),
        _ => Err(Box::new(Diagnostic::at(
            step.1,
            format!("there is nothing inside of what stands before `{}`", shown(step.0)),
        ))),
    }
}

fn set_in_map(entries: &mut Vec<Entry>, step: Step<'_>, rest: &[Step<'_>], value: Node) -> Result<(), Box<Diagnostic>> {
    let at = entries.iter().position(|entry| entry.key == step.0);
    match (at, rest.is_empty(), &value.kind) {
        (Some(at), true, Kind::Null) => {
            entries.remove(at);
            Ok(())
        }
        // Nothing to remove; whether it is a field at all is for the types to say.
        (None, true, Kind::Null) => {
            entries.push(Entry { key: step.0.to_owned(), key_place: step.1, value });
            Ok(())
        }
        // A value given by `--set` stands in place of the old one, but for maps, which it changes.
        (Some(at), true, _) => {
            entries[at].key_place = step.1;
            entries[at].value = merge(entries[at].value.clone(), value);
            Ok(())
        }
        (Some(at), false, _) => set(&mut entries[at].value, rest, value),
        (None, _, _) => {
            // A field that was not written yet; whether it may be is for the types to say.
            let mut inner = Node { place: step.1, kind: Kind::Map(Vec::new()) };
            set(&mut inner, rest, value)?;
            entries.push(Entry { key: step.0.to_owned(), key_place: step.1, value: inner });
            Ok(())
        }
    }
}

fn set_in_list(items: &mut Vec<Node>, step: Step<'_>, rest: &[Step<'_>], value: Node) -> Result<(), Box<Diagnostic>> {
    let Some(at) = items.iter().position(|item| item.name() == Some(step.0)) else {
        let names = items.iter().filter_map(Node::name);
        let mut error = Diagnostic::at(step.1, format!("nothing in this list is named `{}`", shown(step.0)));
        error = match items.iter().filter_map(Node::name).next() {
            Some(_) => error.label(format!("the names are {}", listed(names))),
            None => error.label("its items have no names").help("give an item a `name` to address it"),
        };
        return Err(Box::new(error.help(did_you_mean(step.0, items.iter().filter_map(Node::name)))));
    };
    if rest.is_empty() && matches!(value.kind, Kind::Null) {
        items.remove(at);
        return Ok(());
    }
    set(&mut items[at], rest, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::tree::read;

    fn merged(under: &str, over: &str) -> Node {
        let read = |text| read(0, text, &mut Vec::new()).expect("it is YAML");
        merge(read(under), read(over))
    }

    #[test]
    fn another_distribution_stands_in_place_of_the_old_one() {
        let node = merged("a: {exponential: 4m}", "a: {lognormal: {mean: 2m, cv: 1}}");
        let a = node.get("a").expect("it is there");
        assert!(a.get("exponential").is_none() && a.get("lognormal").is_some());
        let node = merged("a: {lognormal: {mean: 4m, cv: 1}}", "a: {lognormal: {cv: 2}}");
        let same = node.at_path(&["a", "lognormal"]).expect("it is there");
        assert_eq!(["mean", "cv"].map(|key| same.get(key).and_then(Node::text)), [Some("4m"), Some("2")]);
        let node = merged("a: {phone: 1m}", "a: {chat: 2m}");
        assert!(["phone", "chat"].iter().all(|key| node.at_path(&["a", key]).is_some()), "other maps merge by key");
    }
}
