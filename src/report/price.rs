//! What plans cost beside what they were worth: rows under the plans side by side, and a sentence.

use super::bundle::{Bundle, Finding, Measure};
use super::findings::{self, main_plan, row};
use super::terminal::TableRow;
use super::words;
use crate::measure::definitions::Unit;
use crate::scenario::Scenario;

/// The word for a unit: for money the desk's own.
pub(super) fn unit_word(unit: Unit, scenario: &Scenario) -> String {
    match &scenario.desk.costs {
        Some(costs) if unit == Unit::Money => costs.money.clone(),
        _ => unit.word().to_owned(),
    }
}

/// What a measure of the whole day came to under a plan: over all, or where there is no row of all, the sum of its parts.
fn total(bundle: &Bundle, plan: &str, kpi: &str) -> Option<f64> {
    let whole = |m: &&Measure| m.kpi == kpi && m.stat == "value" && m.plan == plan && m.window == "whole";
    let all = row(bundle, plan, kpi, "value", "whole", None, None);
    let each: Vec<f64> = bundle.measures.iter().filter(whole).map(|m| m.mean).collect();
    all.map(|m| m.mean).or_else(|| (!each.is_empty()).then(|| each.iter().sum()))
}

/// Staff minutes that a plan added, over all teams.
pub(super) fn staff_minutes(bundle: &Bundle, plan: &str) -> f64 {
    total(bundle, plan, "plan_cost").unwrap_or(0.0)
}

/// The word for money, where the desk states costs.
fn money(bundle: &Bundle) -> Option<&str> {
    row(bundle, main_plan(bundle), "cost", "value", "whole", None, None).map(|m| m.unit.as_str())
}

/// How much more a day cost with one plan than with the other, by a measure.
fn more(bundle: &Bundle, kpi: &str, [a, b]: [&str; 2]) -> Option<f64> {
    Some(total(bundle, a, kpi)? - total(bundle, b, kpi)?)
}

/// Plan by plan: the staff it added, if any plan did, and what the day cost, if the desk states costs.
pub(super) fn rows(bundle: &Bundle) -> Vec<TableRow> {
    let row = |label: &str, cell: &dyn Fn(&str) -> String| TableRow {
        channel: String::new(),
        label: label.to_owned(),
        cells: bundle.plans.iter().map(|plan| cell(&plan.plan)).collect(),
    };
    let mut rows = Vec::new();
    if bundle.plans.iter().any(|plan| staff_minutes(bundle, &plan.plan) > 0.0) {
        rows.push(row("staff added", &|plan| format!("{} h", words::one(staff_minutes(bundle, plan) / 60.0))));
    }
    for (label, kpi) in [("cost of the day", "cost"), ("of that losses", "cost_of_losses")] {
        let Some(unit) = money(bundle) else { continue };
        let cell = |plan: &str| total(bundle, plan, kpi).map_or("–".to_owned(), |sum| words::one(sum.round()));
        rows.push(row(&format!("{label}, {unit}"), &cell));
    }
    rows
}

/// What the plan cost beside no plan, where the desk states costs.
pub(super) fn finding(bundle: &Bundle) -> Option<Finding> {
    let plan = main_plan(bundle);
    let plans = [plan, "none"];
    let sum = more(bundle, "cost", plans).filter(|_| plan != "none")?;
    let unit = money(bundle)?;
    let losses = more(bundle, "cost_of_losses", plans)?;
    let amount = |amount: f64| format!("{} {unit}", words::one(amount.abs().round()));
    let than = |amount: f64| if amount < 0.0 { "less" } else { "more" };
    let spent = sum - losses;
    let mut text = String::from("The plan cost ");
    let staff = staff_minutes(bundle, plan);
    if staff > 0.0 {
        text.push_str(&format!("{} and ", words::staff_time(staff)));
    }
    text.push_str(&format!("{} {} than no plan", amount(spent), than(spent)));
    // The losses are of both, and so is what they are worth.
    let let_go = ["unserved", "lost_contacts"].iter().filter_map(|kpi| more(bundle, kpi, plans)).sum::<f64>();
    if let_go.abs() >= 0.5 {
        let fewer = if let_go < 0.0 { "fewer" } else { "more" };
        let each = if losses == 0.0 { String::new() } else { format!(", worth {}", amount(losses)) };
        text.push_str(&format!("; {} {fewer} contacts were lost or unserved{each}", words::one(let_go.abs().round())));
    }
    let parts = [("staff", "cost_of_staff"), ("vendors", "cost_of_vendors"), ("compensation", "cost_of_compensation")];
    let evidence = parts.iter().filter_map(|(name, kpi)| {
        let part = more(bundle, kpi, plans)?;
        Some(format!("{name}: {} {} than without the plan", amount(part), than(part)))
    });
    let tone = if sum <= 0.0 { "good" } else { "plain" };
    Some(findings::finding(tone, format!("{text}."), evidence.collect(), None))
}
