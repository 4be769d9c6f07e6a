//! What was promised to customers: that nothing is lost, and that some of them are called in person.

use super::*;

/// A day whose plan promises personal calls to segment 1 within ten minutes.
fn promising() -> Scenario {
    let mut scenario = day();
    let mut desk = (*scenario.desk).clone();
    if let Some(updates) = &mut desk.plan.updates {
        updates.personally = Some((Id::new(1), Span::from_secs(600)));
    }
    scenario.desk = std::sync::Arc::new(desk);
    scenario.expect.push(expectation("vip_reached", Limit::Min(1.0)));
    scenario
}

fn reached(list: Vec<(Time, O)>) -> Option<Figure> {
    run_of(&promising(), list).expected[0]
}

fn noticed(second: i64) -> (Time, O) {
    (at(second), O::Noticed { of: Id::new(2), down: true })
}
fn called(second: i64, segment: usize) -> (Time, O) {
    (at(second), O::CalledPersonally { segment: Id::new(segment) })
}

#[test]
fn the_oldest_lost_contact_tells_how_much_was_lost() {
    let lost =
        |n: u32, second| [entered(who(n, 1, second)), vec![(at(7_800), O::Lost { who: who(n, 1, second) })]].concat();
    let whole = |e: &mut Expectation| e.channel = Some(Id::new(1));
    let list = [lost(1, 7_000), lost(2, 1_900), served(who(3, 1, 700), 5)].concat();
    near(expect(list.clone(), whole, "data_loss").map(|f| f.value), 7_800.0 - 1_900.0);
    let during = |e: &mut Expectation| e.window = WindowName::After("llm-down".into());
    near(expect(list, during, "data_loss").map(|f| f.value), 800.0);
    assert_eq!(expect(served(who(3, 1, 700), 5), whole, "data_loss").map(|f| f.value), Some(0.0), "nothing was lost");
    assert_eq!(expect(served(who(3, 1, 700), 5), |e| e.channel = Some(Id::new(0)), "data_loss"), None, "nobody came");
}

// The model is down from 1800 to 3600 s (it recovers from 3000 on), the lines from 4800 to 5400: ten minutes, so that
// nobody need be called about them.
#[test]
fn personal_calls_count_from_the_first_sign_of_notice() {
    near(reached(vec![noticed(2_000), called(2_600, 1)]).map(|f| f.value), 1.0);
    near(reached(vec![noticed(2_000), called(2_700, 1)]).map(|f| f.value), 0.0);
    near(reached(vec![noticed(2_000), called(2_600, 0)]).map(|f| f.value), 0.0);
    near(reached(vec![called(2_399, 1)]).map(|f| f.value), 1.0);
    near(reached(vec![]).map(|f| f.value), 0.0);
}

#[test]
fn without_trouble_that_lasts_nobody_need_be_called() {
    let mut scenario = promising();
    scenario.outages.remove(0);
    assert_eq!(run_of(&scenario, vec![]).expected[0], None);
    assert_eq!(
        run(vec![called(2_000, 1)]).rows.iter().filter(|(key, f)| key.kpi == Kpi::VipReached && f.is_some()).count(),
        0
    );
    // Noticed so late that the rest is shorter than the promise.
    assert_eq!(reached(vec![noticed(3_100)]), None);
}

#[test]
fn outages_close_together_are_one_trouble() {
    let mut scenario = promising();
    scenario.outages[1].window = crate::scenario::model::Window { from: at(3_700), to: at(5_000) };
    let list = vec![noticed(1_800), called(2_400, 1)];
    near(run_of(&scenario, list).expected[0].map(|f| f.value), 1.0);
}
