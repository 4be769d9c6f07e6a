//! More demand than a normal day has: by the clock, because of an outage, after a message to many, or as it was recorded.

use super::day::window;
use super::{Context, Names};
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::model::{BecauseOf, Burst, Channel, Desk, Id, Outage, Reason, Surge, SurgeEffect, Wave, Window};
use crate::scenario::raw;
use crate::scenario::tree::{At, Place};
use crate::time::{Span, Time};
use crate::units::shown;

/// The most that contacts of a storm may bring by themselves: at one it would never end.
const MOST_ECHO: f64 = 0.95;
/// A send counts as over when so many half lives have gone by: 97 % have come.
const HALVES: f64 = 5.0;

/// A surge that is being resolved.
pub(super) struct Written<'a> {
    /// Its name.
    pub(super) name: String,
    /// What is written.
    pub(super) raw: &'a At<raw::Surge>,
    /// Its channels, as far as they are named.
    pub(super) channels: Vec<Id<Channel>>,
    /// Its reason.
    pub(super) reason: Option<Id<Reason>>,
}

/// What makes a surge begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Clock,
    Outage,
    Send,
    Replay,
}

impl Kind {
    fn of(raw: &raw::Surge) -> Self {
        if raw.replay.is_some() {
            Self::Replay
        } else if raw.send.is_some() {
            Self::Send
        } else if raw.because_of.is_some() {
            Self::Outage
        } else {
            Self::Clock
        }
    }
    fn words(self) -> &'static str {
        match self {
            Self::Clock => "by the clock",
            Self::Outage => "that an outage causes",
            Self::Send => "after a send",
            Self::Replay => "that is replayed",
        }
    }
    /// The fields that mean something, besides `name`, `channels` and `reason`.
    fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Clock => &["times", "add", "at", "for", "until", "rise", "fall", "burst"],
            Self::Outage => &["times", "add", "because_of", "lingers", "wave", "burst"],
            Self::Send => &["at", "send"],
            Self::Replay => &["at", "replay", "columns", "speed", "scale", "instead"],
        }
    }
}

