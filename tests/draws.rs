//! Two plans with one seed meet the same customers: whatever both days drew by a name, they drew alike. A draw is known here
//! by what it did, under the name it has: the customer, the attempt, and what for.

use holdline::engine;
use holdline::observation::{Cause, Observation as O, Reply};
use holdline::scenario::{Overrides, PlanChoice, Scenario, load};
use holdline::seam::Source;
use holdline::time::{Span, Time};
use holdline::workload::arrivals::Demand;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::path::Path;
use std::sync::Arc;

const DESK: &str = "\
desk: small
dependencies: { llm: { kind: openai }, backup: { kind: openai } }
channels: { phone: { style: call }, chat: { style: chat } }
reasons:
  asks:  { share: 60%, bot_solves: 50%, handle: {lognormal: {mean: 4m, cv: 0.8}}, solved_first_time: 80% }
  moans: { share: 40%, bot_solves: 10%, handle: {exponential: 7m}, solved_first_time: 60% }
customers:
  patience: { phone: {exponential: 3m}, chat: {exponential: 6m} }
  busy_or_gave_up: { retry: 60%, after: {exponential: 10m}, at_most: 3, switch: {chat: 20%} }
  unsolved: { after: {exponential: 20m} }
  segments: { vip: { share: 10%, priority: first }, standard: {} }
contacts:
  - { name: calls, channel: phone, rate: 2/min, day_to_day: {cv: 0.1} }
  - { name: chats, channel: chat, rate: 3/min }
bot: { uses: llm, answers: [chat], calls: { timeout: 10s, retries: 1 } }
teams:
  phones:  { people: 10, answers: [phone] }
  chats:   { people: 8, answers: [chat], at_once: 2 }
  reserve: { people: 6, answers: [phone, chat], on_call: true }
plan:
  notice: { llm: { probe: 10s, failures: 2 } }
  rules:
    - { when: {down: [llm]}, do: [{bot: {use: backup}}] }
    - { when: {kpi: wait, channel: phone, above: 1m}, do: [{call_in: {team: reserve, ready_in: 10m}}] }
    - { when: {kpi: waiting, channel: phone, above: 6}, do: [{announce: {from: phone, to: chat, accepted: 20%}}] }
";
const DAY: &str = "\
scenario: day
desk: desk.yaml
length: 6h
surges: [ { name: rush, times: 1.5, at: 2h, for: 1h } ]
outages: [ { name: brownout, of: llm, at: 1h, for: 2h, fails: {share: 60%} } ]
absences: [ { name: flu, team: phones, at: 2h, people: 30%, for: 2h } ]
";

fn loaded(path: &Path, plan: PlanChoice) -> Arc<Scenario> {
    let overrides = Overrides { plan, ..Overrides::default() };
    Arc::new(load(path, &overrides).unwrap_or_else(|errors| panic!("{errors}")).scenario)
}

fn both(path: &Path) -> [Arc<Scenario>; 2] {
    [PlanChoice::Written, PlanChoice::None].map(|plan| loaded(path, plan))
}

