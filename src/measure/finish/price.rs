//! What the day cost, and what the plan added to it.

use super::*;

const HOUR: f64 = 3_600e6;

impl Finished<'_> {
    /// Staff minutes of those of these teams whom the plan called in, or who stayed on; none where there can be no such people.
    pub(super) fn plan_cost(&self, teams: &[usize], window: usize) -> Option<Figure> {
        let desk = &self.layout.scenario.desk;
        let segments = &self.segments[window];
        // Who was called in and then stays on is there because of the plan in any case, and is counted once.
        let added = |team: &usize| {
            if desk.teams[*team].on_call {
                return Some(self.seen.teams[*team].over(segments)[1].area);
            }
            self.seen.price.overtime.get(*team).map(|track| track.over(segments)[0].area)
        };
        let areas: Vec<i64> = teams.iter().filter_map(added).collect();
        let known = !areas.is_empty() && self.length(window) > Span::ZERO;
        known.then(|| Figure::plain(areas.iter().sum::<i64>() as f64 / Span::MINUTE.micros() as f64))
    }

    /// What a window cost, or a part of that; none where the desk states no costs.
    pub(super) fn of_cost(&self, kpi: Kpi, window: usize) -> Option<Figure> {
        let desk = &self.layout.scenario.desk;
        let costs = desk.costs.as_ref()?;
        let segments = &self.segments[window];
        (self.length(window) > Span::ZERO).then_some(())?;
        let staff = || {
            let each = desk.teams.iter().zip(&self.seen.teams).map(|(team, track)| {
                let hours = track.over(segments)[0].area as f64 / HOUR;
                hours * team.person_hour.unwrap_or(costs.person_hour)
            });
            each.sum::<f64>()
        };
        let all = self.all_of(None, window);
        let vendors = || {
            let calls =
                desk.channels.iter().zip(&self.seen.channels).filter(|(channel, _)| channel.style == Style::Call);
            let on_line = calls.map(|(_, track)| {
                let [waiting, in_service, _] = track.over(segments);
                (waiting.area + in_service.area) as f64
            });
            let minutes = on_line.sum::<f64>() / Span::MINUTE.micros() as f64;
            minutes * costs.call_minute + all.get(Counter::FromModel) * costs.bot_answer
        };
        let given = || self.seen.price.given(segments);
        let losses = || (all.get(Counter::Lost) + all.get(Counter::Unserved)) * costs.lost_contact;
        Some(Figure::plain(match kpi {
            Kpi::CostOfStaff => staff(),
            Kpi::CostOfVendors => vendors(),
            Kpi::CostOfCompensation => given(),
            Kpi::CostOfLosses => losses(),
            _ => staff() + vendors() + given() + losses(),
        }))
    }
}