/// Refuses what means nothing in a surge of its kind.
fn check_fields(context: &mut Context<'_>, name: &str, raw: &raw::Surge) -> bool {
    fn place<T>(written: Option<&At<T>>) -> Option<Place> {
        written.map(|at| at.place)
    }
    let written = [
        ("times", place(raw.times.as_ref())),
        ("add", place(raw.add.as_ref())),
        ("at", place(raw.at.as_ref())),
        ("for", place(raw.length.as_ref())),
        ("until", place(raw.until.as_ref())),
        ("rise", place(raw.rise.as_ref())),
        ("fall", place(raw.fall.as_ref())),
        ("because_of", place(raw.because_of.as_ref())),
        ("lingers", place(raw.lingers.as_ref())),
        ("wave", place(raw.wave.as_ref())),
        ("burst", place(raw.burst.as_ref())),
        ("send", place(raw.send.as_ref())),
        ("replay", place(raw.replay.as_ref())),
        ("columns", place(raw.columns.as_ref())),
        ("speed", place(raw.speed.as_ref())),
        ("scale", place(raw.scale.as_ref())),
        ("instead", place(raw.instead.as_ref())),
    ];
    let kind = Kind::of(raw);
    let idle = |(word, place): (&'static str, Option<Place>)| Some((word, place?));
    let idle: Vec<_> = written.into_iter().filter_map(idle).filter(|(word, _)| !kind.takes().contains(word)).collect();
    for (word, place) in &idle {
        let title = format!("`{word}` does nothing in a surge {}", kind.words());
        let label = format!("`{name}` can have {}", listed(kind.takes().iter().copied()));
        context.error(Diagnostic::at(*place, title).label(label));
    }
    idle.is_empty()
}

/// One surge; `outages` are those of the scenario, as far as they could be resolved.
pub(super) fn surge(
    context: &mut Context<'_>,
    names: &Names,
    desk: &Desk,
    outages: &[Outage],
    name: String,
    raw: &At<raw::Surge>,
) -> Option<Surge> {
    if !check_fields(context, &name, raw) {
        return None;
    }
    let reason = context.find_if(names.reason(), raw.reason.as_ref()).ok()?;
    let mut channels = Vec::new();
    for name in raw.channels.iter().flatten() {
        channels.push(context.find(names.channel(), name)?);
    }
    let written = Written { name, raw, channels, reason };
    match Kind::of(raw) {
        Kind::Clock => by_clock(context, desk, written),
        Kind::Outage => because_of(context, desk, outages, written),
        Kind::Send => sent(context, desk, written),
        Kind::Replay => super::trace::replayed(context, names, desk, written),
    }
}

fn by_clock(context: &mut Context<'_>, desk: &Desk, written: Written<'_>) -> Option<Surge> {
    let Some(effect) = effect(context, desk, &written)? else {
        let title = format!("surge `{}` has no effect", written.name);
        context.error(Diagnostic::at(written.raw.place, title).help("write either `times: 1.8` or `add: 90/h`"));
        return None;
    };
    let raw = written.raw;
    begins(context, &written)?;
    let window = window(context, raw.place, raw.at.as_ref(), raw.length.as_ref(), raw.until.as_ref(), None)?;
    let ramp = |length: Option<&At<raw::Length>>| length.map_or(Span::ZERO, |length| length.value.0);
    let (rise, fall) = (ramp(raw.rise.as_ref()), ramp(raw.fall.as_ref()));
    Some(Surge { name: written.name, effect, window, rise, fall, because_of: None })
}

/// Refuses a surge that does not say when it begins.
fn begins(context: &mut Context<'_>, written: &Written<'_>) -> Option<()> {
    if written.raw.at.is_none() {
        let title = format!("surge `{}` has no beginning", written.name);
        let help = "write `at: \"09:30\"`, or name the outage that causes it: `because_of: llm-down`";
        context.error(Diagnostic::at(written.raw.place, title).help(help));
    }
    written.raw.at.as_ref().map(|_| ())
}

/// What is written as `times` or `add`, if anything is.
fn effect(context: &mut Context<'_>, desk: &Desk, written: &Written<'_>) -> Option<Option<SurgeEffect>> {
    let Written { raw, channels, reason, .. } = written;
    let burst = match &raw.burst {
        Some(burst) => Some(self::burst(context, raw, burst)?),
        None => None,
    };
    Some(match (&raw.times, &raw.add) {
        (Some(times), None) => {
            Some(SurgeEffect::Times { factor: times.value.0, channels: channels.clone(), reason: *reason })
        }
        (None, Some(add)) => {
            let channels = mix_of(context, desk, written, add.place);
            Some(SurgeEffect::Add { per_second: add.value.0, channels, reason: *reason, burst })
        }
        (None, None) => None,
        (Some(_), Some(_)) => {
            let title = format!("surge `{}` has two effects", written.name);
            context.error(Diagnostic::at(raw.place, title).help("write either `times: 1.8` or `add: 90/h`"));
            return None;
        }
    })
}

fn burst(context: &mut Context<'_>, surge: &raw::Surge, raw: &At<raw::Burst>) -> Option<Burst> {
    if surge.add.is_none() {
        let error = Diagnostic::at(raw.place, "nothing starts this burst");
        context.error(error.help("write what starts it as `add: 30/h`; each of these contacts then brings more"));
        return None;
    }
    let raw::Burst { echo, after } = &raw.value;
    if echo.value.0 > MOST_ECHO {
        let title = "contacts that bring as many again never end".to_owned();
        let label = format!("the limit is {:.0}%", MOST_ECHO * 100.0);
        context.error(Diagnostic::at(echo.place, title).label(label));
        return None;
    }
    if after.value.0 == Span::ZERO {
        context.error(Diagnostic::at(after.place, "an echo takes some time").help("write `after: 10m`"));
        return None;
    }
    Some(Burst { echo: echo.value.0, after: after.value.0 })
}

fn because_of(context: &mut Context<'_>, desk: &Desk, outages: &[Outage], written: Written<'_>) -> Option<Surge> {
    let raw = written.raw;
    let cause = raw.because_of.as_ref()?;
    let Some(place) = outages.iter().position(|outage| outage.name == cause.value) else {
        let all = || outages.iter().map(|outage| outage.name.as_str());
        let title = format!("unknown outage `{}`", shown(&cause.value));
        let error =
            Diagnostic::at(cause.place, title).label(format!("this scenario has the outages {}", listed(all())));
        context.error(error.help(did_you_mean(&cause.value, all())));
        return None;
    };
    let effect = effect(context, desk, &written)?;
    let broken = &outages[place];
    if let Some(wave) = raw.wave.as_ref().filter(|_| broken.window.to + broken.recovers_over >= context.clock.end) {
        let warning = Diagnostic::warning(wave.place, format!("the wave of surge `{}` never comes", written.name));
        context.warnings.push(warning.label(format!("`{}` is not over before the end of the day", broken.name)));
    }
    let wave = raw.wave.as_ref().map(|wave| self::wave(context, desk, &written, wave));
    let wave = match wave {
        Some(wave) => Some(wave?),
        None => None,
    };
    if effect.is_none() && wave.is_none() {
        let title = format!("surge `{}` has no effect", written.name);
        let help = "write `times: 1.8`, `add: 90/h` or `wave: {of: 30, within: 15m}`";
        context.error(Diagnostic::at(raw.place, title).help(help));
        return None;
    }
    let only_wave = || SurgeEffect::Add { per_second: 0.0, channels: Vec::new(), reason: None, burst: None };
    let lingers = raw.lingers.as_ref().map_or(Span::ZERO, |length| length.value.0);
    Some(Surge {
        name: written.name,
        effect: effect.unwrap_or_else(only_wave),
        // Set by its outage when all are known.
        window: Window { from: Time::ZERO, to: Time::ZERO },
        rise: Span::ZERO,
        fall: Span::ZERO,
        because_of: Some(BecauseOf { outage: place as u16, lingers, wave }),
    })
}

fn wave(context: &mut Context<'_>, desk: &Desk, written: &Written<'_>, raw: &At<raw::Wave>) -> Option<Wave> {
    let raw::Wave { of, within } = &raw.value;
    if within.value.0 == Span::ZERO {
        context.error(Diagnostic::at(within.place, "a wave takes some time").help("write `within: 15m`"));
        return None;
    }
    let channels = mix_of(context, desk, written, of.place);
    Some(Wave { contacts: of.value.0, from: Time::ZERO, within: within.value.0, channels, reason: written.reason })
}

fn sent(context: &mut Context<'_>, desk: &Desk, written: Written<'_>) -> Option<Surge> {
    let raw = written.raw;
    begins(context, &written)?;
    let send = &raw.send.as_ref()?.value;
    if send.half_within.value.0 == Span::ZERO {
        let error = Diagnostic::at(send.half_within.place, "nobody contacts in no time at all");
        context.error(error.help("write `half_within: 40m`"));
        return None;
    }
    let (half_within, over) = (send.half_within.value.0, send.over.as_ref().map_or(Span::ZERO, |over| over.value.0));
    let from = context.clock.moment(raw.at.as_ref()?).map_err(|error| context.error(*error)).ok()?;
    let channels = mix_of(context, desk, &written, send.to.place);
    let contacts = f64::from(send.to.value) * send.contact_rate.value.0;
    let effect = SurgeEffect::Send { contacts, half_within, over, channels, reason: written.reason };
    let window = Window { from, to: from + over + half_within.times(HALVES) };
    Some(Surge { name: written.name, effect, window, rise: Span::ZERO, fall: Span::ZERO, because_of: None })
}

/// The mix of channels that extra contacts come by; an error at `place` if there is none.
fn mix_of(context: &mut Context<'_>, desk: &Desk, written: &Written<'_>, place: Place) -> Vec<(Id<Channel>, f64)> {
    let mix = mix(desk, &written.channels, written.reason);
    if mix.is_empty() {
        let error = Diagnostic::at(place, "there is no normal mix of channels to follow");
        context.error(error.help("name them: `channels: [phone]`"));
    }
    for name in written.raw.channels.iter().flatten() {
        let comes = |(id, _): &(Id<Channel>, f64)| desk.channels[id.index()].name == name.value;
        if !mix.is_empty() && !mix.iter().any(comes) {
            let title = format!("none of surge `{}` comes by `{}`", written.name, name.value);
            let warning = Diagnostic::warning(name.place, title).label("nobody contacts by it on a normal day");
            context.warnings.push(
                warning.help(
                    "the channels of a surge share it as they share a normal day; give this one a surge of its own",
                ),
            );
        }
    }
    mix
}

/// The normal mix of channels of a reason, narrowed to some channels if any are named: shares by the contacts that the streams
/// bring over the scenario.
fn mix(desk: &Desk, channels: &[Id<Channel>], reason: Option<Id<Reason>>) -> Vec<(Id<Channel>, f64)> {
    let mut volumes = vec![0.0; desk.channels.len()];
    for stream in &desk.streams {
        let share = match (stream.reason, reason) {
            (Some(always), Some(wanted)) => f64::from(u8::from(always == wanted)),
            (None, Some(wanted)) => desk.reasons.get(wanted.index()).map_or(0.0, |reason| reason.share),
            (_, None) => 1.0,
        };
        // The peak stands for the day: it does not depend on where the scenario is cut off.
        let peak = stream.rate.iter().map(|step| step.per_second).fold(0.0, f64::max);
        volumes[stream.channel.index()] += share * peak;
    }
    let wanted = |index: usize| channels.is_empty() || channels.contains(&Id::new(index));
    let mut list: Vec<(Id<Channel>, f64)> = volumes
        .iter()
        .enumerate()
        .filter(|(n, volume)| wanted(*n) && **volume > 0.0)
        .map(|(n, volume)| (Id::new(n), *volume))
        .collect();
    if list.is_empty() {
        list = channels.iter().map(|channel| (*channel, 1.0)).collect();
    }
    let total: f64 = list.iter().map(|(_, volume)| volume).sum();
    list.iter_mut().for_each(|(_, volume)| *volume /= total);
    list
}