fn small() -> [Arc<Scenario>; 2] {
    let folder = std::env::temp_dir().join(format!("holdline-draws-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    for (name, text) in [("desk.yaml", DESK), ("day.yaml", DAY)] {
        fs::write(folder.join(name), text).expect("it can be written to");
    }
    let scenarios = both(&folder.join("day.yaml"));
    let _ = fs::remove_dir_all(&folder);
    scenarios
}

fn play(scenario: &Arc<Scenario>, run: u64) -> Vec<(Time, O)> {
    let demand = Demand::new(scenario);
    engine::run(scenario, &demand, 11, run, Vec::<(Time, O)>::new()).0
}

/// Whether the model of the small desk is in its outage, which does not change while it lasts.
fn down(at: Time) -> bool {
    (3_600.0..10_800.0).contains(&at.secs_f64())
}

/// A customer and which of their contacts.
type Name = (u64, u16);

/// What a run drew, each kind under its names.
#[derive(Debug, Default)]
struct Drawn {
    /// First contacts: when, by which channel, why, which group.
    comes: BTreeMap<u64, (Time, usize, usize, usize)>,
    /// How long one who gave up on the phone was patient.
    patience: BTreeMap<Name, Span>,
    /// How long a person needed for a call.
    handling: BTreeMap<Name, Span>,
    /// Whether a call that a person answered was solved.
    solved: BTreeMap<Name, bool>,
    /// Whether the bot's answer helped.
    bot_helped: BTreeMap<Name, bool>,
    /// After which pause, and by which channel, one who gave up on the phone came again.
    again: BTreeMap<Name, (Span, usize)>,
    /// How the first request for a contact to the first model, made in its outage, ended.
    first_request: BTreeMap<Name, Reply>,
}

impl Drawn {
    fn of(seen: &[(Time, O)]) -> Self {
        let mut drawn = Self::default();
        let mut gave_up: BTreeMap<Name, Time> = BTreeMap::new();
        // What a contact that changed its ways (put back, called back) draws has a name of its own.
        let mut odd: BTreeSet<Name> = BTreeSet::new();
        for (at, seen) in seen {
            match seen {
                O::Offered { who, cause: Cause::First } => {
                    let what = (*at, who.channel.index(), who.reason.index(), who.segment.index());
                    drawn.comes.insert(who.customer, what);
                }
                O::Offered { who, cause: Cause::Retry } => {
                    if let Some(left) = gave_up.get(&(who.customer, who.attempt - 1)) {
                        drawn.again.insert((who.customer, who.attempt), (at.since(*left), who.channel.index()));
                    }
                }
                // Who chats and draws the chat changes nothing that could be seen: only callers do.
                O::GaveUp { who, waited } if who.channel.index() == 0 => {
                    gave_up.insert((who.customer, who.attempt), *at);
                    drawn.patience.insert((who.customer, who.attempt), *waited);
                }
                O::PutBack { who, .. } | O::CallbackAccepted { who } => {
                    odd.insert((who.customer, who.attempt));
                }
                O::Handled { who, length, .. } if who.channel.index() == 0 => {
                    drawn.handling.insert((who.customer, who.attempt), *length);
                }
                O::Ended { who, solved, met_bot: false, .. } => {
                    drawn.solved.insert((who.customer, who.attempt), *solved);
                }
                O::Answered { who, source: Source::Model(_), .. } => {
                    drawn.bot_helped.entry((who.customer, who.attempt)).or_insert(true);
                }
                O::WaitsAgain { who } => {
                    drawn.bot_helped.insert((who.customer, who.attempt), false);
                }
                O::Request { of, who: Some(who), reply, retry: false, took, .. }
                    if of.index() == 0 && down(*at - *took) =>
                {
                    drawn.first_request.entry((who.customer, who.attempt)).or_insert(*reply);
                }
                _ => {}
            }
        }
        drawn.handling.retain(|name, _| !odd.contains(name));
        drawn
    }
}

/// Holds what both drew under the same names against each other; how many names both have.
fn alike<N: Ord + Debug, T: PartialEq + Debug>(what: &str, a: &BTreeMap<N, T>, b: &BTreeMap<N, T>) -> usize {
    let common = a.iter().filter_map(|(name, one)| Some((name, one, b.get(name)?)));
    common.inspect(|(name, one, other)| assert_eq!(one, other, "{what} of {name:?}")).count()
}

#[test]
fn what_two_plans_draw_by_the_same_name_is_the_same() {
    let [with, without] = small();
    let mut common = [0; 7];
    let mut through_backup = [0, 0];
    for run in 0..4 {
        let seen = [play(&with, run), play(&without, run)];
        let answered = |seen: &[(Time, O)]| {
            let backup = |o: &O| matches!(o, O::Answered { source: Source::Model(of), .. } if of.index() == 1);
            seen.iter().filter(|(_, o)| backup(o)).count()
        };
        let [a, b] = [Drawn::of(&seen[0]), Drawn::of(&seen[1])];
        assert_eq!(a.comes, b.comes, "every customer comes to both, and nobody else");
        let names = [
            a.comes.len(),
            alike("patience", &a.patience, &b.patience),
            alike("handling", &a.handling, &b.handling),
            alike("solved", &a.solved, &b.solved),
            alike("the bot's help", &a.bot_helped, &b.bot_helped),
            alike("the way back", &a.again, &b.again),
            alike("the first request", &a.first_request, &b.first_request),
        ];
        (0..names.len()).for_each(|n| common[n] += names[n]);
        (0..2).for_each(|n| through_backup[n] += answered(&seen[n]));
    }
    // The test says something: there is much of each, and the plans are not the same.
    assert!(common.iter().all(|count| *count > 50), "{common:?}");
    assert!(through_backup[0] > 200 && through_backup[1] == 0, "{through_backup:?}");
}

#[test]
fn the_shipped_days_have_the_same_customers_with_and_without_their_plans() {
    for name in ["triple-outage", "phone-lines-down", "half-the-team-sick"] {
        let [with, without] = both(Path::new(&format!("scenarios/{name}.yaml")));
        let [a, b] = [with, without].map(|scenario| Drawn::of(&play(&scenario, 0)).comes);
        assert!(a.len() > 500 && a == b, "{name}: {} and {}", a.len(), b.len());
    }
}
