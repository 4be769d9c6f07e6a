//! What the core decides, turned into deeds; and how calls and tickets go on and end.

use super::brain::Brain;
use super::contacts::{Contact, Place};
use super::outward::{Deed, ESCALATIONS};
use super::phone::{self, Offer};
use super::tickets::Turn;
use super::twiml::Verb;
use crate::desk::Heard;
use crate::scenario::model::{Channel, Dependency, Id, Style};
use crate::seam::{ContactId, CustomerAct, DeskAct, Source};
use crate::time::{Span, Time};
use crate::workload::identity::personal_line;
use tokio::sync::oneshot;

/// On-call teams have this number and those above it, one a team.
const ON_CALL: u64 = 15_005_550_100;

impl Brain {
    /// Does what the core decided.
    pub(super) fn act(&mut self, act: DeskAct, deeds: &mut Vec<Deed>) {
        match act {
            DeskAct::Answer { contact, source, .. } => self.answer(contact, source, deeds),
            DeskAct::Placeholder { .. } => {}
            DeskAct::Apologise { contact } => self.apologise(contact, deeds),
            DeskAct::Queue { contact } => self.queue(contact, deeds),
            DeskAct::HangUp { contact } => {
                if let Some(Contact { place: Place::Call(sid), .. }) = self.contacts.get(contact) {
                    self.calls.tell(sid, [Verb::Hangup], true);
                }
            }
            DeskAct::OfferCallback { contact, .. } => self.offer(contact, Offer::Callback, deeds),
            DeskAct::Announce { contact, to, .. } => self.offer(contact, Offer::Move(to), deeds),
            DeskAct::Page { team, .. } => {
                let name = &self.settings.desk.teams[team.index()].name;
                let words = format!("Page: team {name} please come in");
                deeds.push(Deed::Text { to: format!("+{}", ON_CALL + team.index() as u64), words });
            }
            DeskAct::Carry { channel, over } => self.carry(channel, over, deeds),
            DeskAct::PostUpdate { all_clear, next_by, .. } => {
                deeds.push(Deed::Update { all_clear, words: self.update(all_clear, next_by) });
            }
            DeskAct::CallPersonally { segment } => {
                let to = personal_line(segment.index());
                deeds.push(Deed::CallUp { to, path: format!("/voice/personal?segment={}", segment.index()) });
            }
            // What is between the desk and its own people has no way over the wire; a rehearsal says so before it begins.
            DeskAct::Close { .. }
            | DeskAct::Reopen { .. }
            | DeskAct::KeepOn { .. }
            | DeskAct::LetGo { .. }
            | DeskAct::Move { .. }
            | DeskAct::Shorten { .. }
            | DeskAct::First { .. } => tracing::info!(?act, "set by the plan"),
        }
    }

    fn answer(&mut self, id: ContactId, source: Source, deeds: &mut Vec<Deed>) {
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.answered = true;
        let text = match source {
            Source::Faq { .. } => self.replies.faq(&contact.words, &contact.order),
            _ => contact.answer.clone().unwrap_or_else(|| self.replies.faq(&contact.words, &contact.order)),
        };
        let text = with_order(text, &contact.order);
        match contact.place.clone() {
            Place::Chat { channel, thread } => deeds.push(Deed::Post { channel, thread: Some(thread), text }),
            Place::Call(sid) => {
                let more = Verb::Ask(self.replies.more.trim_end().to_owned());
                self.calls.tell(&sid, [Verb::Say(text), more, Verb::Redirect("/voice/bye")], true);
            }
            Place::Ticket(ticket) => {
                contact.answer = Some(text.clone());
                deeds.push(Deed::Comment { ticket, text });
            }
        }
    }

    fn apologise(&mut self, id: ContactId, deeds: &mut Vec<Deed>) {
        let Some(contact) = self.contacts.get(id) else { return };
        let text = self.replies.apology(&contact.order);
        match &contact.place {
            Place::Chat { channel, thread } => {
                deeds.push(Deed::Post { channel: channel.clone(), thread: Some(thread.clone()), text });
            }
            Place::Call(sid) => self.calls.tell(sid, [Verb::Say(text)], false),
            // By mail an apology alone would look like the answer.
            Place::Ticket(_) => {}
        }
    }

    fn queue(&mut self, id: ContactId, deeds: &mut Vec<Deed>) {
        let Some(contact) = self.contacts.get(id) else { return };
        match &contact.place {
            Place::Chat { thread, .. } => {
                let text = self.replies.escalation(&contact.order, thread, &contact.words);
                deeds.push(Deed::Post { channel: format!("#{ESCALATIONS}"), thread: None, text });
            }
            Place::Call(sid) => {
                self.calls.queues(sid, self.now());
                self.calls.tell(sid, [Verb::Enqueue { hold: self.offers_to_callers() }], true);
            }
            Place::Ticket(ticket) => deeds.push(Deed::Assign { ticket: *ticket }),
        }
    }

