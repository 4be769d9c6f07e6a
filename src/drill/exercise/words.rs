//! What an exercise says by itself, in the language of its drill.

use crate::drill::view::{Health, InjectText};
use crate::report::words::{length, one};
use crate::scenario::model::{
    Absence, Dependency, Drill, Id, Inject, Language, Live, LiveKpi, Missing, Outage, Scenario, Trigger,
};
use crate::time::Time;

/// One of two texts.
pub(super) fn pick<'a>(drill: &Drill, en: &'a str, fr: &'a str) -> &'a str {
    match drill.language {
        Language::En => en,
        Language::Fr => fr,
    }
}

/// The name of whoever runs the drill.
pub(super) fn facilitator(drill: &Drill) -> &'static str {
    pick(drill, "Facilitator", "Animateur")
}

/// The text of an inject, as a facilitator can change it.
pub(super) fn text_of(inject: &Inject, drill: &Drill) -> InjectText {
    InjectText {
        to: inject.to.iter().map(|role| drill.roles[role.index()].name.clone()).collect(),
        via: inject.via.word().to_owned(),
        from: inject.from.clone(),
        say: inject.say.clone(),
    }
}

/// Words for everybody.
pub(super) fn announcement(drill: &Drill, say: String) -> InjectText {
    InjectText { to: Vec::new(), via: "news".to_owned(), from: facilitator(drill).to_owned(), say }
}

/// A moment of the day by the clock.
pub(super) fn clock(scenario: &Scenario, at: Time) -> String {
    crate::report::words::clock(scenario.start.second_of_day, at.secs_f64())
}

/// When an inject is sent, in words.
pub(super) fn when(inject: &Inject, drill: &Drill, scenario: &Scenario) -> String {
    match &inject.trigger {
        Trigger::At(at) => format!("{} {}", pick(drill, "at", "à"), clock(scenario, *at)),
        Trigger::When(live) => condition(live, drill, scenario),
        Trigger::Unless { lever, by } => {
            let (unless, by_then) = (pick(drill, "unless", "sauf si"), pick(drill, "by", "avant"));
            format!("{unless} “{}” {by_then} {}", drill.levers[lever.index()].name, clock(scenario, *by))
        }
    }
}

fn condition(live: &Live, drill: &Drill, scenario: &Scenario) -> String {
    let (what, above) = match live.kpi {
        LiveKpi::Wait => (pick(drill, "the longest wait", "la plus longue attente"), length(live.above)),
        LiveKpi::Waiting => (pick(drill, "the number waiting", "le nombre en attente"), one(live.above)),
        LiveKpi::Abandonment => {
            (pick(drill, "the share who gave up", "la part d’abandons"), crate::report::words::share(live.above))
        }
        LiveKpi::Blocked => {
            (pick(drill, "the share turned away", "la part refoulée"), crate::report::words::share(live.above))
        }
    };
    let of = live.channel.map_or(String::new(), |channel| {
        format!(" {} {}", pick(drill, "in", "sur"), scenario.desk.channels[channel.index()].name)
    });
    format!("{} {what}{of} {} {above}", pick(drill, "when", "quand"), pick(drill, "is above", "dépasse"))
}

/// What an inject does to the desk.
pub(super) fn does(inject: &Inject, drill: &Drill, scenario: &Scenario) -> Option<String> {
    let told = |absence: &Absence| {
        let team = &scenario.desk.teams[absence.team.index()].name;
        let fewer = pick(drill, "fewer people", "personnes en moins");
        let many = match absence.who {
            Missing::People(people) => format!("{people} {fewer}"),
            Missing::Share(share) => format!("{} {fewer}", crate::report::words::share(share)),
            Missing::Each(chance) => {
                let each = pick(drill, "of them by chance", "d’entre eux au hasard");
                format!("{} {each}", crate::report::words::share(chance))
            }
            Missing::Outbreak { .. } => pick(drill, "an illness spreads", "une maladie se propage").to_owned(),
        };
        format!("{team}: {many}")
    };
    let all: Vec<String> = inject.absences.iter().map(told).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// What a status page says.
pub(super) fn status(health: Health, drill: &Drill) -> &'static str {
    match health {
        Health::Up => pick(drill, "All systems operational", "Tous les services fonctionnent"),
        Health::Degraded => pick(drill, "Degraded performance", "Service dégradé"),
        Health::Down => pick(drill, "Major outage", "Panne majeure"),
        Health::Unknown => "",
    }
}

/// What truly is broken of a service.
pub(super) fn broken(outages: &[&Outage], drill: &Drill) -> Option<String> {
    let told = |outage: &&Outage| {
        let fails = outage
            .fails
            .as_ref()
            .map(|fails| format!("{} {}", crate::report::words::share(fails.share), pick(drill, "fail", "échouent")));
        let slow = outage.slow.as_ref().map(|_| pick(drill, "slow", "lent").to_owned());
        let parts: Vec<String> = fails.into_iter().chain(slow).collect();
        format!("{}: {}", outage.name, parts.join(", "))
    };
    let all: Vec<String> = outages.iter().map(told).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// What a pull costs.
pub(super) fn cost(cost: f64, scenario: &Scenario) -> Option<String> {
    let money = scenario.desk.costs.as_ref().map_or("", |costs| costs.money.as_str());
    (cost > 0.0).then(|| format!("{} {money}", one(cost)).trim_end().to_owned())
}

/// The name of a dependency's kind and itself are the scenario's own.
pub(super) fn name_of(dependency: Id<Dependency>, scenario: &Scenario) -> &str {
    &scenario.desk.dependencies[dependency.index()].name
}

/// A measure's name, where the drill's language has one of its own.
pub(super) fn measure(kpi: &str, drill: &Drill) -> Option<String> {
    if drill.language == Language::En {
        return None;
    }
    let name = match kpi {
        "wait" => "attente",
        "first_reply" => "première réponse",
        "abandonment" => "abandons",
        "blocked" => "refoulés",
        "service_level" => "niveau de service",
        "backlog" => "reste à traiter",
        "waiting" => "en attente",
        "update_gap" => "silence entre deux nouvelles",
        "first_update" => "première nouvelle",
        "unserved" => "jamais servis",
        "lost_contacts" => "contacts perdus",
        "served" => "servis",
        "cost" => "coût",
        "time_to_recover" => "délai de reprise",
        "time_to_failover" => "délai de bascule",
        _ => return None,
    };
    Some(name.to_owned())
}

/// What a curve draws.
pub(super) fn drawn(backlog: bool, drill: &Drill) -> &'static str {
    if backlog { pick(drill, "not done with", "reste à traiter") } else { pick(drill, "waiting", "en attente") }
}
