//! A desk file: the support system as it is on a normal day.

use super::{Change, ClockRange, Days, Distribution, Length, Named, Number, OneOrMany, Plan, Rates, Share};
use crate::scenario::tree::At;
use schemars::JsonSchema;
use serde::Deserialize;

/// The support system as it is on a normal day, with its continuity plan.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// Another desk file that this one changes: lists with `name` merge by name, other lists are replaced, `null` removes.
    pub extends: Option<String>,
    /// The desk's name.
    pub desk: At<String>,
    /// A sentence about it.
    pub about: Option<String>,
    /// Outside services the desk stands on; a rehearsal starts one mock for each.
    #[serde(default)]
    pub dependencies: Named<Dependency>,
    /// How customers reach the desk, and over what.
    #[serde(default)]
    pub channels: Named<Channel>,
    /// Why customers contact, and what it takes to answer.
    #[serde(default)]
    pub reasons: Named<Reason>,
    /// How customers behave.
    pub customers: Option<Customers>,
    /// What stands behind the `self_service` of reasons; it never fails if not said.
    pub self_service: Option<At<SelfService>>,
    /// A normal day's arrivals.
    #[serde(default)]
    pub contacts: Vec<Stream>,
    /// Contacts that wait at the start, by channel: yesterday's backlog.
    #[serde(default)]
    pub start_with: Named<At<u32>>,
    /// The bot in front of the people.
    pub bot: Option<Bot>,
    /// The people.
    #[serde(default)]
    pub teams: Named<Team>,
    /// What people can do without a tool they need: slower. A needed tool that is not named here stops them.
    #[serde(default)]
    pub without: Named<Without>,
    /// What things cost; a day has no price if not said.
    pub costs: Option<Costs>,
    /// What the desk does when something goes down.
    pub plan: Option<Plan>,
}

/// An outside service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// What it speaks.
    pub kind: At<Kind>,
    /// Calls it carries at one time (a carrier's lines); unlimited if not said.
    pub lines: Option<At<u32>>,
    /// The host names under which a target knows it, in place of its kind's own: `*` stands for one label or more.
    #[serde(default)]
    pub hosts: Vec<At<String>>,
    /// What an HTTP service answers: a stub file, relative to the file that names it. Only with `kind: http`.
    pub stubs: Option<At<String>>,
    /// The real service behind the proxy: `127.0.0.1:5432`. Only with `kind: tcp`.
    pub upstream: Option<At<String>>,
    /// The upstream may be on a public network.
    pub remote: Option<At<bool>>,
    /// How much the vendor lets this account ask, in place of the vendor's usual limits. A rehearsal answers what is more as the
    /// vendor does (429); a simulation has no such limits.
    pub limits: Option<Limits>,
    /// The dependencies whose platform it shares: an outage of one of them befalls it too.
    #[serde(default)]
    pub stands_on: Vec<At<String>>,
}

/// How much a vendor lets one account ask, in minutes and hours of the scenario. What is not said is as usual.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests in a minute: of each model, of a Zendesk account, of a status page.
    pub requests_per_minute: Option<At<u32>>,
    /// Tokens in a minute, of each model. Only with `kind: openai`.
    pub tokens_per_minute: Option<At<u32>>,
    /// Requests at one time. Only with `kind: twilio`.
    pub concurrent_requests: Option<At<u32>>,
    /// Messages to one channel, or through one incoming webhook, in a minute. Only with `kind: slack`.
    pub messages_per_minute: Option<At<u32>>,
    /// Calls of a method in a minute, by its name: `{conversations.replies: 1}`. Only with `kind: slack`.
    #[serde(default)]
    pub calls_per_minute: Named<At<u32>>,
    /// Events that the app is sent in an hour. Only with `kind: slack`.
    pub events_per_hour: Option<At<u32>>,
}

/// What a dependency speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Slack Web API and events.
    Slack,
    /// Zendesk Support API.
    Zendesk,
    /// An OpenAI-compatible language model.
    Openai,
    /// Twilio voice and messages.
    Twilio,
    /// Atlassian Statuspage.
    Statuspage,
    /// A mail server that the desk sends by.
    Smtp,
    /// Any HTTP service, which answers what its `stubs` say.
    Http,
    /// Any TCP service: a proxy in front of a real one, its `upstream`.
    Tcp,
}

/// How the contacts of a channel live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// A phone call: answered when a person or bot takes it; one at a time for a person.
    Call,
    /// A chat: answered at the first reply; a person may have several.
    Chat,
    /// A ticket: nobody hangs up; answered when the reply is sent.
    Ticket,
}

