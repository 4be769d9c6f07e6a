//! `holdline incidents`: what happened to others, and how a scenario replays it.

use super::out;
use crate::scenario::catalogue::Catalogue;
use crate::scenario::diagnostic::did_you_mean;
use crate::scenario::incidents;
use crate::scenario::model::DependencyKind;
use crate::scenario::raw::{Distribution, Fails, Incident, IncidentPhase, Layer, Part};
use crate::verdict::Exit;

/// List recorded incidents that a scenario can replay, or show one phase by phase.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline incidents
  holdline incidents --layer phone
  holdline incidents slack-2025-02-26

In a scenario: `outages: [{of: slack, at: \"12:00\", like: slack-2025-02-26, compress: 6}]`.")]
pub(super) struct Args {
    /// The one to show
    id: Option<String>,
    /// Only those of a provider: part of its name
    #[arg(long, conflicts_with = "id")]
    provider: Option<String>,
    /// Only those of a part of a support desk: llm, chat, ticket, phone, cloud, staff
    #[arg(long, conflicts_with = "id")]
    layer: Option<String>,
}

pub(super) fn main(args: &Args) -> Exit {
    let said = match &args.id {
        Some(id) => one(id),
        None => list(args.provider.as_deref(), args.layer.as_deref()),
    };
    match said {
        Ok(text) => out::print(&text),
        Err(why) => {
            out::complain(&why);
            Exit::Usage
        }
    }
}

fn list(provider: Option<&str>, layer: Option<&str>) -> Result<String, String> {
    let layers = || Layer::ALL.iter().map(|(_, word)| *word);
    if let Some(layer) = layer.filter(|layer| layers().all(|word| word != *layer)) {
        let there_are = layers().collect::<Vec<_>>().join(", ");
        return Err(format!("no layer is called `{layer}`; there are {there_are}. {}", did_you_mean(layer, layers())));
    }
    let of = |incident: &Incident| {
        let by = provider.is_none_or(|part| incident.provider.to_lowercase().contains(&part.to_lowercase()));
        by && layer.is_none_or(|layer| incident.layer.word() == layer)
    };
    let all: Vec<Incident> = incidents::names().filter_map(incidents::find).collect();
    let found: Vec<&Incident> = all.iter().filter(|incident| of(incident)).collect();
    if found.is_empty() {
        let mut there_are: Vec<&str> = all.iter().map(|incident| incident.provider.as_str()).collect();
        there_are.sort_unstable();
        there_are.dedup();
        let nobody = provider.unwrap_or_default();
        return Err(format!("no incident of `{nobody}` is recorded here; there are those of {}", there_are.join(", ")));
    }
    let wide = |cell: fn(&Incident) -> usize| found.iter().map(|incident| cell(incident)).max().unwrap_or(0);
    let (name, by) = (wide(|one| one.incident.value.len()), wide(|one| one.provider.len()));
    let lines = found.iter().map(|one| {
        let (id, layer, title) = (&one.incident.value, one.layer.word(), &one.title);
        format!("{id:name$}  {layer:6}  {:>8}  {:by$}  {title}\n", one.length().to_string(), one.provider)
    });
    Ok(lines.collect())
}

fn one(id: &str) -> Result<String, String> {
    let Some(incident) = incidents::find(id) else {
        let guess = did_you_mean(id, incidents::names());
        return Err(format!("no incident is called `{id}`; `holdline incidents` lists those there are. {guess}"));
    };
    Ok(shown(&incident))
}

fn shown(incident: &Incident) -> String {
    let kinds: Vec<&str> = incident.fits.iter().map(|kind| DependencyKind::from(kind.value).word()).collect();
    let mut text = format!("{}: {}\n", incident.incident.value, incident.title);
    let mut line = |word: &str, said: &str| text.push_str(&format!("  {word:8} {said}\n"));
    line("provider", &incident.provider);
    line("layer", &format!("{}; fits what is of kind {}", incident.layer.word(), kinds.join(", ")));
    line("began", &incident.began);
    line("length", &incident.length().to_string());
    line("effect", &incident.about);
    text.push_str("\nphases\n");
    let catalogue = Catalogue::shipped();
    for (n, phase) in incident.phases.iter().enumerate() {
        text.push_str(&phase_shown(n + 1, phase, &catalogue));
    }
    if !incident.notices.is_empty() {
        text.push_str("\nsaid in public\n");
    }
    for notice in &incident.notices {
        let after = notice.after.map_or("?".to_owned(), |after| after.0.to_string());
        text.push_str(&format!("  {after:>8}  {}\n", notice.said));
    }
    text.push_str("\nsources\n");
    incident.sources.iter().for_each(|source| text.push_str(&format!("  {source}\n")));
    let of = kinds.first().copied().unwrap_or_default();
    text.push_str(&format!(
        "\nin a scenario\n  outages:\n    - {{ name: as-then, of: {of}, at: \"10:00\", like: {}, compress: 6 }}\n  \
         `of` is the name of a dependency; `compress: 6` makes it last {}\n",
        incident.incident.value,
        incident.length().times(1.0 / 6.0)
    ));
    text
}

