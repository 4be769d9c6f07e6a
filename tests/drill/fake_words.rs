//! What the tests' drill says before its start and after its end.

use holdline::drill::view::*;

/// What is known before anyone sits down.
pub(super) fn cast(length: f64) -> Cast {
    let objective = |id: &str, text: &str| Objective { id: id.to_owned(), text: text.to_owned() };
    let role = |name: &str, at_least, hidden| Role { name: name.to_owned(), at_least, hidden };
    Cast {
        title: "The assistant goes quiet on a Monday".to_owned(),
        based_on: Some("openai-2025-06-10".to_owned()),
        about:
            "Monday, eight in the morning. The assistant that answers half of all chats has been slow since the night."
                .to_owned(),
        language: "en".to_owned(),
        length,
        pace: 20.0,
        objectives: vec![
            objective("failover", "Decide on the second provider within 20 minutes"),
            objective("inform", "Customers hear from us every 30 minutes"),
        ],
        roles: vec![
            role("lead", 1, false),
            role("communications", 1, false),
            role("floor", 0, false),
            role("evaluator", 0, true),
        ],
        questions: vec!["What would you keep?".to_owned(), "What would you change?".to_owned()],
    }
}

/// Three days that differ by a factor.
pub(super) fn after(cast: &Cast, decisions: &[Decision], waiting: &[f64]) -> After {
    let curve = |of: &str, factor: f64| {
        let scaled = |by: f64| waiting.iter().map(|value| value * factor * by).collect();
        Curve { of: of.to_owned(), line: scaled(1.0), low: scaled(0.7), high: scaled(1.35) }
    };
    let group = |channel: &str| CurveGroup {
        channel: channel.to_owned(),
        what: "contacts that wait".to_owned(),
        unit: String::new(),
        every: 60.0,
        seeds: 100,
        curves: vec![curve("nothing", 1.8), curve("plan", 0.7), curve("played", 1.0)],
    };
    After {
        summary: vec![
            "Four of ten customers waited longer than promised; with no decision it would have been seven.".to_owned(),
            "The written plan would have had the second provider in use 14 minutes earlier.".to_owned(),
        ],
        timeline: decisions
            .iter()
            .map(|one| TimelineEntry {
                at: one.at,
                kind: "decision".to_owned(),
                who: one.by.clone(),
                text: one.lever.clone().or_else(|| one.text.clone()).unwrap_or_default(),
            })
            .collect(),
        objectives: cast
            .objectives
            .iter()
            .enumerate()
            .map(|(n, one)| ObjectiveResult {
                objective: one.clone(),
                met: [Some(false), None][n % 2],
                because: vec!["In use after 34 minutes, wanted within 20.".to_owned()],
            })
            .collect(),
        curves: vec![group("phone"), group("chat")],
        measures: vec![MeasureRow {
            what: "Gave up in chat".to_owned(),
            unit: "%".to_owned(),
            nothing: Some(22.4),
            plan: Some(6.9),
            played: Some(11.2),
            less_is_better: true,
        }],
        strengths: vec!["Customers were told within ten minutes.".to_owned()],
        to_improve: vec!["Nobody owned the decision on the second provider.".to_owned()],
    }
}

/// An inject at a time.
pub(super) fn inject(name: &str, due: f64, to: &[&str], via: &str, from: &str, say: &str) -> Inject {
    let text = InjectText {
        to: to.iter().map(|role| (*role).to_owned()).collect(),
        via: via.to_owned(),
        from: from.to_owned(),
        say: say.to_owned(),
    };
    let when = format!("at {}:{:02}", due as u64 / 3_600, due as u64 / 60 % 60);
    Inject {
        name: name.to_owned(),
        when,
        due: Some(due),
        text,
        does: None,
        expect: vec![],
        state: InjectState::Waiting,
    }
}

/// What is expected.
pub(super) fn expectation(
    id: &str,
    objective: &str,
    text: &str,
    due: Option<f64>,
    state: ExpectationState,
) -> Expectation {
    let (id, objective, text) = (id.to_owned(), Some(objective.to_owned()), text.to_owned());
    Expectation { id, objective, text, due, state, mark: None, note: String::new() }
}
