//! `report.html`: one file that works offline, light and dark, and prints.

use super::bundle::{Bundle, ExpectationInfo, Measure};
use super::disturbance::PhaseInfo;
use super::story::Story;
use super::terminal::{asked, columns, plan_rows, table_rows, told};
use super::{Around, breaking, curves, story, svg, timeline, words};
use minijinja::{AutoEscape, Environment, Value, context};

const TEMPLATE: &str = include_str!("templates/report.html");
const STYLE: &str = include_str!("templates/report.css");
const SCRIPT: &str = include_str!("templates/report.js");
/// Windows of the table of measures.
const COLUMNS: usize = 9;

/// The page.
pub fn page(bundle: &Bundle, around: &Around) -> Result<String, String> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.add_template("report.html", TEMPLATE).map_err(|e| format!("the template of the report: {e}"))?;
    let template = env.get_template("report.html").map_err(|e| format!("the template of the report: {e}"))?;
    template.render(view(bundle, around)).map_err(|e| format!("the report cannot be rendered: {e:#}"))
}

fn view(bundle: &Bundle, around: &Around) -> Value {
    let s = &bundle.scenario;
    let picture = svg::day(bundle);
    // Inside a script element only `<` could end it.
    let data = picture.data.to_string().replace('<', "\\u003c");
    let plan = bundle.plans.first();
    let main = plan.map_or("", |p| p.plan.as_str());
    let windows = columns(bundle, COLUMNS);
    let facts = [
        ("desk", s.desk.clone()),
        ("start", s.start.clone()),
        ("length", words::part_of_day(s)),
        ("mode", bundle.mode.clone()),
        ("runs", bundle.runs.to_string()),
        ("seed", bundle.seed.to_string()),
        ("plan", main.to_owned()),
        ("contacts a run", words::one(plan.map_or(0.0, |p| (p.contacts / u64::from(p.runs.max(1))) as f64))),
        ("made", around.when.clone().unwrap_or_default()),
    ];
    let facts: Vec<Value> =
        facts.into_iter().filter(|(_, v)| !v.is_empty()).map(|(name, value)| context!(name, value)).collect();
    let table = |rows: Vec<super::terminal::TableRow>| -> Vec<Value> {
        let mut before = String::new();
        rows.into_iter()
            .map(|row| {
                let first = std::mem::replace(&mut before, row.channel.clone()) != row.channel;
                context!(channel => row.channel, first, label => row.label, cells => row.cells)
            })
            .collect()
    };
    let heads: Vec<String> = windows.iter().map(|w| w.replacen("during ", "", 1)).collect();
    let notes: Vec<String> = windows.iter().map(|w| about_window(bundle, w).to_owned()).collect();
    context! {
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        data => Value::from_safe_string(data),
        day => Value::from_safe_string(picture.svg),
        name => s.name.clone(), about => s.about.clone(), verdict => bundle.verdict.clone(), reason => bundle.reason.clone(),
        in_short => bundle.in_short.clone(), facts,
        several => bundle.runs > 1,
        other => bundle.plans.iter().skip(1).find(|p| p.plan != "undisturbed").map(|p| p.plan.clone()),
        quiet => bundle.plans.iter().skip(1).any(|p| p.plan == "undisturbed"),
        expectations => plan.map(|p| p.expectations.iter().map(|e| expectation(e, p.runs)).collect::<Vec<_>>()),
        plans => bundle.plans.iter().map(|p| context!(plan => p.plan.clone(), verdict => p.verdict.clone(), reason => p.reason.clone())).collect::<Vec<_>>(),
        side_by_side => table(plan_rows(bundle)),
        findings => bundle.findings.iter().map(|f| context!(
            text => f.text.as_str(), evidence => f.evidence.clone(), advice => f.advice.clone(), tone => f.tone.as_str(),
        )).collect::<Vec<_>>(),
        breaking => breaking_points(bundle), breaking_method => breaking::method(&bundle.breaking_points),
        heads, notes,
        table => table(table_rows(bundle, main, &windows)),
        groups => groups(bundle, main),
        curves => curves::curves(bundle).into_iter().map(|c| context!(title => c.title, said => c.said, svg => Value::from_safe_string(c.svg))).collect::<Vec<_>>(),
        contacts => contacts(bundle),
        stories => bundle.stories.iter().flat_map(|s| &s.told).map(|s| told_story(bundle, s)).collect::<Vec<_>>(),
        more_stories => bundle.stories.as_ref().map_or(0, |s| s.more),
        kept => bundle.stories.is_some(),
        // Over the wire a plan is seen by what it does, not by its rules.
        rules => plan.filter(|_| bundle.mode != "rehearse").map(|p| p.rules.iter().map(|r| context!(
            name => r.name.clone(), runs => r.runs, of => p.runs,
            first => r.first.map(|at| words::clock(s.start_second_of_day, at)),
        )).collect::<Vec<_>>()),
        promises => plan.map(|p| p.promises.iter().map(|promise| context!(
            name => promise.promise.clone(), within => words::limit_length(promise.within),
            done => done(bundle, main, &promise.kpi), kpi => words::kpi(&promise.kpi),
        )).collect::<Vec<_>>()),
        history => history(bundle),
        definitions => bundle.definitions.iter().map(|d| context!(name => words::kpi(&d.name), unit => d.unit.clone(), text => d.text.clone(), source => d.source.clone())).collect::<Vec<_>>(),
        windows => bundle.windows.iter().filter(|w| !w.pieces.is_empty()).map(|w| context!(
            name => w.name.clone(),
            pieces => w.pieces.iter().map(|[a, b]| format!("{}–{}", words::clock(s.start_second_of_day, *a), words::clock(s.start_second_of_day, *b))).collect::<Vec<_>>().join(", "),
        )).collect::<Vec<_>>(),
        replay => around.replay.clone(), next => around.next.clone(),
        hash => s.hash.clone(), holdline => bundle.holdline.clone(), format => bundle.format,
        lateness => plan.and_then(|p| p.lateness).map(words::length),
        pace => (bundle.pace != 1.0).then(|| words::one(bundle.pace)),
        warm_up => (s.warm_up > 0.0).then(|| words::span(s.warm_up)), drain => (s.drain > 0.0).then(|| words::span(s.drain)),
        warm_start => s.warm_start.map(|from| words::clock(s.start_second_of_day, from)),
    }
}