fn phase_shown(number: usize, phase: &IncidentPhase, catalogue: &Catalogue) -> String {
    let until = match (phase.is_open(), phase.to()) {
        (true, to) => format!("{to} (its end is not known: a default)"),
        (false, to) if to == phase.at.value.0 => format!("{}, falling to nothing", phase.over()),
        (false, to) => to.to_string(),
    };
    let mut text = format!("  {number}  from {} to {until}\n     {}\n", phase.at.value.0, phase.effect);
    let mut line = |word: &str, said: &str| text.push_str(&format!("     {word:12} {said}\n"));
    if let Some(fails) = &phase.fails {
        line("fails", &failing(&fails.value, catalogue));
    }
    if let Some(slow) = &phase.slow {
        line("slow", &format!("by {}", length(&slow.value)));
    }
    if let Some(flaps) = &phase.flaps {
        line("flaps", &format!("{} down, {} up in turn", flaps.value.down.value.0, flaps.value.up.value.0));
    }
    for (word, length) in [("rises", &phase.rises_over), ("recovers", &phase.recovers_over)] {
        if let Some(length) = length {
            line(word, &format!("over {}", length.value.0));
        }
    }
    if phase.fails.is_none() && phase.slow.is_none() {
        line("fails", "nothing");
    }
    if phase.drops_calls == Some(true) {
        line("drops", "calls in progress");
    }
    if phase.simulated == Some(false) {
        line("simulated", "no: only the wire knows what it befalls");
    }
    if !phase.assumed.is_empty() {
        let words: Vec<&str> = phase.assumed.iter().map(|one| one.value.word()).collect();
        line("assumed", &words.join(", "));
    }
    text
}

/// Who fails and how.
fn failing(fails: &Fails, catalogue: &Catalogue) -> String {
    let share = fails.share.map_or(1.0, |share| share.0);
    let with = fails.with.as_ref().map_or("", |with| with.value.as_str());
    let about = catalogue.get(with).map_or("", |mode| mode.about.as_str());
    let mut text = format!("{} % of requests with {with}", (share * 1e4).round() / 100.0);
    if let Some(status) = &fails.status {
        text.push_str(&format!(" as status {}", status.value));
    }
    if let Some(narrow) = &fails.narrow {
        let narrow = &narrow.value;
        let said = [("endpoint", &narrow.endpoint), ("method", &narrow.method), ("path", &narrow.path)];
        let said = said.into_iter().filter_map(|(name, value)| Some(format!(" {name} {}", value.as_ref()?)));
        text.push_str(&format!(", only those with{}", said.collect::<String>()));
    }
    if fails.hits.is_some() {
        text.push_str(", the same customers all the time");
    }
    format!("{text}: {about}")
}

/// How much longer something takes.
fn length(slow: &Distribution) -> String {
    match slow {
        Distribution::Constant(span) => span.to_string(),
        Distribution::Lognormal(lognormal) => {
            lognormal.mean.map_or("a length that varies".to_owned(), |mean| format!("{} in the mean", mean.0))
        }
        Distribution::Mix(parts) => {
            let part = |part: &Part| format!("{} for {} %", length(&part.of), (part.share.0 * 1e4).round() / 100.0);
            parts.iter().map(part).collect::<Vec<_>>().join(", ")
        }
        _ => "a length that varies".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_as_people_read_it() {
        insta::assert_snapshot!(list(None, None).expect("all are listed"));
    }

    #[test]
    fn an_incident_is_shown_phase_by_phase() {
        let shown: Vec<String> = ["slack-2025-02-26", "openai-2024-12-04", "optus-2023-11-08"]
            .map(|id| one(id).expect("it is shipped"))
            .into();
        insta::assert_snapshot!(shown.join("\n"));
        assert!(incidents::names().all(|id| one(id).is_ok_and(|text| text.contains("in a scenario"))));
    }

    #[test]
    fn filters_narrow_and_slips_are_told() {
        let lines = |provider, layer| list(provider, layer).map(|text| text.lines().count());
        assert_eq!((lines(Some("zendesk"), None), lines(Some("openai"), Some("llm"))), (Ok(5), Ok(11)));
        assert!(lines(None, Some("phones")).is_err_and(|why| why.contains("did you mean `phone`?")));
        assert!(lines(Some("acme"), None).is_err_and(|why| why.contains("Cloudflare")));
        assert!(one("slack-2025-02-25").is_err_and(|why| why.contains("did you mean `slack-2025-02-26`?")));
    }
}
