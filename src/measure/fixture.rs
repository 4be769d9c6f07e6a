//! A small made-up day for the tests of this floor and of the reports.

use crate::observation::Who;
use crate::scenario::model::*;
use crate::seam::ContactId;
use crate::time::{Span, Time};

fn minutes(m: i64) -> Span {
    Span::from_secs(60 * m)
}
fn window(from: i64, to: i64) -> Window {
    Window { from: Time::ZERO + minutes(from), to: Time::ZERO + minutes(to) }
}

/// A desk with a chat (bot and people) and a phone, two models, one carrier, a status page.
pub(crate) fn desk() -> Desk {
    let dependency = |name: &str, kind| Dependency::new(name, kind);
    let channel = |name: &str, style, over: usize| Channel {
        name: name.into(),
        style,
        over: vec![Id::new(over)],
        open: Vec::new(),
    };
    let team = |name: &str, people, channel: usize, on_call| Team {
        name: name.into(),
        people,
        answers: vec![Id::new(channel)],
        at_once: 1,
        shift: Vec::new(),
        breaks: None,
        on_call,
        needs: Vec::new(),
        cut: Cut::Finish,
        slower: 0.0,
        person_hour: None,
    };
    Desk {
        name: "small-shop".into(),
        about: "A made-up desk for tests.".into(),
        dependencies: vec![
            dependency("slack", DependencyKind::Slack),
            dependency("landline", DependencyKind::Twilio),
            dependency("llm", DependencyKind::Openai),
            dependency("llm-backup", DependencyKind::Openai),
            dependency("status", DependencyKind::Statuspage),
            dependency("mobile", DependencyKind::Twilio),
        ],
        channels: vec![channel("chat", Style::Chat, 0), channel("phone", Style::Call, 1)],
        reasons: vec![reason("order", 0.7), reason("refund", 0.3)],
        customers: Customers {
            patience: vec![None, None],
            retry: None,
            chase: None,
            informed: None,
            satisfaction: None,
            unsolved_after: Distribution::Constant(minutes(60)),
            segments: vec![
                Segment { name: "vip".into(), share: 0.1, first: true },
                Segment { name: "standard".into(), share: 0.9, first: false },
            ],
        },
        streams: Vec::new(),
        start_with: Vec::new(),
        bot: Some(Bot {
            uses: Id::new(2),
            answers: vec![Id::new(0)],
            calls_per_contact: 1,
            timeout: Span::from_secs(30),
            retries: 2,
            backoff: Span::from_secs(1),
            replies_in: Distribution::Constant(Span::from_secs(3)),
            at_once: 100,
            breaker: None,
        }),
        teams: vec![team("chats", 6, 0, false), team("phones", 10, 1, false), team("reserve", 4, 1, true)],
        without: Vec::new(),
        self_service: Vec::new(),
        costs: None,
        plan: plan(),
    }
}

fn reason(name: &str, share: f64) -> Reason {
    Reason {
        name: name.into(),
        share,
        bot_solves: 0.5,
        handle: Distribution::Constant(minutes(4)),
        solved_first_time: 0.8,
        self_service: 0.0,
    }
}

fn plan() -> Plan {
    let rule = |name: &str, down: usize, action| {
        Rule::new(name, Condition::Down(vec![Id::new(down)]), Span::ZERO, vec![action])
    };
    Plan {
        notice: vec![Notice::probe(Id::new(2), Span::from_secs(10), 3)],
        rules: vec![
            rule("second provider", 2, Action::BotUses(Id::new(3))),
            rule("mobile lines", 1, Action::Carry { channel: Id::new(1), over: Id::new(5) }),
        ],
        updates: Some(Updates {
            over: Id::new(4),
            first_within: minutes(10),
            every: minutes(30),
            back_after: minutes(5),
            personally: None,
        }),
    }
}

/// Two hours: ten minutes of warm-up, the model down from 30 to 50 (recovering to 60), the lines down from 80 to 90,
/// a surge from 70 (rising from 65) to 100 (falling to 105), two phone people missing from the start.
pub(crate) fn day() -> Scenario {
    let outage = |name: &str, of: usize, window, recovers_over| Outage {
        name: name.into(),
        of: Id::new(of),
        window,
        rises_over: Span::ZERO,
        recovers_over,
        fails: None,
        slow: None,
        flaps: None,
        drops_calls: false,
        replay: None,
        reaches: Vec::new(),
    };
    Scenario {
        name: "small-bad-day".into(),
        about: "The model goes down, then the phone lines, while a sale is on.".into(),
        desk: std::sync::Arc::new(desk()),
        start: Start {
            text: "2026-11-27 08:00 Europe/Paris".into(),
            second_of_day: 28_800,
            local_seconds: 1_795_766_400,
        },
        length: minutes(120),
        warm_up: minutes(10),
        warm_start: None,
        drain: minutes(10),
        surges: vec![Surge {
            name: "sale".into(),
            effect: SurgeEffect::Times { factor: 2.0, channels: Vec::new(), reason: None },
            window: window(70, 100),
            rise: minutes(5),
            fall: minutes(5),
            because_of: None,
        }],
        outages: vec![
            outage("llm-down", 2, window(30, 50), minutes(10)),
            outage("lines-down", 1, window(80, 90), Span::ZERO),
        ],
        absences: vec![Absence {
            name: "flu".into(),
            team: Id::new(1),
            window: window(0, 10_000),
            who: Missing::People(2),
            chance: 1.0,
            alone: None,
            kind: "sick".into(),
            cut: Cut::Finish,
        }],
        stop_if: Vec::new(),
        expect: Vec::new(),
        target: None,
        drill: None,
        hash: "5f2c9a0b1d3e".into(),
    }
}

/// An expectation with nothing narrowed.
pub(crate) fn expectation(kpi: &str, limit: Limit) -> Expectation {
    Expectation {
        name: kpi.into(),
        kpi: kpi.into(),
        stat: Stat::Mean,
        channel: None,
        team: None,
        reason: None,
        segment: None,
        of: None,
        window: WindowName::Whole,
        limit,
        within: Span::from_secs(20),
        count: Count::WithoutShortAbandons,
        short_abandons: Span::from_secs(5),
        minimum: 0.4,
        held_for: minutes(5),
        warn: false,
        in_runs: None,
        allow_empty: false,
    }
}

/// The contact of this number, on this channel, that started at this second.
pub(crate) fn who(number: u32, channel: usize, second: i64) -> Who {
    Who {
        contact: ContactId::new(number, 0),
        customer: u64::from(number) + 1_000,
        channel: Id::new(channel),
        reason: Id::new((number % 2) as usize),
        segment: Id::new((number % 2) as usize),
        started: Time::ZERO + Span::from_secs(second),
        attempt: 1,
    }
}