    fn carry(&mut self, channel: Id<Channel>, over: Option<Id<Dependency>>, deeds: &mut Vec<Deed>) {
        let before = match over {
            Some(over) => self.carried.insert(channel.index(), over),
            None => self.carried.remove(&channel.index()),
        };
        if let Some(carrier) =
            before.filter(|before| Some(*before) != over).and_then(|before| self.settings.access(before))
        {
            deeds.push(Deed::Numbers { carrier, ours: Some(false) });
        }
        if let Some(carrier) = over.and_then(|over| self.settings.access(over)) {
            deeds.push(Deed::Numbers { carrier, ours: Some(true) });
        }
    }

    fn update(&self, all_clear: bool, next_by: Option<Time>) -> String {
        if all_clear {
            return "Everything works again. Thank you for your patience.".to_owned();
        }
        // In whole seconds, as people say it.
        let next = next_by.map(|next| Span::from_secs_f64(next.since(self.now()).secs_f64().round()));
        let next = next.map_or(String::new(), |next| format!(" The next update follows within {next}."));
        format!("Our support is hard to reach at the moment. We know of the trouble and are working on it.{next}")
    }

    /// What a caller hears first.
    pub(super) fn greeting(&self) -> Vec<Verb> {
        vec![Verb::Ask(self.replies.welcome.trim_end().to_owned()), Verb::Redirect("/voice/bye")]
    }

    /// The caller has nothing more to say.
    pub(super) fn good_bye(&mut self, sid: &str, contact: Option<ContactId>, reply: oneshot::Sender<Vec<Verb>>) {
        phone::answer(reply, vec![Verb::Say(self.replies.goodbye.trim_end().to_owned()), Verb::Hangup]);
        self.calls.forget(sid);
        if let Some(contact) = contact {
            self.end(CustomerAct::Finish { contact }, contact);
        }
    }

    /// The call left the queue.
    pub(super) fn left_queue(
        &mut self,
        sid: &str,
        contact: Option<ContactId>,
        why: &str,
        reply: oneshot::Sender<Vec<Verb>>,
    ) {
        let Some(contact) = contact else { return phone::answer(reply, Vec::new()) };
        match why {
            "bridged" => {
                self.calls.forget(sid);
                self.end(CustomerAct::Handled { contact }, contact);
                phone::answer(reply, Vec::new());
            }
            "hangup" => {
                self.hung_up(sid, Some(contact));
                phone::answer(reply, Vec::new());
            }
            // The queue is full, or broke: the caller hears so.
            _ => {
                let sorry = contact_order(self.contacts.get(contact));
                let sorry = self.replies.apology(&sorry);
                self.hung_up(sid, Some(contact));
                phone::answer(reply, vec![Verb::Say(sorry), Verb::Hangup]);
            }
        }
    }

    /// The caller is gone: content if the bot had answered, else tired of waiting.
    pub(super) fn hung_up(&mut self, sid: &str, contact: Option<ContactId>) {
        self.calls.forget(sid);
        let Some(contact) = contact else { return };
        self.end(CustomerAct::Leave { contact }, contact);
    }

    /// Something happened to a ticket.
    pub(super) fn ticket(&mut self, ticket: u64, turn: Turn) {
        let known = self.contacts.at(&Place::Ticket(ticket));
        let contact = match (turn, known) {
            (Turn::Created { requester, text }, None) => {
                self.start(Style::Ticket, Place::Ticket(ticket), requester, text);
                return;
            }
            (turn, Some(contact)) => (turn, contact),
            (_, None) => return,
        };
        let (turn, id) = contact;
        let Some(contact) = self.contacts.get_mut(id) else { return };
        match turn {
            Turn::Created { .. } => {}
            // The bot's own comment comes back to it.
            Turn::StaffWrote(text) if contact.answered && contact.answer.as_deref() == Some(text.as_str()) => {}
            Turn::StaffWrote(_) | Turn::Solved => self.end(CustomerAct::Handled { contact: id }, id),
            Turn::CustomerWrote if contact.answered && !contact.in_hand => {
                contact.answered = false;
                self.hear(Heard::Act(CustomerAct::AskForPerson { contact: id }));
            }
            Turn::CustomerWrote => {}
            Turn::Assigned(taken) => {
                if std::mem::replace(&mut contact.in_hand, taken) != taken {
                    let act = match taken {
                        true => CustomerAct::Taken { contact: id },
                        false => CustomerAct::PutBack { contact: id },
                    };
                    self.hear(Heard::Act(act));
                }
            }
        }
    }
}

fn contact_order(contact: Option<&Contact>) -> String {
    contact.map_or(String::new(), |contact| contact.order.clone())
}

/// The text names the order number, so that what is posted can be tied to the customer.
fn with_order(text: String, order: &str) -> String {
    if order.is_empty() || text.contains(order) { text } else { format!("{text} ({order})") }
}