/// A way customers reach the desk.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// How its contacts live: call, chat or ticket.
    pub style: Style,
    /// The dependencies it runs over, in series: all are needed.
    #[serde(default)]
    pub over: Vec<At<String>>,
    /// When it is open: "08:00-20:00", or a list; always if not said.
    pub open: Option<OneOrMany<ClockRange>>,
    /// On which days it is open; on all if not said.
    pub days: Option<OneOrMany<Days>>,
}

/// Why customers contact.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Its share of contacts; the reasons without one divide the rest equally.
    pub share: Option<At<Share>>,
    /// Share of bot answers that solve it; 0% if not said.
    pub bot_solves: Option<Share>,
    /// How long a person needs.
    pub handle: At<Distribution>,
    /// Share of a person's answers that solve it the first time; 100% if not said.
    pub solved_first_time: Option<Share>,
    /// Share of those who have it and help themselves (an FAQ, an order page) instead of contacting, while what self-service
    /// runs over is up; 0% if not said. `contacts` are then the rates at which customers have a reason to contact.
    pub self_service: Option<At<Share>>,
}

/// What customers can help themselves with before they contact.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelfService {
    /// The dependencies it runs over, in series. Who meets a failure of one contacts the desk.
    #[serde(default)]
    pub over: Vec<At<String>>,
}

/// How customers behave.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customers {
    /// How long they wait before they give up, by channel; for ever where not said.
    #[serde(default)]
    pub patience: Named<At<Distribution>>,
    /// What those do who were turned away or gave up; nothing if not said.
    pub busy_or_gave_up: Option<Retry>,
    /// What those do whose ticket stays unanswered; nothing if not said.
    pub unanswered_ticket: Option<Chase>,
    /// When those come back whom the answer did not help.
    pub unsolved: Option<Unsolved>,
    /// Those whom an outage brings (`because_of`) and who look for a public update first; nobody looks if not said.
    pub informed: Option<Informed>,
    /// How satisfied they are with a contact, in stars from 1 to 5; nobody rates if not said. A model: `at_best`, less a star
    /// for each `wait`, less `repeat` for each attempt before, less `unsolved` or `lost`, and `informed` more or `let_down` less.
    pub satisfaction: Option<Satisfaction>,
    /// Groups of customers; one group if not said.
    #[serde(default)]
    pub segments: Named<Segment>,
}

/// Trying again after a busy tone or after giving up.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Share who try again.
    pub retry: Option<Share>,
    /// How long they wait before that.
    pub after: Option<At<Distribution>>,
    /// Attempts at the most, the first included.
    pub at_most: Option<At<u32>>,
    /// Of those who try again, the share that takes another channel; the rest stay.
    #[serde(default)]
    pub switch: Named<At<Share>>,
}

/// Asking after an unanswered ticket.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chase {
    /// Share who ask.
    pub chase: Share,
    /// How long after the ticket.
    pub after: Option<At<Distribution>>,
    /// On which channel.
    pub by: At<String>,
}

/// Looking for a public update before contacting.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Informed {
    /// Share who look, and stay away while there is an update whose promise is not broken. Who was called in person does too.
    pub look: Share,
    /// How long they stay away where no next update is promised.
    pub wait: Option<At<Length>>,
}

/// What a contact is worth to its customer.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Satisfaction {
    /// Stars, on average, for an answer at once that helps at the first attempt.
    pub at_best: Option<At<Number>>,
    /// So long a wait costs a star, by channel; waiting costs none where not said.
    #[serde(default)]
    pub wait: Named<At<Length>>,
    /// Stars that each attempt before costs.
    pub repeat: Option<At<Number>>,
    /// Stars that an answer costs which does not help.
    pub unsolved: Option<At<Number>>,
    /// Stars that it costs to be turned away, cut off, or to give up.
    pub lost: Option<At<Number>>,
    /// Stars more while a public update, or a call in person, tells of the trouble.
    pub informed: Option<At<Number>>,
    /// Stars less while a promised update is overdue.
    pub let_down: Option<At<Number>>,
    /// How much customers differ: the standard deviation in stars.
    pub spread: Option<At<Number>>,
}

/// Coming back because the answer did not help.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unsolved {
    /// How long after the answer.
    pub after: At<Distribution>,
}

/// Whether a group of customers is served before others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Before all others.
    First,
    /// In turn.
    Normal,
}

/// A group of customers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Its share of customers; the segments without one divide the rest equally.
    pub share: Option<At<Share>>,
    /// Whether it is served before others: first or normal.
    pub priority: Option<Priority>,
}

