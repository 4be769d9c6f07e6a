//! Surges of every kind.

use super::Maker;
use holdline::scenario::model::*;
use holdline::time::{Span, Time};

impl Maker {
    pub(crate) fn surge(&mut self, n: usize, channels: usize, minutes: i64) -> Surge {
        let effect = if self.often(0.25) {
            self.special_effect(channels, minutes)
        } else if self.often(0.6) {
            let factor = [0.0, 0.4, 1.0, 1.5, 4.0][self.below(5)];
            SurgeEffect::Times {
                factor,
                channels: self.some_of(channels, 0.5),
                reason: self.often(0.4).then(|| self.id(2)),
            }
        } else {
            SurgeEffect::Add { per_second: 0.02, channels: vec![(self.id(channels), 1.0)], reason: None, burst: None }
        };
        let (rise, fall) = (self.seconds(0, 600), self.seconds(0, 600));
        let because_of = self.often(0.3).then(|| BecauseOf {
            outage: self.below(3) as u16,
            lingers: self.seconds(0, 900),
            wave: self.often(0.5).then(|| self.wave(channels)),
        });
        Surge { name: format!("surge-{n}"), effect, window: self.window(minutes), rise, fall, because_of }
    }
    fn wave(&mut self, channels: usize) -> Wave {
        let contacts = self.between(0, 20) as f64;
        let (within, channels) = (self.seconds(1, 900), vec![(self.id(channels), 1.0)]);
        Wave { contacts, from: Time::ZERO, within, channels, reason: None }
    }
    fn special_effect(&mut self, channels: usize, minutes: i64) -> SurgeEffect {
        let mix = vec![(self.id(channels), 1.0)];
        match self.below(3) {
            0 => SurgeEffect::Add {
                per_second: 0.01,
                channels: mix,
                reason: None,
                burst: Some(Burst { echo: [0.0, 0.5, 0.9][self.below(3)], after: self.seconds(1, 900) }),
            },
            1 => SurgeEffect::Send {
                contacts: self.between(0, 40) as f64,
                half_within: self.seconds(1, 1800),
                over: if self.often(0.5) { self.seconds(1, 1800) } else { Span::ZERO },
                channels: mix,
                reason: None,
            },
            _ => {
                let mut rows: Vec<TraceRow> = (0..1 + self.below(60)).map(|_| self.row(channels, minutes)).collect();
                rows.sort_by_key(|row| row.at);
                let instead = if self.often(0.5) { vec![self.id(channels)] } else { Vec::new() };
                let scale = [0.5, 1.0, 2.5][self.below(3)];
                SurgeEffect::Trace(Trace {
                    file: "x".into(),
                    rows: rows.into(),
                    scale,
                    instead,
                    left_out: 0,
                    gaps: vec![],
                })
            }
        }
    }
    fn row(&mut self, channels: usize, minutes: i64) -> TraceRow {
        TraceRow {
            at: Time::ZERO + self.seconds(0, 60 * minutes - 1),
            channel: self.id(channels),
            reason: self.often(0.5).then(|| self.id(2)),
            segment: self.often(0.5).then(|| self.id(2)),
            handle: self.often(0.5).then(|| self.seconds(0, 600)),
        }
    }
}
