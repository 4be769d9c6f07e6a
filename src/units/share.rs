//! Shares (`30%`) and relative changes (`+50%`, `-8%`).

use super::{UnitError, leading_number, shown};

const HOW: &str = "a share is written in percent, from `0%` to `100%`";
const HOW_CHANGE: &str = "a change is written with its sign, as in `+50%` (half as much again) or `-8%`";

/// Reads a share, from 0 to 1.
pub fn share(text: &str) -> Result<f64, UnitError> {
    let text = text.trim();
    let bare = text.trim_start_matches(['+', '-']);
    let Some((number, rest)) = leading_number(bare) else {
        return Err(UnitError::new(format!("`{}` is no share", shown(text)), HOW));
    };
    let value = number.parse::<f64>().unwrap_or(f64::INFINITY);
    match rest.trim_start() {
        "%" if bare.len() == text.len() && value <= 100.0 => Ok(value / 100.0),
        "%" => Err(UnitError::new(format!("`{}` lies outside a share", shown(text)), HOW)),
        "" => {
            let percent = if value <= 1.0 { value * 100.0 } else { value };
            let help = if percent <= 100.0 { format!("{HOW}: write `{percent}%`") } else { HOW.to_owned() };
            Err(UnitError::new(format!("`{}` has no unit", shown(text)), help))
        }
        _ => Err(UnitError::new(format!("`{}` is no share", shown(text)), HOW)),
    }
}

/// Reads a relative change as the factor it stands for: `+50%` is 1.5, `-8%` is 0.92.
pub fn change(text: &str) -> Result<f64, UnitError> {
    let text = text.trim();
    let Some(sign) = text.chars().next().filter(|c| matches!(c, '+' | '-')) else {
        return Err(UnitError::new(format!("`{}` is no change", shown(text)), HOW_CHANGE));
    };
    let Some((number, "%")) = leading_number(&text[1..]) else {
        return Err(UnitError::new(format!("`{}` is no change", shown(text)), HOW_CHANGE));
    };
    let part = number.parse::<f64>().unwrap_or(f64::INFINITY) / 100.0;
    match sign {
        '+' if part <= 1_000.0 => Ok(1.0 + part),
        '-' if part <= 1.0 => Ok(1.0 - part),
        '-' => Err(UnitError::new(
            format!("`{}` gives a negative factor", shown(text)),
            "the least is `-100%`: nothing left",
        )),
        _ => Err(UnitError::new(format!("`{}` is too much", shown(text)), HOW_CHANGE)),
    }
}

/// The most that [`percent`] reads: ten times the whole.
const MOST_PERCENT: f64 = 1_000.0;

/// Reads a part of something that may be more than the whole, as the factor it stands for: `5%` is 0.05. Where an argument asks
/// for percent the sign may be left out (`5`).
pub fn percent(text: &str) -> Result<f64, UnitError> {
    const HOW: &str = "write a percentage from 0 to 1000, as `5` or `5%`";
    let text = text.trim();
    match leading_number(text).map(|(number, rest)| (number.parse::<f64>(), rest.trim_start())) {
        Some((Ok(value), "" | "%")) if value <= MOST_PERCENT => Ok(value / 100.0),
        Some((_, "" | "%")) => Err(UnitError::new(format!("`{}` is too much", shown(text)), HOW)),
        _ => Err(UnitError::new(format!("`{}` is no percentage", shown(text)), HOW)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_and_changes_are_read() {
        assert_eq!(share("30%"), Ok(0.3));
        assert_eq!(share("0%"), Ok(0.0));
        assert_eq!(share("12.5%"), Ok(0.125));
        assert_eq!(change("+50%"), Ok(1.5));
        assert_eq!(change("-8%"), Ok(0.92));
        assert_eq!(change("-100%"), Ok(0.0));
    }

    #[test]
    fn a_percentage_may_leave_its_sign_out_and_be_more_than_the_whole() {
        assert_eq!(
            [percent("5"), percent("5%"), percent(" 12.5 % "), percent("250%")],
            [Ok(0.05), Ok(0.05), Ok(0.125), Ok(2.5)]
        );
        for (text, title) in
            [("1001", "too much"), ("5%%", "no percentage"), ("-5", "no percentage"), ("NaN", "no percentage")]
        {
            assert!(percent(text).is_err_and(|e| e.title.contains(title) && e.help.contains("`5%`")), "{text}");
        }
    }

    #[test]
    fn wrong_ones_say_what_to_write() {
        assert!(share("0.3").is_err_and(|e| e.help.contains("`30%`")));
        assert!(share("120%").is_err_and(|e| e.title.contains("outside")));
        assert!(share("-5%").is_err_and(|e| e.title.contains("outside")));
        assert!(share("5m").is_err_and(|e| e.title.contains("is no share")));
        assert!(change("50%").is_err_and(|e| e.help.contains("sign")));
        assert!(change("-120%").is_err_and(|e| e.title.contains("negative factor")));
    }

    proptest! {
        #[test]
        fn a_written_share_reads_back(per_mille in 0_u32..=1000) {
            let text = format!("{}.{}%", per_mille / 10, per_mille % 10);
            let value = share(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert!((value - f64::from(per_mille) / 1000.0).abs() < 1e-12);
        }
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = share(&text);
            let _ = change(&text);
            let _ = percent(&text);
        }
    }
}
