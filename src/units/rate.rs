//! Rates: `120/h`, `2/min`, `1/s`.

use super::{UnitError, leading_number, shown};

/// The units, in seconds.
const UNITS: [(&str, f64); 4] = [("s", 1.0), ("min", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

const HOW: &str = "a rate is a number per s, min, h or d, as in `1/s`, `2/min`, `120/h`, `800/d`";

/// Reads a rate, in events a second.
pub fn rate(text: &str) -> Result<f64, UnitError> {
    let text = text.trim();
    if text.starts_with('-') {
        return Err(UnitError::new("a rate cannot be negative", HOW));
    }
    let Some((number, rest)) = leading_number(text) else {
        return Err(UnitError::new(format!("`{}` is no rate", shown(text)), HOW));
    };
    let Some(unit) = rest.trim_start().strip_prefix('/') else {
        let title = if rest.is_empty() { "has no unit" } else { "is no rate" };
        return Err(UnitError::new(format!("`{}` {title}", shown(text)), HOW));
    };
    let unit = unit.trim_start();
    let Some((_, seconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let help = if unit == "m" { "minutes of a rate are written `min`, as in `2/min`" } else { HOW };
        return Err(UnitError::new(format!("`/{}` is no unit of a rate", shown(unit)), help));
    };
    match number.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number / seconds),
        _ => Err(UnitError::new(format!("`{}` is no rate", shown(text)), HOW)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rates_are_read_and_wrong_ones_explained() {
        assert_eq!(rate("120/h"), Ok(120.0 / 3_600.0));
        assert_eq!(rate("2/min"), Ok(2.0 / 60.0));
        assert_eq!(rate("0.5/s"), Ok(0.5));
        for (text, part) in [
            ("120", "has no unit"),
            ("2/m", "written `min`"),
            ("-1/s", "negative"),
            ("90s", "is no rate"),
            ("x/h", "is no rate"),
            ("1/week", "no unit of a rate"),
        ] {
            assert!(rate(text).is_err_and(|e| e.to_string().contains(part)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_written_rate_reads_back(number in 0_u32..1_000_000, unit in 0_usize..UNITS.len()) {
            let (name, seconds) = UNITS[unit];
            prop_assert_eq!(rate(&format!("{number}/{name}")), Ok(f64::from(number) / seconds));
        }
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = rate(&text);
        }
    }
}
