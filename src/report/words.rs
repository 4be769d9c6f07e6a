//! Figures and moments as people read them.

use super::bundle::ScenarioInfo;

/// A length of seconds: `0:14`, `12:05`, `1:02:03`; under ten seconds with a decimal, `3.2 s`.
pub fn length(seconds: f64) -> String {
    if seconds.abs() < 9.95 {
        return format!("{} s", one(seconds));
    }
    let (sign, whole) = (if seconds < 0.0 { "-" } else { "" }, seconds.abs().round() as i64);
    let (hours, minutes, rest) = (whole / 3_600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{sign}{hours}:{minutes:02}:{rest:02}") } else { format!("{sign}{minutes}:{rest:02}") }
}

/// A length in words for limits: `90 s`, `10 min`, `1 h 30 min`.
pub fn limit_length(seconds: f64) -> String {
    if seconds < 120.0 || seconds % 60.0 != 0.0 {
        return format!("{} s", one(seconds));
    }
    let minutes = (seconds / 60.0) as i64;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A number with one decimal if it needs one: `31`, `6.9`.
pub fn one(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    if rounded == rounded.trunc() { thousands(rounded) } else { format!("{rounded:.1}") }
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut out = String::from(if value < 0.0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && digits.len() > 4 {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A share: `6.9 %`, with a space that does not break.
pub fn share(value: f64) -> String {
    format!("{}\u{a0}%", one(value * 100.0))
}

/// Minutes of work as a price: `45 staff minutes`, `54.4 staff hours`.
pub fn staff_time(minutes: f64) -> String {
    if minutes < 120.0 {
        return format!("{} staff minutes", one(minutes));
    }
    format!("{} staff hours", one(minutes / 60.0))
}

/// A figure in its unit.
pub fn figure(value: f64, unit: &str) -> String {
    match unit {
        "share" => share(value),
        "seconds" => length(value),
        "ratio" => format!("{:.1}×", value),
        "minutes" => format!("{} min", one(value)),
        _ => one(value),
    }
}

/// A limit in its unit.
pub fn limit(value: f64, unit: &str) -> String {
    if unit == "seconds" { limit_length(value) } else { if unit == "ratio" { one(value) } else { figure(value, unit) } }
}

/// An interval in its unit: `6.7–7.1`.
pub fn interval([low, high]: [f64; 2], unit: &str) -> String {
    match unit {
        "share" => format!("{}–{}", one(low * 100.0), one(high * 100.0)),
        _ => format!("{}–{}", figure(low, unit), figure(high, unit)),
    }
}

/// The clock at so many seconds after a start at this second of the day.
pub fn clock(start_second_of_day: u32, at: f64) -> String {
    let second = i64::from(start_second_of_day) + at.round() as i64;
    let (day, of_day) = (second.div_euclid(86_400), second.rem_euclid(86_400));
    let text = format!("{:02}:{:02}", of_day / 3_600, of_day / 60 % 60);
    if day > 0 { format!("day {} {text}", day + 1) } else { text }
}

/// The clock to the second: `10:52:07`.
pub fn clock_seconds(start_second_of_day: u32, at: f64) -> String {
    let second = (i64::from(start_second_of_day) + at.floor() as i64).rem_euclid(60);
    format!("{}:{second:02}", clock(start_second_of_day, at.floor()))
}

/// A mean of counts, which may be far below one: `1.3`, `0.02`.
pub fn mean_count(value: f64) -> String {
    match value {
        v if v <= 0.0 || v >= 0.095 => one(v),
        v if v >= 0.005 => format!("{v:.2}"),
        _ => "under 0.01".to_owned(),
    }
}

/// A mean of counts before its words, which stand for one and for any other number: `1 call was cut off`.
pub fn counted(n: f64, one: &str, many: &str) -> String {
    let number = mean_count(n);
    let words = if number == "1" { one } else { many };
    format!("{number} {words}")
}

/// A length of time for headers: `10 h`, `45 min`.
pub fn span(seconds: f64) -> String {
    if seconds < 600.0 { limit_length(seconds.round()) } else { limit_length((seconds / 60.0).round() * 60.0) }
}

/// What was run of a day: all of it, or the part after a warm start.
pub fn part_of_day(day: &ScenarioInfo) -> String {
    let at = |moment| clock(day.start_second_of_day, moment);
    let part = |from| format!("{} to {} after a warm start", at(from), at(day.length));
    day.warm_start.map_or_else(|| span(day.length), part)
}

/// A measure's name in words: `first reply`.
pub fn kpi(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_say_them() {
        assert_eq!(length(3.24), "3.2 s");
        assert_eq!(length(14.2), "0:14");
        assert_eq!(length(3_723.0), "1:02:03");
        assert_eq!(length(-75.0), "-1:15");
        assert_eq!(limit_length(90.0), "90 s");
        assert_eq!(limit_length(600.0), "10 min");
        assert_eq!(limit_length(36_000.0), "10 h");
        assert_eq!(share(0.0689), "6.9\u{a0}%");
        assert_eq!((staff_time(45.0).as_str(), staff_time(3_265.8).as_str()), ("45 staff minutes", "54.4 staff hours"));
        assert_eq!(one(12_345.0), "12\u{202f}345");
        assert_eq!(one(-0.01), "0");
        assert_eq!((mean_count(0.02).as_str(), mean_count(1.3).as_str()), ("0.02", "1.3"));
        assert_eq!(counted(1.0, "call was", "calls were"), "1 call was");
        assert_eq!(counted(0.02, "call was", "calls were"), "0.02 calls were");
        assert_eq!(counted(3.0, "call was", "calls were"), "3 calls were");
        assert_eq!(interval([0.067, 0.071], "share"), "6.7–7.1");
        assert_eq!(clock(28_800, 10_320.0), "10:52");
        assert_eq!(clock(28_800, 86_400.0), "day 2 08:00");
        assert_eq!(clock_seconds(28_800, 86_399.9), "day 2 07:59:59");
    }
}
