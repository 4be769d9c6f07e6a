//! What only Twilio itself can do wrong, by name: the knobs of `mocks/twilio/failures.yaml`.

use super::call::Status;

/// A knob that is turned while a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knob {
    /// The message is sent and never arrives, for the reason of this code.
    Undelivered(u32),
    /// The message takes a minute to be sent.
    SmsDelay,
    /// Nobody takes the call: it ends so.
    Ends(Status),
    /// The call is answered late.
    AnswerDelay,
}

impl Knob {
    /// By its name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "undelivered_30003" => Self::Undelivered(30_003),
            "undelivered_30005" => Self::Undelivered(30_005),
            "undelivered_30007" => Self::Undelivered(30_007),
            "undelivered_30008" => Self::Undelivered(30_008),
            "sms_delay" => Self::SmsDelay,
            "busy" => Self::Ends(Status::Busy),
            "no_answer" => Self::Ends(Status::NoAnswer),
            "call_failed" => Self::Ends(Status::Failed),
            "answer_delay" => Self::AnswerDelay,
            _ => return None,
        })
    }

    /// Why a message does not arrive.
    pub(super) fn undelivered(self) -> Option<u32> {
        if let Self::Undelivered(code) = self { Some(code) } else { None }
    }

    /// How a call ends that nobody takes.
    pub(super) fn ends(self) -> Option<Status> {
        if let Self::Ends(status) = self { Some(status) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::catalogue::{Catalogue, Wire};

    #[test]
    fn every_knob_of_the_catalogue_is_known() {
        let catalogue = Catalogue::shipped();
        let knobs = catalogue.iter().filter(|(name, _)| name.starts_with("twilio."));
        let mut found = 0;
        for (name, mode) in knobs {
            if let Wire::Knob { name: knob } = &mode.wire {
                assert!(Knob::named(knob).is_some(), "{name}");
                found += 1;
            }
        }
        assert_eq!((found, Knob::named("other")), (9, None));
    }
}
