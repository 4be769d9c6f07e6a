//! The parameters of a fault of the byte stream, which only what is passed on can suffer.

use super::fault::nothing_of;
use crate::mocks::asked::{Asked, Refused};
use crate::scenario::catalogue::{ByteFault, Toxic, Way};
use crate::time::Span;

/// The kind that suffers them.
pub(super) const KIND: &str = "tcp";
/// Those parameters that nothing else has.
pub(super) const PARAMS: [&str; 4] = ["direction", "jitter_ms", "bytes_per_second", "bytes"];
/// The longest delay: a day.
const LONGEST: Span = Span::from_secs(86_400);

/// Bends a fault as it is asked for; a parameter that would do nothing is refused.
pub(super) fn bend(full: &str, fault: &mut ByteFault, params: &Asked) -> Result<(), Refused> {
    if let Some(word) = params.text_if("direction")? {
        let found = Way::ALL.iter().find(|(_, known)| *known == word);
        let words = Way::ALL.iter().map(|(_, word)| *word);
        fault.way = found.ok_or_else(|| Refused::unknown("no `direction` is called", word, words))?.0;
    }
    let milliseconds = |name: &str| {
        let length = params.length(name, Span::from_millis(1))?;
        match length.filter(|length| *length > LONGEST) {
            Some(_) => Err(Refused::bad(format!("`{name}` is longer than a day"))),
            None => Ok(length.map(|length| u32::try_from(length.micros() / 1_000).unwrap_or(u32::MAX))),
        }
    };
    let (delay, by) = (milliseconds("delay_ms")?, milliseconds("jitter_ms")?);
    let rate = params.whole("bytes_per_second", 1, u64::from(u32::MAX))?;
    let size = params.whole("bytes", 0, u64::from(u32::MAX))?;
    let idle: &[&str] = match &mut fault.does {
        Toxic::Latency { ms, jitter_ms } => {
            *ms = delay.unwrap_or(*ms);
            // What is said of the delay alone is meant as it is said.
            *jitter_ms = by.unwrap_or(if delay.is_some() { 0 } else { *jitter_ms });
            &["bytes_per_second", "bytes"]
        }
        Toxic::Bandwidth { bytes_per_second } => {
            *bytes_per_second = rate.map_or(*bytes_per_second, |rate| rate as u32);
            &["delay_ms", "jitter_ms", "bytes"]
        }
        Toxic::SlowClose { ms } | Toxic::Timeout { ms } => {
            *ms = delay.unwrap_or(*ms);
            &["jitter_ms", "bytes_per_second", "bytes"]
        }
        Toxic::ResetPeer { ms } => {
            *ms = delay.unwrap_or(*ms);
            &["direction", "jitter_ms", "bytes_per_second", "bytes"]
        }
        Toxic::Slicer { bytes, varies, pause_ms } => {
            if let Some(size) = size {
                (*bytes, *varies) = (size.max(1) as u32, 0);
            }
            *pause_ms = delay.unwrap_or(*pause_ms);
            &["jitter_ms", "bytes_per_second"]
        }
        Toxic::LimitData { bytes } => {
            *bytes = size.unwrap_or(*bytes);
            &["delay_ms", "jitter_ms", "bytes_per_second"]
        }
    };
    nothing_of(full, params, idle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::catalogue::{Catalogue, Wire};
    use serde_json::{Value, json};

    fn bent(name: &str, params: Value) -> Result<ByteFault, Refused> {
        let catalogue = Catalogue::shipped();
        let Some(Wire::Bytes(mut fault)) = catalogue.get(name).map(|mode| mode.wire.clone()) else {
            panic!("{name} is none of bytes")
        };
        let params = Asked::new(params, false).expect("an object");
        bend(name, &mut fault, &params).map(|()| fault)
    }

    #[test]
    fn a_fault_is_bent_by_its_own_parameters() {
        let latency = bent("tcp.latency", json!({"delay_ms": 40, "direction": "both"})).expect("bent");
        assert_eq!((latency.way, latency.does), (Way::Both, Toxic::Latency { ms: 40, jitter_ms: 0 }));
        let slicer = bent("tcp.slicer", json!({"bytes": 3, "delay_ms": 1})).expect("bent");
        assert_eq!(slicer.does, Toxic::Slicer { bytes: 3, varies: 0, pause_ms: 1 });
        let limit = bent("tcp.limit_data", json!({"bytes": 0})).expect("bent");
        assert_eq!(limit.does, Toxic::LimitData { bytes: 0 });
    }

    #[test]
    fn a_parameter_that_would_do_nothing_is_refused() {
        for (name, params) in [
            ("tcp.latency", json!({"bytes": 3})),
            ("tcp.bandwidth", json!({"delay_ms": 3})),
            ("tcp.bandwidth", json!({"bytes_per_second": 0})),
            ("tcp.reset_peer", json!({"direction": "up"})),
            ("tcp.timeout", json!({"jitter_ms": 3})),
            ("tcp.limit_data", json!({"direction": "sideways"})),
            ("tcp.slow_close", json!({"delay_ms": "2d"})),
        ] {
            assert_eq!(bent(name, params.clone()).expect_err("refused").status, 422, "{name} {params}");
        }
    }
}