/// One source of contacts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Its name; its channel's if not said.
    pub name: Option<At<String>>,
    /// The channel they come by.
    pub channel: At<String>,
    /// How many: a rate (`60/h`), or rates by clock time, which repeat every day.
    pub rate: At<Rates>,
    /// On which days; on all if not said.
    pub days: Option<OneOrMany<Days>>,
    /// Always this reason; else the reasons' shares.
    pub reason: Option<At<String>>,
    /// How much the busyness of the whole day varies from day to day.
    pub day_to_day: Option<DayToDay>,
}

/// How much the busyness of the whole day varies: one factor a run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DayToDay {
    /// Coefficient of variation of the factor, from 0 to 2; `0.12` is twelve percent.
    pub cv: At<Number>,
    /// The stream has a factor of its own instead of the desk's.
    pub own: Option<bool>,
}

/// The bot in front of the people.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    /// The language model it uses on a normal day.
    pub uses: At<String>,
    /// The channels it answers.
    pub answers: Vec<At<String>>,
    /// How it calls the model.
    pub calls: Option<Calls>,
    /// How long the model takes to reply.
    pub replies_in: Option<At<Distribution>>,
    /// Contacts it works on at one time.
    pub at_once: Option<At<u32>>,
}

/// How the bot calls its model.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// Requests for one answer.
    pub per_contact: Option<At<u32>>,
    /// How long it waits for a reply.
    pub timeout: Option<Length>,
    /// Further tries after a failed request.
    pub retries: Option<At<u32>>,
    /// The wait before the first retry; it doubles each time.
    pub backoff: Option<Length>,
    /// A circuit breaker: it stops to ask a model that keeps failing; none if not said.
    pub breaker: Option<Breaker>,
}

/// A circuit breaker: after so many failed requests in a row a model is not asked for a while. Then one request goes through
/// as a trial: if it is answered, all go again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    /// Failed requests in a row, retries among them, of whichever contacts.
    pub after: At<u32>,
    /// For how long nobody asks.
    #[serde(rename = "for")]
    pub length: At<Length>,
}

/// A group of people who answer the same channels.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// How many.
    pub people: At<u32>,
    /// The channels they answer, the most urgent first.
    pub answers: Vec<At<String>>,
    /// Chats a person has at one time; calls and tickets count one.
    pub at_once: Option<At<u32>>,
    /// Each contact that a person has in hand already makes the next one so much longer: `20%`; none does if not said.
    pub slower: Option<At<Share>>,
    /// When they work: "08:00-18:00", or a list; always if not said.
    pub shift: Option<OneOrMany<ClockRange>>,
    /// On which days they work; on all if not said.
    pub days: Option<OneOrMany<Days>>,
    /// Their breaks; none if not said.
    pub breaks: Option<Breaks>,
    /// They come only when called.
    pub on_call: Option<bool>,
    /// The tools they cannot work without.
    #[serde(default)]
    pub needs: Vec<At<String>>,
    /// What happens to a contact in hand when the shift ends or a tool fails.
    pub cut: Option<Cut>,
    /// What an hour of one of them costs, in place of the desk's `costs.person_hour`: of a partner desk, for one.
    pub person_hour: Option<At<Number>>,
}

/// What things cost, in plain numbers of one money. With them a day has a price, and so has a plan: that of the day with it
/// minus that of the day without.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// The word for the money: `EUR`.
    pub money: Option<At<String>>,
    /// An hour of a person who should be there, overtime and those called in included.
    pub person_hour: Option<Number>,
    /// An answer out of a language model.
    pub bot_answer: Option<Number>,
    /// A minute of a call: on a line, waiting or being served.
    pub call_minute: Option<Number>,
    /// A contact that was lost, or a customer who never came through.
    pub lost_contact: Option<Number>,
}

/// A break in every stretch of work.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Breaks {
    /// One in so much working time.
    pub each: At<Length>,
    /// How long.
    #[serde(rename = "for")]
    pub length: Length,
}

/// What happens to the contact in hand when capacity drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// The person finishes it first.
    Finish,
    /// It goes back to the head of its queue, with fresh patience.
    Requeue,
    /// It is dropped; the customer may come back.
    Drop,
    /// It stays until the person is back.
    Hold,
}

/// Going on without a tool, but slower.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Without {
    /// By how much handling takes longer: `+50%`.
    pub handle: Option<Change>,
    /// By how much fewer are solved the first time: `-8%`.
    pub solved_first_time: Option<Change>,
}
