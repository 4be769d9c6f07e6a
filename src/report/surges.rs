//! What a surge does, in a line of the report.

use super::assemble::tidy;
use crate::scenario::model::{Scenario, Surge, SurgeEffect};

/// What it does to demand, and why.
pub(super) fn about(scenario: &Scenario, surge: &Surge) -> String {
    let about = match &surge.effect {
        SurgeEffect::Times { factor, channels, .. } => {
            let names: Vec<&str> = channels.iter().map(|id| scenario.desk.channels[id.index()].name.as_str()).collect();
            let by = if names.is_empty() { "all channels".to_owned() } else { names.join(" and ") };
            format!("{} times the contacts by {by}", tidy(*factor))
        }
        SurgeEffect::Add { per_second: 0.0, .. } if surge.wave().is_some() => String::new(),
        SurgeEffect::Add { per_second, burst, .. } => {
            let storm = burst.map_or("", |_| ", each bringing others");
            format!("{} more contacts an hour{storm}", tidy(per_second * 3_600.0))
        }
        SurgeEffect::Send { contacts, .. } => format!("a send that brings {} contacts", tidy(*contacts)),
        SurgeEffect::Trace(trace) if trace.instead.is_empty() => {
            format!("{} recorded contacts more", tidy(trace.rows.len() as f64 * trace.scale))
        }
        SurgeEffect::Trace(trace) => {
            format!("{} recorded contacts in place of the rates", tidy(trace.rows.len() as f64 * trace.scale))
        }
    };
    let wave = surge.wave().map(|wave| format!("a wave of {} contacts once it is over", tidy(wave.contacts)));
    let cause = surge.because_of.as_ref().and_then(|because| scenario.outages.get(usize::from(because.outage)));
    let cause = cause.map(|outage| format!("because of {}", outage.name));
    let parts: Vec<String> = [Some(about), wave, cause].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}
