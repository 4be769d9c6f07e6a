//! Every default of the language, in one room, each with where it comes from and how far it can be trusted.
//! `holdline defaults --explain` prints [`TABLE`]. What is of low confidence is an axis to sweep, not a constant to believe.

use super::model::Distribution;
use crate::time::Span;

/// How far a default can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// A choice of the language: it says what happens when nothing is said, and claims nothing about the world.
    Choice,
    /// Measured and published, or a convention that everybody follows.
    High,
    /// Published, but sources disagree or are old.
    Medium,
    /// An opinion, an anecdote, or our guess.
    Low,
}

impl Confidence {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Choice => "choice",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// One default.
#[derive(Clone, Copy, Debug)]
pub struct Default {
    /// Where it stands in the language; `*` is any name.
    pub path: &'static str,
    /// The value, as it would be written; in parentheses, what cannot be written but is so.
    pub value: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// How far it can be trusted.
    pub confidence: Confidence,
}

/// Midnight of a Monday, so that a clock time in a scenario that names no start is that time of the first day.
pub const START: &str = "2026-01-05 00:00 UTC";
/// The first part of the length that is not measured.
pub const WARM_UP: Span = Span::ZERO;
/// How long the desk runs on after the end.
pub const DRAIN: Span = Span::from_secs(3_600);
/// Share of a bot's answers that solve.
pub const BOT_SOLVES: f64 = 0.0;
/// How much longer a contact takes for each other one in hand.
pub const SLOWER: f64 = 0.0;
/// Share of those with a reason who help themselves.
pub const SELF_SERVICE: f64 = 0.0;
/// Share of a person's answers that solve the first time.
pub const SOLVED_FIRST_TIME: f64 = 1.0;
/// When those come back whom the answer did not help (mean of an exponential).
pub const UNSOLVED_AFTER: Span = Span::from_secs(86_400);
/// Share who try again after a busy tone or after giving up, once `busy_or_gave_up` is written.
pub const RETRY: f64 = 0.5;
/// When they try again (mean of an exponential).
pub const RETRY_AFTER: Span = Span::from_secs(300);
/// How late a webhook comes that is delayed or overtaken.
pub const WEBHOOK_LATE: Span = Span::from_secs(1);
/// Attempts at the most, the first included.
pub const RETRY_AT_MOST: u32 = 4;
/// When a customer asks after an unanswered ticket.
pub const CHASE_AFTER: Span = Span::from_secs(8 * 3_600);
/// How long one who was told stays away where no next update is promised.
pub const INFORMED_WAIT: Span = Span::from_secs(1_800);
/// Stars, on average, for an answer at once that helps at the first attempt.
pub const STARS_AT_BEST: f64 = 4.6;
/// Stars that an attempt before costs.
pub const STARS_REPEAT: f64 = 0.7;
/// Stars that an answer costs which does not help.
pub const STARS_UNSOLVED: f64 = 1.5;
/// Stars that it costs never to be answered.
pub const STARS_LOST: f64 = 2.5;
/// Stars more for being told.
pub const STARS_INFORMED: f64 = 0.4;
/// Stars less for a promise that was broken.
pub const STARS_LET_DOWN: f64 = 0.7;
/// How much customers differ.
pub const STARS_SPREAD: f64 = 0.8;
/// Requests to the model for one answer.
pub const BOT_CALLS: u32 = 1;
/// How long a bot waits for its model.
pub const BOT_TIMEOUT: Span = Span::from_secs(30);
/// Further tries.
pub const BOT_RETRIES: u32 = 2;
/// The wait before the first retry.
pub const BOT_BACKOFF: Span = Span::from_secs(1);
/// Contacts a bot works on at one time.
pub const BOT_AT_ONCE: u32 = 1_000;
/// Mean of a model's reply time.
pub const BOT_REPLY_MEAN: Span = Span::from_secs(3);
/// Coefficient of variation of a model's reply time.
pub const BOT_REPLY_CV: f64 = 0.6;
/// Contacts a person has at one time.
pub const AT_ONCE: u32 = 1;
/// How often a desk asks after a dependency, once it is named in `notice`.
pub const PROBE: Span = Span::from_secs(30);
/// Failed answers in a row that mean down.
pub const FAILURES: u32 = 3;
/// How long until called people work.
pub const READY_IN: Span = Span::from_secs(45 * 60);
/// Share who accept a call-back.
pub const CALLBACK_ACCEPTED: f64 = 0.45;
/// Share of contacts that a prepared answer solves.
pub const FAQ_SOLVES: f64 = 0.2;
/// How long people stay on.
pub const OVERTIME: Span = Span::from_secs(2 * 3_600);
/// Share of people who stay on when they are asked.
pub const OVERTIME_ACCEPTED: f64 = 0.5;
/// Share who go where the message of a closed channel points.
pub const CLOSED_ACCEPTED: f64 = 0.3;
/// What customers of a closed channel are told.
pub const CLOSED_SAY: &str = "We cannot be reached here at the moment.";
/// Waiting from which a contact was let down.
pub const LATE: Span = Span::from_secs(600);
/// The word for money.
pub const MONEY: &str = "money";
/// The first public update.
pub const FIRST_UPDATE: Span = Span::from_secs(600);
/// Then as often as this.
pub const UPDATE_EVERY: Span = Span::from_secs(1_800);
/// The all-clear.
pub const BACK_AFTER: Span = Span::from_secs(300);
/// T of a service level.
pub const WITHIN: Span = Span::from_secs(20);
/// A short abandon.
pub const SHORT_ABANDONS: Span = Span::from_secs(5);
/// The least share of the baseline's served that counts as recovered.
pub const MINIMUM: f64 = 0.4;
/// For how long it must hold.
pub const HELD_FOR: Span = Span::from_secs(300);
/// The window of a live share.
pub const LIVE_OVER: Span = Span::from_secs(900);
/// How long the last phase of a recorded incident goes on whose end nobody knows.
pub const OPEN_END: Span = Span::from_secs(7_200);
/// Exercise seconds in a second of the wall, as a drill begins.
pub const DRILL_PACE: f64 = 20.0;
/// How long to wait for a target to get ready.
pub const READY_WITHIN: Span = Span::from_secs(30);

/// The questions of the hot wash when the drill asks none: those of HSEEP.
pub fn questions(language: super::model::Language) -> Vec<String> {
    let questions = match language {
        super::model::Language::En => ["What went well?", "What did not go well?", "What will we do about it?"],
        super::model::Language::Fr => {
            ["Qu’est-ce qui a bien marché ?", "Qu’est-ce qui n’a pas marché ?", "Qu’allons-nous faire ?"]
        }
    };
    questions.map(str::to_owned).to_vec()
}

/// The reply time of a model when the desk does not say it.
pub fn bot_replies_in() -> Distribution {
    super::resolve::lognormal_of_mean_cv(BOT_REPLY_MEAN.secs_f64(), BOT_REPLY_CV)
}

const fn row(path: &'static str, value: &'static str, source: &'static str, confidence: Confidence) -> Default {
    Default { path, value, source, confidence }
}

use Confidence::{Choice, High, Low, Medium};

/// All defaults, in the order of the language. A test holds the values against the constants.
pub const TABLE: &[Default] = &[
    row("start", START, "a Monday at midnight, so that a clock time is that time of the first day", Choice),
    row("warm_up", "0s", "everything is measured unless said otherwise", Choice),
    row("drain", "1h", "long enough for most open contacts to end", Choice),
    row("surges.*.rise", "0s", "at once", Choice),
    row("surges.*.fall", "0s", "at once", Choice),
    row("surges.*.lingers", "0s", "it dies away as the outage does", Choice),
    row("surges.*.send.over", "0s", "at once", Choice),
    row("surges.*.speed", "1", "as it was recorded", Choice),
    row("surges.*.scale", "1", "as many as were recorded", Choice),
    row("surges.*.instead", "false", "a trace comes on top of the rates", Choice),
    row("outages.*.fails.share", "100%", "an outage is whole unless said otherwise", Choice),
    row(
        "outages.*.fails.with",
        "(the vendor's usual failure)",
        "what a service of this kind usually answers when it is down",
        Medium,
    ),
    row("outages.*.fails.hits", "requests", "each request by itself", Choice),
    row("outages.*.rises_over", "0s", "at once", Choice),
    row("outages.*.recovers_over", "0s", "at once; real recoveries take longer (incidents.yaml)", Choice),
    row("outages.*.drops_calls", "false", "calls in progress go on", Choice),
    row("outages.*.compress", "1", "a recorded incident goes by as it did", Choice),
    row("incidents.*.phases.*.until", "2h", "ours: an end that nobody published, from the phase's start on", Low),
    row("absences.*.at", "start", "missing all day", Choice),
    row("absences.*.until", "(the end of the drain)", "missing to the very end", Choice),
    row(
        "absences.*.kind",
        "absent",
        "a word for reports; `ill`, `late`, `left early`, `site closed` where it is that",
        Choice,
    ),
    row("absences.*.chance", "100%", "it comes to pass every day", Choice),
    row("absences.*.closed.from_home", "0%", "nobody can work from home", Choice),
    row("absences.*.cut", "finish", "people finish the contact in hand", Choice),
    row("expect.*.at", "mean", "the mean of a duration", Choice),
    row("expect.*.within", "20s", "80 % in 20 s is the usual service level (several benchmark pages)", High),
    row(
        "expect.*.count",
        "without-short-abandons",
        "measures.md: the abandoned stay in the denominator, short ones do not",
        Choice,
    ),
    row("expect.*.short_abandons", "5s", "measures.md: the short-abandon rule", Choice),
    row("expect.*.minimum", "40%", "measures.md: what counts as recovered (MBCO)", Low),
    row("expect.*.held_for", "5m", "five windows of a minute", Low),
    row("expect.*.otherwise", "fail", "a missed expectation breaks the run", Choice),
    row("stop_if.*.for", "0s", "at once", Choice),
    row("stop_if.*.over", "15m", "semantics.md: the window of a live share", Choice),
    row("dependencies.*.lines", "(unlimited)", "a carrier without a number of lines carries everything", Choice),
    row("channels.*.over", "(nothing)", "a channel that stands on nothing cannot break", Choice),
    row("channels.*.open", "(always)", "open all day and every day", Choice),
    row(
        "reasons.*.share",
        "(an equal part of the rest)",
        "reasons without a share divide what the others leave",
        Choice,
    ),
    row(
        "reasons.*.bot_solves",
        "0%",
        "a bot solves nothing unless said: containment is 20-60 % by intent [remembered]",
        Choice,
    ),
    row("reasons.*.self_service", "0%", "everybody who has a reason contacts", Choice),
    row(
        "reasons.*.solved_first_time",
        "100%",
        "no repeats unless said; real desks: 70 %, good 70-79, by sector 61-78 (SQM)",
        Choice,
    ),
    row(
        "customers.patience.*",
        "(for ever)",
        "nobody gives up unless said; real callers: mean 2-6 min, shape 0.7-1 (Brown et al. 2005)",
        Choice,
    ),
    row("customers.busy_or_gave_up", "(nobody)", "no retries unless said", Choice),
    row("customers.busy_or_gave_up.retry", "50%", "33 % quoted with a warning (responsedesign); range 20-80 %", Low),
    row("customers.busy_or_gave_up.after", "{exponential: 5m}", "ours; range 1-15 min", Low),
    row("customers.busy_or_gave_up.at_most", "4", "ours", Low),
    row("customers.unanswered_ticket", "(nobody)", "nobody chases a ticket unless said", Choice),
    row("customers.unanswered_ticket.after", "8h", "ours: a working day", Low),
    row("customers.unsolved.after", "{exponential: 1d}", "Ding et al. have the structure; the delay is ours", Low),
    row("customers.informed", "(nobody)", "nobody looks for an update first unless said", Choice),
    row("customers.informed.wait", "30m", "ours: as often as status pages are updated", Low),
    row("customers.satisfaction", "(nobody)", "nobody rates unless said", Choice),
    row("customers.satisfaction.at_best", "4.6", "ours: with the spread, 91 % give 4 or 5", Low),
    row("customers.satisfaction.wait.*", "(for ever)", "waiting costs nothing unless said", Choice),
    row("customers.satisfaction.repeat", "0.7", "ours; repeat calls cost about 15 % of satisfaction each (SQM)", Low),
    row("customers.satisfaction.unsolved", "1.5", "ours", Low),
    row("customers.satisfaction.lost", "2.5", "ours", Low),
    row("customers.satisfaction.informed", "0.4", "ours", Low),
    row("customers.satisfaction.let_down", "0.7", "ours", Low),
    row("customers.satisfaction.spread", "0.8", "ours", Low),
    row("customers.segments", "(one segment, `all`)", "customers are alike", Choice),
    row("customers.segments.*.priority", "normal", "in turn", Choice),
    row(
        "contacts.*.day_to_day.cv",
        "0",
        "every day alike; real days: 0.1-0.2 (Avramidis et al. for the structure)",
        Choice,
    ),
    row("contacts.*.day_to_day.own", "false", "one factor for the whole desk", Choice),
    row("bot", "(none)", "people only", Choice),
    row("bot.calls.per_contact", "1", "one request for one answer", Choice),
    row("bot.calls.timeout", "30s", "a usual setting; official SDKs wait up to 600 s", Low),
    row("bot.calls.retries", "2", "what official SDKs do", High),
    row("bot.calls.backoff", "1s", "between the 0.5 s of SDKs and what guides advise", Low),
    row("bot.calls.breaker", "(none)", "it asks a model that fails as often as one that does not", Choice),
    row("bot.replies_in", "{lognormal: {mean: 3s, cv: 0.6}}", "ours", Low),
    row("bot.at_once", "1000", "more than any desk asks for", Choice),
    row("teams.*.at_once", "1", "one contact at a time; chats: 2-4 a person, falling off above 5", Choice),
    row("teams.*.shift", "(always)", "on shift all day and every day", Choice),
    row("teams.*.breaks", "(none)", "no breaks unless said; real shrinkage is about 30 %", Choice),
    row("teams.*.on_call", "false", "on shift", Choice),
    row("teams.*.needs", "(nothing)", "people work without tools", Choice),
    row("teams.*.cut", "finish", "people finish the contact in hand", Choice),
    row("without.*.handle", "+0%", "no slower", Choice),
    row("without.*.solved_first_time", "-0%", "no worse", Choice),
    row("costs", "(none)", "a day has no price unless the desk states what things cost", Choice),
    row("costs.money", MONEY, "any word will do", Choice),
    row("costs.person_hour", "0", "nothing unless said", Choice),
    row("costs.bot_answer", "0", "nothing unless said", Choice),
    row("costs.call_minute", "0", "nothing unless said", Choice),
    row("costs.lost_contact", "0", "nothing unless said", Choice),
    row("teams.*.slower", "0%", "several chats at once cost no time unless said", Choice),
    row("teams.*.person_hour", "(that of `costs`)", "people cost alike", Choice),
    row("plan", "(none)", "nobody does anything about an outage", Choice),
    row("plan.notice.*.probe", "30s", "a usual monitoring interval", Medium),
    row("plan.notice.*.failures", "3", "a usual monitoring setting", Medium),
    row("plan.rules.*.after", "0s", "at once", Choice),
    row("plan.rules.*.until", "(the end of `when`)", "undone when the condition no longer holds", Choice),
    row("plan.rules.*.at_most", "(no limit)", "it acts as often as its condition comes", Choice),
    row("plan.rules.*.cool_down", "0s", "at once", Choice),
    row("plan.rules.*.do.*.close.say", CLOSED_SAY, "ours", Choice),
    row(
        "plan.rules.*.do.*.close.accepted",
        "30%",
        "ours; vendors tell of large shifts (one anecdote: chat +280 %)",
        Low,
    ),
    row("plan.rules.*.do.*.overtime.for", "2h", "ours", Low),
    row("plan.rules.*.do.*.overtime.accepted", "50%", "ours", Low),
    row("plan.rules.*.do.*.compensate.late", "10m", "ours", Low),
    row("plan.rules.*.do.*.call_in.ready_in", "45m", "ours", Low),
    row("plan.rules.*.do.*.offer_callback.accepted", "45%", "take-up 30-60 % [remembered]", Low),
    row("plan.rules.*.do.*.bot.solves", "20%", "the low end of bot containment [remembered]", Low),
    row("plan.updates.first_within", "10m", "incident norm: first in 5-10 min", Medium),
    row("plan.updates.every", "30m", "incident norm: then every 30 min", Medium),
    row("plan.updates.say_when_back.after_fix", "5m", "ours", Low),
    row("plan.rules.*.auto", "false", "in a drill people decide, not the written plan", Choice),
    row("drill.language", "en", "English", Choice),
    row("drill.pace", "20", "a day of eight hours in 24 minutes", Choice),
    row("drill.hold_at", "(never)", "the clock stops for nobody", Choice),
    row("drill.fog.vendor_status", "0s", "vendors tell at once; real ones: median 42 min", Choice),
    row("drill.fog.dashboards", "0s", "dashboards are of now", Choice),
    row("drill.roles.*.at_least", "0", "a role may stay empty", Choice),
    row("drill.roles.*.hidden", "false", "offered to those who join", Choice),
    row("drill.levers.*.role", "(every role)", "whoever plays", Choice),
    row("drill.levers.*.delay", "0s", "it works at once", Choice),
    row("drill.levers.*.once", "false", "it can be pulled again", Choice),
    row("drill.levers.*.cool_down", "0s", "at once", Choice),
    row("drill.levers.*.cost", "0", "nothing unless said", Choice),
    row("drill.levers.*.chance", "100%", "it works", Choice),
    row("drill.injects.*.to", "(everybody)", "who takes part", Choice),
    row("drill.injects.*.via", "chat", "the usual way", Choice),
    row("drill.expect.*.by", "(the end)", "at all", Choice),
    row("drill.questions", "(the three usual ones)", "HSEEP: what went well, what did not, what is to be done", Choice),
    row("target.ready.within", "30s", "ours", Choice),
    row("target.pace_safe", "false", "other people's programs have timers that do not scale", Choice),
];

/// The failure that an outage of a service of this kind shows when the scenario names none: what such a service usually
/// answers when it is down, else silence.
pub fn outage_mode(kind: super::model::DependencyKind, catalogue: &super::catalogue::Catalogue) -> String {
    use super::model::DependencyKind as Kind;
    let usual: &[&str] = match kind {
        Kind::Openai => &["openai.overloaded", "openai.server_error"],
        Kind::Slack => &["slack.html_5xx", "slack.service_unavailable", "slack.internal_error"],
        Kind::Zendesk => &["zendesk.maintenance", "zendesk.gateway"],
        Kind::Twilio => &["twilio.internal_error_20500", "twilio.internal_error"],
        Kind::Statuspage => &["statuspage.down"],
        Kind::Smtp => &["smtp.unavailable_421"],
        Kind::Http => &["http.unavailable"],
        Kind::Tcp => &["tcp.down"],
    };
    let known = usual.iter().find(|name| catalogue.get(name).is_some());
    known.map_or_else(|| "hang".to_owned(), |name| (*name).to_owned())
}

/// The table for people: one default a line, with its source and confidence.
pub fn explain() -> String {
    let width = TABLE.iter().map(|row| row.path.len()).max().unwrap_or(0);
    let wide = TABLE.iter().map(|row| row.value.chars().count()).max().unwrap_or(0);
    let lines = TABLE
        .iter()
        .map(|row| format!("{:width$}  {:wide$}  {:6}  {}\n", row.path, row.value, row.confidence.word(), row.source));
    lines.collect()
}

/// The same without sources: one default a line.
pub fn list() -> String {
    let width = TABLE.iter().map(|row| row.path.len()).max().unwrap_or(0);
    TABLE.iter().map(|row| format!("{:width$}  {}\n", row.path, row.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units;

    fn value(path: &str) -> &'static str {
        TABLE.iter().find(|row| row.path == path).map_or("", |row| row.value)
    }

    #[test]
    fn the_table_says_what_the_constants_are() {
        for (path, span) in [
            ("warm_up", WARM_UP),
            ("drain", DRAIN),
            ("expect.*.within", WITHIN),
            ("expect.*.short_abandons", SHORT_ABANDONS),
            ("expect.*.held_for", HELD_FOR),
            ("stop_if.*.over", LIVE_OVER),
            ("customers.unanswered_ticket.after", CHASE_AFTER),
            ("customers.informed.wait", INFORMED_WAIT),
            ("bot.calls.timeout", BOT_TIMEOUT),
            ("bot.calls.backoff", BOT_BACKOFF),
            ("plan.notice.*.probe", PROBE),
            ("plan.rules.*.do.*.call_in.ready_in", READY_IN),
            ("plan.rules.*.do.*.overtime.for", OVERTIME),
            ("plan.rules.*.do.*.compensate.late", LATE),
            ("plan.updates.first_within", FIRST_UPDATE),
            ("plan.updates.every", UPDATE_EVERY),
            ("plan.updates.say_when_back.after_fix", BACK_AFTER),
            ("target.ready.within", READY_WITHIN),
            ("incidents.*.phases.*.until", OPEN_END),
        ] {
            assert_eq!(units::duration(value(path)), Ok(span), "{path}");
        }
        for (path, share) in [
            ("expect.*.minimum", MINIMUM),
            ("reasons.*.bot_solves", BOT_SOLVES),
            ("reasons.*.solved_first_time", SOLVED_FIRST_TIME),
            ("customers.busy_or_gave_up.retry", RETRY),
            ("plan.rules.*.do.*.offer_callback.accepted", CALLBACK_ACCEPTED),
            ("plan.rules.*.do.*.bot.solves", FAQ_SOLVES),
            ("plan.rules.*.do.*.overtime.accepted", OVERTIME_ACCEPTED),
            ("plan.rules.*.do.*.close.accepted", CLOSED_ACCEPTED),
        ] {
            assert_eq!(units::share(value(path)), Ok(share), "{path}");
        }
        for (path, number) in [
            ("customers.busy_or_gave_up.at_most", RETRY_AT_MOST),
            ("bot.calls.per_contact", BOT_CALLS),
            ("bot.calls.retries", BOT_RETRIES),
            ("bot.at_once", BOT_AT_ONCE),
            ("teams.*.at_once", AT_ONCE),
            ("plan.notice.*.failures", FAILURES),
        ] {
            assert_eq!(value(path).parse(), Ok(number), "{path}");
        }
        assert_eq!(value("customers.busy_or_gave_up.after"), format!("{{exponential: {RETRY_AFTER}}}"));
        assert_eq!(value("customers.unsolved.after"), format!("{{exponential: {UNSOLVED_AFTER}}}"));
        assert_eq!(value("start"), START);
    }

    #[test]
    fn every_default_is_said_once_and_has_a_source() {
        let mut paths: Vec<&str> = TABLE.iter().map(|row| row.path).collect();
        assert!(TABLE.iter().all(|row| !row.source.is_empty() && !row.value.is_empty()));
        paths.sort_unstable();
        assert!(paths.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(explain().lines().count() == TABLE.len());
    }
}
