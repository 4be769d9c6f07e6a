//! Recorded traces.

use super::*;
use holdline::engine;
use holdline::observation::Observation;
use holdline::scenario::model::TraceRow;
use std::fmt::Write;
use std::sync::Arc;

/// The day with this surge and this trace.
fn replay(surge: &str, csv: &str) -> Scenario {
    let more = format!("surges: [ {surge} ]");
    loaded(DESK, &more, &[("x.csv", csv)]).unwrap_or_else(|errors| panic!("{errors}")).scenario
}

/// The moments of the rows, in seconds since the start.
fn seconds(scenario: &Scenario) -> Vec<f64> {
    match &scenario.surges[0].effect {
        SurgeEffect::Trace(trace) => trace.rows.iter().map(|row| row.at.secs_f64()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_way_to_write_a_moment_is_played_at_its_time() {
    let surge = "{ replay: x.csv, channels: [phone] }";
    for (csv, wanted) in [
        ("at\n09:30\n08:00:15\n", [15.0, 5_400.0]),
        ("at\n2025-11-28 08:00:15\n2025-11-28 09:30\n", [15.0, 5_400.0]),
        ("\u{feff}at;x\r\n\"2025-11-28T08:00:15Z\";1\r\n2025-11-28T10:30:00+01:00;2\r\n", [15.0, 5_400.0]),
        ("at\n15\n1h30m\n", [15.0, 5_400.0]),
        ("at\n15\n5400.0\n", [15.0, 5_400.0]),
    ] {
        assert_eq!(seconds(&replay(surge, csv)), wanted, "{csv}");
    }
}

#[test]
fn speed_and_beginning_move_the_rows() {
    let csv = "at\n2025-11-28 10:00\n2025-11-28 11:00\n2025-11-29 10:00\n";
    assert_eq!(seconds(&replay("{ replay: x.csv, channels: [phone] }", csv)), [7_200.0, 10_800.0]);
    assert_eq!(seconds(&replay("{ replay: x.csv, channels: [phone], speed: 2 }", csv)), [3_600.0, 5_400.0]);
    assert_eq!(seconds(&replay("{ replay: x.csv, channels: [phone], at: 1h }", csv)), [3_600.0, 7_200.0]);
    let fast = replay("{ replay: x.csv, channels: [phone], at: 1h, speed: 4 }", csv);
    assert_eq!(seconds(&fast), [3_600.0, 4_500.0, 25_200.0]);
    // Offsets count from the beginning.
    let slow = replay("{ replay: x.csv, channels: [phone], at: 1h, speed: 0.5 }", "at\n10m\n20m\n");
    assert_eq!(seconds(&slow), [4_800.0, 6_000.0]);
}

#[test]
fn a_row_can_say_channel_reason_segment_and_handling() {
    let csv = "created;via;why;who;took\n08:10;chat;moans;vip;7m\n08:20;phone;;;\n08:30;chat;asks;rest;90\n";
    let columns = "columns: {at: created, channel: via, reason: why, segment: who, handle: took}";
    let scenario = Arc::new(replay(&format!("{{ replay: x.csv, instead: true, {columns} }}"), csv));
    let demand = Demand::new(&scenario);
    let came = arrivals(&demand, 0);
    let by: Vec<(usize, Option<usize>)> =
        came.iter().map(|one| (one.channel.index(), one.reason.map(|id| id.index()))).collect();
    assert_eq!(by, [(1, Some(1)), (0, None), (1, Some(0))], "nobody else comes");
    let (seen, _) = engine::run(&scenario, &demand, 1, 0, Vec::<(Time, Observation)>::new());
    let mut handled: Vec<(usize, f64)> = seen
        .iter()
        .filter_map(|(_, seen)| match seen {
            Observation::Handled { who, length, .. } => Some((who.segment.index(), length.secs_f64())),
            _ => None,
        })
        .collect();
    handled.remove(1);
    assert_eq!(handled, [(0, 420.0), (1, 90.0)]);
}

#[test]
fn a_part_of_a_contact_is_drawn_and_the_same_customers_come_to_every_plan() {
    let csv: String = (0..400).fold("at\n".to_owned(), |text, n| text + &format!("{}\n", n * 60));
    let on_phone = |more: &str| replay(&format!("{{ replay: x.csv, channels: [phone], instead: true{more} }}"), &csv);
    let calls = |scenario: &Scenario| counts(scenario, minutes(0, 600), 100, |one| one.channel.index() == 0);
    assert!(calls(&on_phone("")).iter().all(|count| *count == 400.0));
    assert!(calls(&on_phone(", scale: 3")).iter().all(|count| *count == 1_200.0));
    let (mean, variance) = mean_and_variance(&calls(&on_phone(", scale: 1.25")));
    // Binomial: 400 rows, a quarter of one more each.
    assert!((mean - 500.0).abs() < 4.5 * (75.0f64 / 100.0).sqrt() && (40.0..120.0).contains(&variance), "{variance}");
    // A busier day holds the customers of the quieter one, and different ones are different.
    let demand = (Demand::new(&on_phone(", scale: 1.25")), Demand::new(&on_phone(", scale: 1.75")));
    let (less, more) = (arrivals(&demand.0, 3), arrivals(&demand.1, 3));
    assert!(less.iter().all(|one| more.contains(one)));
    let mut names: Vec<u64> = more.iter().map(|one| one.customer).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), more.len());
}

#[test]
fn in_place_of_the_rates_it_is_the_normal_day() {
    let csv = "at,channel\n09:00,phone\n10:00,phone\n";
    let day = replay("{ name: old, replay: x.csv, instead: true }, { times: 4, at: 1h, for: 1h }", csv);
    let undisturbed = day.undisturbed();
    for scenario in [&day, &undisturbed] {
        let calls = counts(scenario, minutes(0, 600), 10, |one| one.channel.index() == 0);
        assert!(calls.iter().all(|count| *count == 2.0), "no rate, and nothing to multiply: {calls:?}");
    }
    near(&counts(&undisturbed, minutes(0, 600), 100, |one| one.channel.index() == 1), 200.0);
    // On top of the rates it is a surge like any other.
    let more = replay("{ replay: x.csv }", csv);
    near(&counts(&more, minutes(0, 600), 100, |one| one.channel.index() == 0), 602.0);
    assert!(more.undisturbed().surges.is_empty());
}

#[test]
fn a_bad_row_is_shown_with_file_line_and_column() {
    let good = "at,channel\n08:10,phone\n";
    let said: Vec<String> = [
        ("", "08:20,fone\n"),
        ("", "half past nine,phone\n"),
        ("", ",phone\n"),
        ("", "2025-11-28 09:00,phone\n"),
        ("", "08:20,phone,twice\n"),
        ("", "08:20,\n"),
        ("", "08:20,\"phone\n"),
        (", columns: {at: when}", ""),
        (", columns: {handle: channel}", ""),
        (", at: 9h, speed: 0.1, scale: 1000", ""),
        (", speed: 10000", ""),
        (", for: 1h, times: 2", ""),
        (", reason: moans, at: 11h", ""),
    ]
    .iter()
    .map(|(more, row)| {
        let surge = format!("surges: [ {{ name: old, replay: x.csv{more} }} ]");
        format!("{more} {row:?}\n{}", refused(&surge, &[("x.csv", &format!("{good}{row}"))]))
    })
    .collect();
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn files_that_are_no_traces_are_refused() {
    let surge = "surges: [ { name: old, replay: x.csv, channels: [phone] } ]";
    let said: Vec<String> = ["", "time\n08:10\n", "at\n", "at\n2d\n"]
        .iter()
        .map(|csv| format!("{csv:?}\n{}", refused(surge, &[("x.csv", csv)])))
        .collect();
    let outside = refused("surges: [ { replay: ../x.csv, channels: [phone] } ]", &[]);
    insta::assert_snapshot!(format!("{}\n\n{outside}", said.join("\n\n")));
}

#[test]
fn gaps_in_open_hours_are_told_and_others_are_not() {
    let open = DESK.replace("over: [line] }", "over: [line], open: [\"08:00-12:00\", \"14:00-18:00\"] }");
    let csv = "at\n08:10\n09:30\n11:50\n14:10\n15:00\n15:59\n17:30\n17:40\n";
    let more = "surges: [ { name: old, replay: x.csv, channels: [phone] } ]";
    let told = loaded(&open, more, &[("x.csv", csv)]).unwrap_or_else(|errors| panic!("{errors}"));
    let warning = &told.warnings[0];
    assert_eq!(warning.title, "`x.csv` has 3 gaps");
    assert_eq!(warning.label, "the longest: nothing from 09:30 to 11:50, while the desk is open");
    let SurgeEffect::Trace(trace) = &told.scenario.surges[0].effect else { panic!("it is a trace") };
    assert_eq!(trace.gaps, [minutes(10, 90), minutes(90, 230), minutes(479, 570)]);
    // Twice as fast it is the same gap of the recording.
    let fast = more.replace("channels", "speed: 2, channels");
    let told = loaded(&open, &fast, &[("x.csv", csv)]).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(told.warnings[0].title.contains("gap"), "{:?}", told.warnings);
}

#[test]
fn several_hundred_thousand_rows_are_read() {
    let mut csv = "at,channel,reason\n".to_owned();
    let mut times = "handle\n".to_owned();
    for n in 0..300_000 {
        let _ = writeln!(csv, "2025-11-28T{:02}:{:02}:{:02}Z,phone,asks", 8 + n / 36_000, n / 600 % 60, n / 10 % 60);
        let _ = writeln!(times, "{}", 60 + n % 600);
    }
    let desk = DESK.replace("asks: { share: 75%, handle: 4m }", "asks: { share: 75%, handle: {empirical: times.csv} }");
    let more = "surges: [ { replay: x.csv, instead: true } ]";
    let whole = loaded(&desk, more, &[("x.csv", &csv), ("times.csv", &times)]);
    let scenario = whole.unwrap_or_else(|errors| panic!("{errors}")).scenario;
    let calls = arrivals(&Demand::new(&scenario), 0).iter().filter(|one| one.channel.index() == 0).count();
    assert_eq!(calls, 300_000);
    assert!(size_of::<TraceRow>() <= 40, "a million rows are to fit");
    assert!((scenario.desk.reasons[0].handle.mean() - 359.5).abs() < 1e-9);
    let bad = times.replace("\n659\n60\n", "\n659\nsoon\n").replacen("soon", "60", 399);
    let error = loaded(&desk, more, &[("x.csv", &csv), ("times.csv", &bad)]).err().unwrap_or_default();
    assert!(error.contains("times.csv:240002:1") && error.contains("`soon` is no duration"), "{error}");
}