/// The recorded incidents that were replayed, phase by phase.
fn history(bundle: &Bundle) -> Vec<Value> {
    let clock = |at: f64| words::clock(bundle.scenario.start_second_of_day, at);
    let phase = |phase: &PhaseInfo| {
        context!(
            when => format!("{}–{}", clock(phase.from), clock(phase.over)), effect => phase.effect.clone(),
            about => phase.about.clone(), assumed => phase.assumed.join(", "),
        )
    };
    let replayed = bundle.disturbances.iter().filter_map(|d| Some((d, d.replays.as_ref()?)));
    let told = replayed.map(|(d, replay)| {
        context!(
            name => d.name.clone(), of => d.of.clone(), incident => replay.incident.clone(), title => replay.title.clone(),
            about => d.about.clone(), sources => replay.sources.join("; "),
            phases => replay.phases.iter().map(phase).collect::<Vec<_>>(),
        )
    });
    told.collect()
}

fn breaking_points(bundle: &Bundle) -> Vec<Value> {
    let rows = bundle.breaking_points.iter().map(|row| {
        let amount = |at: Option<f64>| row.varied.as_ref().zip(at).map(|(varied, at)| breaking::amount(varied, at));
        context! {
            name => row.disturbance.as_str(), kind => row.kind.as_str(), what => breaking::what(row),
            yours => amount(row.varied.as_ref().map(|varied| varied.yours)),
            holds => amount(row.holds), breaks => amount(row.breaks), came_to => row.came_to.as_str(),
            said => breaking::said(row), because => breaking::because(bundle, row),
            picture => breaking::picture::draw(bundle, row).map(Value::from_safe_string),
        }
    });
    rows.collect()
}

fn about_window<'a>(bundle: &'a Bundle, window: &str) -> &'a str {
    let of = window.strip_prefix("during ").or_else(|| window.strip_prefix("after ")).unwrap_or_default();
    bundle.disturbances.iter().find(|d| d.name == of).map_or("", |d| d.about.as_str())
}

fn expectation(e: &ExpectationInfo, runs: u32) -> Value {
    let (figure, interval, remark) = told(e, runs);
    let bullet = e.figure.map(|figure| svg::bullet(figure, e.ci95, e.limit, &e.bound, &e.met));
    let by_runs = e.in_runs.zip(e.kept).map(|(asked, kept)| kept - asked);
    let margin = by_runs.or(e.margin).map(|margin| {
        let sign = if margin < 0.0 { "−" } else { "+" };
        if by_runs.is_some() {
            return format!("{sign}{} points of runs", words::one(margin.abs() * 100.0));
        }
        match e.unit.as_str() {
            "share" => format!("{sign}{} points", words::one(margin.abs() * 100.0)),
            unit => format!("{sign}{}", words::figure(margin.abs(), unit)),
        }
    });
    let mark = match e.met.as_str() {
        "met" => "✓",
        "missed" => "✗",
        "empty" => "·",
        _ => "!",
    };
    context! {
        mark, met => e.met.clone(), name => name_of(e), asked => asked(e), window => e.window.clone(),
        limit => words::limit(e.limit, &e.unit), bound => e.bound.clone(),
        figure, interval => interval.trim_matches(['(', ')']), margin, remark,
        bullet => bullet.map(Value::from_safe_string),
    }
}

