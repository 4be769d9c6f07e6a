//! `stands_on`: a dependency that shares the platform of another falls with it. A second provider that runs in the same
//! cloud as the first is no second provider.

use super::{Context, Names};
use crate::scenario::catalogue::Catalogue;
use crate::scenario::defaults;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::{Dependency, Id, Outage, Reach};
use crate::scenario::raw;
use crate::scenario::tree::Place;

/// Dependencies that all outages of a scenario together may reach beside their own.
const MOST_REACHED: usize = 10_000;

/// Fills in on what each dependency stands.
pub(super) fn resolve(
    context: &mut Context<'_>,
    names: &Names,
    raw: &raw::Named<raw::Dependency>,
    list: &mut [Dependency],
) {
    for (place, (name, one)) in raw.0.iter().enumerate() {
        for on in &one.stands_on {
            let Some(id) = context.find::<Dependency>(names.dependency(), on) else { continue };
            if list[place].stands_on.contains(&id) {
                let title = format!("`{}` is said twice to stand on `{}`", name.value, on.value);
                context.warnings.push(Diagnostic::warning(on.place, title));
                continue;
            }
            // Whoever stands on this one already would now stand on itself.
            if id.index() == place || above(list, Id::new(place)).contains(&id) {
                let title = format!("`{}` would stand on itself", name.value);
                let round = format!("`{}` stands on `{}`", on.value, name.value);
                let label = if id.index() == place { "name what it shares a platform with" } else { round.as_str() };
                let help =
                    "of two that fall together one is the platform; two that share a third both stand on that one";
                context.error(Diagnostic::at(on.place, title).label(label).help(help));
                continue;
            }
            list[place].stands_on.push(id);
        }
    }
}

/// Everything that stands on `of`, in one step or several, in the order of the desk file.
pub(super) fn above(list: &[Dependency], of: Id<Dependency>) -> Vec<Id<Dependency>> {
    let mut found = vec![of];
    let mut next = 0;
    while next < found.len() {
        let on = found[next];
        let directly = list.iter().enumerate().filter(|(_, one)| one.stands_on.contains(&on));
        let fresh: Vec<Id<Dependency>> = directly.map(|(n, _)| Id::new(n)).filter(|id| !found.contains(id)).collect();
        found.extend(fresh);
        next += 1;
    }
    found.swap_remove(0);
    found.sort_by_key(|id| id.index());
    found
}

/// Lets every outage, and every phase of one, reach those who stand on what it breaks: each tells of it in the way of its own
/// kind, and in its usual way where it has nothing like it.
pub(super) fn reach(context: &mut Context<'_>, place: Place, list: &[Dependency], outages: &mut [Outage]) {
    let mut left = MOST_REACHED;
    for outage in outages {
        let reached = above(list, outage.of);
        if reached.is_empty() {
            continue;
        }
        let parts: Vec<&mut Outage> = match outage {
            Outage { replay: Some(replay), .. } => replay.phases.iter_mut().map(|phase| &mut phase.breaks).collect(),
            plain => vec![plain],
        };
        for part in parts {
            left = left.saturating_sub(reached.len());
            if left == 0 {
                let title = "the outages of this scenario reach too many others by `stands_on`";
                context.error(Diagnostic::at(place, title).label(format!("the limit is {MOST_REACHED}")));
                return;
            }
            part.reaches = reached.iter().map(|of| told(context.catalogue, list, part, *of)).collect();
        }
    }
}

/// How a dependency tells of an outage of another.
fn told(catalogue: &Catalogue, list: &[Dependency], part: &Outage, of: Id<Dependency>) -> Reach {
    let kind = list[of.index()].kind;
    let own = part.fails.as_ref().and_then(|fails| catalogue.told_by(kind, &fails.with));
    let with = own.unwrap_or_else(|| defaults::outage_mode(kind, catalogue));
    let seen_after = catalogue.get(&with).map_or(Some(crate::time::Span::ZERO), |mode| mode.wire.seen_after());
    Reach { of, with, seen_after }
}
