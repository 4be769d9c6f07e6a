//! What a seat may ask for, and when. Refused here, a command leaves no trace.

use super::Exercise;
use super::state::{Standing, State};
use super::words::pick;
use crate::drill::view::{ClockState, Command, InjectText, LeverState, Refusal, Seat};
use crate::scenario::model::{Drill, Id, Lever};

/// Letters in one text at most.
const LONGEST: usize = 2_000;
/// Commands in one exercise at most.
const MOST: usize = 20_000;
/// Branches at most, and letters in the name of one.
const BRANCHES: usize = 50;

/// Who asks.
enum Who<'a> {
    Facilitator,
    /// Of a role that is hidden: rates.
    Evaluator(&'a str),
    Player(&'a str),
}

fn refuse(code: &'static str, says: &str) -> Result<(), Refusal> {
    Err(Refusal { code, says: says.to_owned() })
}

/// Whether a command may be done now.
pub(super) fn check(exercise: &Exercise, seat: &Seat, command: &Command) -> Result<(), Refusal> {
    let drill = &exercise.set().drill;
    let who = match seat {
        Seat::Facilitator => Who::Facilitator,
        Seat::Participant { role, .. } => match drill.roles.iter().find(|one| one.name == *role) {
            Some(one) if one.hidden => Who::Evaluator(role),
            Some(_) => Who::Player(role),
            None => return not_yours(drill),
        },
        Seat::Observer | Seat::Projector => return not_yours(drill),
    };
    if exercise.commands() >= MOST {
        return refuse("too_long", pick(drill, "this exercise has no room for more", "cet exercice est plein"));
    }
    lengths(drill, command)?;
    if !allowed(&who, command) {
        return not_yours(drill);
    }
    in_time(exercise, command)?;
    let state = exercise.state();
    match command {
        Command::Pace { pace } if !(1.0..=600.0).contains(pace) => {
            refuse("bad_value", pick(drill, "a pace is from 1 to 600", "un rythme va de 1 à 600"))
        }
        Command::Rewind { to } | Command::Branch { from: to, .. } if !(0.0..=state.now.secs_f64()).contains(to) => {
            refuse("bad_value", pick(drill, "that moment was not played yet", "ce moment n’a pas encore été joué"))
        }
        Command::Branch { name, .. } => branch(exercise, name),
        Command::Switch { branch } if !exercise.has_branch(branch) => unknown(drill),
        Command::Lever { lever, text } => pull(state, &who, lever, text.as_deref()),
        Command::Rule { decision, lever } => rule(state, *decision, lever.as_deref()),
        Command::Fire { inject } | Command::Skip { inject } | Command::Edit { inject, .. } => waits(state, inject),
        Command::Postpone { inject, by } => {
            let sound = by.is_finite() && (0.0..=86_400.0 * 60.0).contains(by);
            if sound { waits(state, inject) } else { bad_value(drill) }
        }
        Command::Inject { at: Some(at), .. } if !at.is_finite() || *at < 0.0 || *at > state.end().secs_f64() => {
            bad_value(drill)
        }
        Command::Rate { expect, .. } if !drill.expect.iter().any(|one| one.id == *expect) => unknown(drill),
        Command::HotWash { question, .. } if *question >= drill.questions.len() => unknown(drill),
        Command::Improve { line: Some(line), .. } if *line >= exercise.improvements().len() => unknown(drill),
        _ => Ok(()),
    }
}

fn not_yours(drill: &Drill) -> Result<(), Refusal> {
    refuse("not_yours", pick(drill, "this is not for your seat", "ce n’est pas à votre place"))
}

fn unknown(drill: &Drill) -> Result<(), Refusal> {
    refuse("unknown", pick(drill, "there is no such thing", "cela n’existe pas"))
}

fn bad_value(drill: &Drill) -> Result<(), Refusal> {
    refuse("bad_value", pick(drill, "this value makes no sense", "cette valeur n’a pas de sens"))
}

fn allowed(who: &Who<'_>, command: &Command) -> bool {
    matches!(
        (who, command),
        (Who::Facilitator, _)
            | (_, Command::Lever { .. } | Command::Say { .. } | Command::HotWash { .. })
            | (Who::Evaluator(_), Command::Rate { .. } | Command::Improve { .. })
    )
}

/// Whether the clock lets it.
fn in_time(exercise: &Exercise, command: &Command) -> Result<(), Refusal> {
    use ClockState::{Ended, Held, Paused, Running, Waiting};
    let state = exercise.clock_state();
    let fits = match command {
        Command::Start => state == Waiting,
        Command::Pause => state == Running,
        Command::Resume => matches!(state, Paused | Held),
        Command::Step => state != Ended,
        Command::Rewind { .. } | Command::Branch { .. } | Command::Switch { .. } => state != Waiting,
        Command::Lever { .. } | Command::Say { .. } => matches!(state, Running | Paused | Held),
        Command::Rule { .. } | Command::Fire { .. } | Command::Inject { at: None, .. } | Command::Announce { .. } => {
            matches!(state, Running | Paused | Held)
        }
        Command::Skip { .. } | Command::Postpone { .. } | Command::Edit { .. } | Command::Inject { .. } => {
            state != Ended
        }
        Command::End => !matches!(state, Waiting | Ended),
        Command::Pace { .. } | Command::Rate { .. } | Command::HotWash { .. } | Command::Improve { .. } => true,
    };
    if fits {
        return Ok(());
    }
    let drill = &exercise.set().drill;
    let says = match state {
        Waiting => pick(drill, "the exercise has not begun", "l’exercice n’a pas commencé"),
        Ended => pick(drill, "the exercise is over", "l’exercice est terminé"),
        Running => pick(drill, "the clock runs already", "l’horloge tourne déjà"),
        Paused | Held => pick(drill, "the clock stands still already", "l’horloge est déjà arrêtée"),
    };
    refuse("not_running", says)
}

/// Whether every text is short enough, and says something where it must.
fn lengths(drill: &Drill, command: &Command) -> Result<(), Refusal> {
    let of_inject = |text: &InjectText| -> Result<(), Refusal> {
        long(drill, &text.say)?;
        long(drill, &text.from)?;
        if text.say.trim().is_empty() {
            return wants_text(drill);
        }
        let known = text.to.iter().all(|role| drill.roles.iter().any(|one| one.name == *role));
        let via = ["chat", "mail", "phone", "news"].contains(&text.via.as_str());
        if known && via { Ok(()) } else { unknown(drill) }
    };
    match command {
        Command::Say { text, why } => {
            long(drill, text)?;
            long(drill, why.as_deref().unwrap_or_default())?;
            if text.trim().is_empty() { wants_text(drill) } else { Ok(()) }
        }
        Command::Announce { text } | Command::HotWash { text, .. } => {
            long(drill, text)?;
            if text.trim().is_empty() { wants_text(drill) } else { Ok(()) }
        }
        Command::Lever { text: Some(text), .. } | Command::Rate { note: text, .. } => long(drill, text),
        Command::Edit { text, .. } | Command::Inject { text, .. } => of_inject(text),
        Command::Improve { text, .. } => {
            [&text.what, &text.owner, &text.by].into_iter().try_for_each(|text| long(drill, text))?;
            if text.what.trim().is_empty() { wants_text(drill) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

fn long(drill: &Drill, text: &str) -> Result<(), Refusal> {
    if text.chars().nth(LONGEST).is_none() {
        return Ok(());
    }
    refuse("too_long", pick(drill, "a text has at most 2,000 letters", "un texte a au plus 2 000 lettres"))
}

fn wants_text(drill: &Drill) -> Result<(), Refusal> {
    refuse("wants_text", pick(drill, "this needs words", "il faut des mots"))
}

fn branch(exercise: &Exercise, name: &str) -> Result<(), Refusal> {
    let drill = &exercise.set().drill;
    if name.trim().is_empty() || name.chars().count() > 64 {
        return bad_value(drill);
    }
    if exercise.has_branch(name) {
        return refuse("used", pick(drill, "there is a branch of that name", "une branche porte déjà ce nom"));
    }
    if exercise.branches() >= BRANCHES {
        return refuse("too_long", pick(drill, "there are too many branches", "il y a trop de branches"));
    }
    Ok(())
}

fn waits(state: &State, inject: &str) -> Result<(), Refusal> {
    let drill = &state.set.drill;
    let there = state.pieces.iter().any(|piece| piece.name == inject);
    match (there, state.pieces.iter().any(|piece| piece.name == inject && piece.state == Standing::Waiting)) {
        (_, true) => Ok(()),
        (true, false) => refuse("used", pick(drill, "it is not to come any more", "il n’est plus à venir")),
        (false, false) => unknown(drill),
    }
}

fn rule(state: &State, decision: u64, lever: Option<&str>) -> Result<(), Refusal> {
    let drill = &state.set.drill;
    let Some(made) = state.made.iter().find(|made| made.number == decision) else { return unknown(drill) };
    if made.pull.is_some() || made.noted {
        return refuse("used", pick(drill, "it was ruled already", "c’est déjà tranché"));
    }
    match lever.map(|lever| state.lever(lever)) {
        None => Ok(()),
        Some(None) => unknown(drill),
        Some(Some(lever)) => ready(state, lever),
    }
}

fn pull(state: &State, who: &Who<'_>, lever: &str, text: Option<&str>) -> Result<(), Refusal> {
    let drill = &state.set.drill;
    let Some(id) = state.lever(lever) else { return unknown(drill) };
    let known = &drill.levers[id.index()];
    let mine = match (who, known.role) {
        (Who::Facilitator, _) => true,
        (Who::Player(_), None) => true,
        (Who::Evaluator(_), None) => false,
        (Who::Player(role) | Who::Evaluator(role), Some(of)) => drill.roles[of.index()].name == *role,
    };
    if !mine {
        return not_yours(drill);
    }
    if known.wants_text && text.is_none_or(|text| text.trim().is_empty()) {
        return wants_text(drill);
    }
    ready(state, id)
}

fn ready(state: &State, lever: Id<Lever>) -> Result<(), Refusal> {
    let drill = &state.set.drill;
    match lever_state(state, lever) {
        LeverState::Ready => Ok(()),
        LeverState::Used => refuse("used", pick(drill, "that can be done once", "cela ne se fait qu’une fois")),
        LeverState::Coming { .. } | LeverState::Cooling { .. } => {
            refuse("cooling", pick(drill, "not again yet", "pas encore de nouveau"))
        }
    }
}

/// What can be done with a lever now.
pub(super) fn lever_state(state: &State, id: Id<Lever>) -> LeverState {
    let lever = &state.set.drill.levers[id.index()];
    let Some((at, pull)) = state.pulls_of(id).next_back() else { return LeverState::Ready };
    let again = at + lever.cool_down;
    match () {
        () if state.now < pull.works_at => LeverState::Coming { at: pull.works_at.secs_f64() },
        () if lever.once => LeverState::Used,
        () if state.now < again => LeverState::Cooling { until: again.secs_f64() },
        () => LeverState::Ready,
    }
}