/// How a promise went over the whole day: a figure for each dependency that was broken, or one for the desk.
fn done(bundle: &Bundle, plan: &str, kpi: &str) -> String {
    let rows = bundle.measures.iter().filter(|m| m.plan == plan && m.kpi == kpi && m.window == "whole");
    let figures: Vec<String> = rows
        .map(|m| {
            let never = if m.never.is_some() { "≥ " } else { "" };
            let of = m.of.as_ref().map(|of| format!("{of} ")).unwrap_or_default();
            format!("{of}{never}{}", words::figure(m.mean, &m.unit))
        })
        .collect();
    if figures.is_empty() { "nothing called for it".to_owned() } else { figures.join(", ") }
}

/// The name that the author gave it, else what is asked in words.
fn name_of(e: &ExpectationInfo) -> String {
    let made = e.name.starts_with(&e.kpi) && e.name.contains(['≤', '≥']);
    if made { asked(e) } else { e.name.clone() }
}

/// Every figure of the first plan: a group for all contacts, each channel, team and dependency; a row a measure and
/// statistic; a column a window.
fn groups(bundle: &Bundle, plan: &str) -> Vec<Value> {
    let group_of = |m: &Measure| match (&m.channel, &m.team, &m.of) {
        (Some(channel), ..) => format!("channel {channel}"),
        (_, Some(team), _) => format!("team {team}"),
        (.., Some(of)) => format!("dependency {of}"),
        _ => "the whole desk".to_owned(),
    };
    let mut names: Vec<String> = Vec::new();
    for m in bundle.measures.iter().filter(|m| m.plan == plan) {
        let name = group_of(m);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let windows: Vec<String> = bundle.windows.iter().filter(|w| !w.pieces.is_empty()).map(|w| w.name.clone()).collect();
    let group = |name: &String| {
        let mut rows: Vec<(String, Vec<Value>)> = Vec::new();
        for m in bundle.measures.iter().filter(|m| m.plan == plan && group_of(m) == *name) {
            let within = m.within.map(|w| format!(" {}", words::limit_length(w))).unwrap_or_default();
            let stat = if m.stat == "value" { String::new() } else { format!(" {}", m.stat) };
            let label = format!("{}{within}{stat}", words::kpi(&m.kpi));
            let Some(column) = windows.iter().position(|w| *w == m.window) else { continue };
            let place = rows.iter().position(|(known, _)| *known == label).unwrap_or_else(|| {
                rows.push((label, vec![Value::from(()); windows.len()]));
                rows.len() - 1
            });
            let ci = m.ci95.map(|ci| format!(", 95 % interval of the mean {}", words::interval(ci, &m.unit)));
            let never = m.never.map(|never| format!(", never happened in {} of runs", words::share(never)));
            let more = format!(
                "{} run(s), p10 {} p50 {} p90 {}{}{}",
                m.runs,
                words::figure(m.p10, &m.unit),
                words::figure(m.p50, &m.unit),
                words::figure(m.p90, &m.unit),
                ci.unwrap_or_default(),
                never.clone().unwrap_or_default(),
            );
            let sign = if never.is_some() { "≥ " } else { "" };
            rows[place].1[column] = context!(figure => format!("{sign}{}", words::figure(m.mean, &m.unit)), more);
        }
        let rows: Vec<Value> = rows.into_iter().map(|(label, cells)| context!(label, cells)).collect();
        context!(name => name.as_str(), windows => windows.clone(), rows)
    };
    names.iter().map(group).collect()
}

fn told_story(bundle: &Bundle, story: &Story) -> Value {
    let start = bundle.scenario.start_second_of_day;
    let why: Vec<String> = story.why.iter().map(|kpi| words::kpi(kpi)).collect();
    let line = |line: &story::Line| {
        context! {
            clock => words::clock_seconds(start, line.at), since => story::text::since(story, line.at),
            who => line.who.as_str(), kind => line.kind.as_str(), bad => line.bad, text => line.text.as_str(),
            lasted => (line.lasted >= story::text::NOTABLE).then(|| words::length(line.lasted)),
        }
    };
    context! {
        order => story.order.as_str(), channel => story.channel.as_str(), reason => story.reason.as_str(),
        why => why.join(", "), started => words::clock_seconds(start, story.began),
        length => words::length(story.ended - story.began),
        attempt => (story.attempt > 1).then_some(story.attempt),
        picture => Value::from_safe_string(timeline::draw(bundle, story)),
        lines => story.lines.iter().map(line).collect::<Vec<_>>(), left_out => story.left_out,
    }
}

fn contacts(bundle: &Bundle) -> Vec<Value> {
    let start = bundle.scenario.start_second_of_day;
    let story = |c: &super::bundle::ContactInfo| {
        let mut told = bundle.stories.iter().flat_map(|stories| &stories.told);
        told.position(|story| story.order == c.order && story.channel == c.channel && story.began == c.started)
    };
    let of = |c: &super::bundle::ContactInfo| {
        context! {
            what => words::kpi(&c.kpi), order => c.order.clone(), channel => c.channel.clone(), reason => c.reason.clone(),
            started => words::clock(start, c.started), at => words::clock(start, c.at), story => story(c),
        }
    };
    bundle.contacts.iter().map(of).collect()
}
