//! The rows of a run: every figure of the fixed set, in a fixed order.

use super::*;

impl Finished<'_> {
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let channels = self.layout.scenario.desk.channels.len();
        let all_channels: Vec<Option<Id<Channel>>> =
            std::iter::once(None).chain((0..channels).map(|c| Some(Id::new(c)))).collect();
        // With one channel "all" says nothing that the channel does not say.
        let by_channel = if channels == 1 { &all_channels[1..] } else { &all_channels[..] };
        for window in 0..self.layout.windows.list.len() {
            for definition in &DEFINITIONS {
                match definition.family {
                    Family::Contacts | Family::Levels | Family::Handling => {
                        for channel in by_channel {
                            self.channel_rows(&mut rows, definition.kpi, window, *channel);
                        }
                        if definition.kpi == Kpi::HandleTime {
                            self.team_rows(&mut rows, Kpi::HandleTime, window, &SPREAD);
                        }
                    }
                    Family::People => self.team_rows(&mut rows, definition.kpi, window, &[Stat::Value]),
                    Family::Outage | Family::Updates => {
                        self.outage_rows(&mut rows, definition.kpi, window, &all_channels);
                    }
                    Family::Requests => self.request_rows(&mut rows, definition.kpi, window),
                    Family::Cost => {
                        let figure = self.of_cost(definition.kpi, window);
                        rows.extend(figure.map(|figure| (key(definition.kpi, Stat::Value, window), Some(figure))));
                    }
                    Family::Run if definition.kpi == Kpi::UndeclaredEgress => {
                        rows.push((key(definition.kpi, Stat::Value, window), Some(self.egress(window))));
                    }
                    Family::Run => {}
                }
            }
        }
        self.repeated_rows(&mut rows);
        rows
    }
    /// Side effects can be made again where nothing is broken; after the fixed set, where they were.
    fn repeated_rows(&self, rows: &mut Vec<Row>) {
        for window in 0..self.layout.windows.list.len() {
            let broken = self.broken_here(window);
            for of in (0..self.layout.scenario.desk.dependencies.len()).map(Id::new).filter(|of| !broken.contains(of)) {
                let figure = self.of_requests(Kpi::RepeatedSideEffects, of, window).filter(|figure| figure.value > 0.0);
                if figure.is_some() {
                    rows.push((Key { of: Some(of), ..key(Kpi::RepeatedSideEffects, Stat::Value, window) }, figure));
                }
            }
        }
    }
    /// Side effects made again at any dependency; `None` where nothing was asked of one.
    pub(super) fn all_repeated(&self, window: usize) -> Option<Figure> {
        let all = (0..self.layout.scenario.desk.dependencies.len()).map(Id::new);
        let figures = all.filter_map(|of| self.of_requests(Kpi::RepeatedSideEffects, of, window));
        figures.reduce(|sum, one| Figure::plain(sum.value + one.value))
    }
    /// How the durations of each channel are distributed over the whole measured day.
    pub(super) fn distributions(&self, tally: &mut Tally) -> Vec<Distribution> {
        let channels = self.layout.scenario.desk.channels.len();
        let each = (0..channels).flat_map(|channel| DISTRIBUTED.map(|kpi| (channel, kpi)));
        let of = |(channel, kpi): (usize, Kpi)| {
            for segment in &self.segments[WHOLE] {
                let cell = &self.seen.cells[channel * self.seen.segments + segment];
                match kpi {
                    Kpi::FirstReply => tally.add(&cell.first_reply),
                    Kpi::Resolution => tally.add(&cell.resolution),
                    _ => {
                        tally.add(&cell.served);
                        tally.add(&cell.gave_up);
                    }
                }
            }
            let bins = tally.bins();
            Distribution::of(kpi, Id::new(channel), bins, tally.take())
        };
        each.map(of).collect()
    }
    fn channel_rows(&self, rows: &mut Vec<Row>, kpi: Kpi, window: usize, channel: Option<Id<Channel>>) {
        let slice = Slice { channel, ..Slice::default() };
        let stats: &[Stat] = match kpi {
            Kpi::FirstReply | Kpi::Wait | Kpi::WaitAnswered | Kpi::Resolution | Kpi::HandleTime => &SPREAD,
            Kpi::Backlog | Kpi::Waiting => &[Stat::Value, Stat::Mean],
            // One length a run, as those of outages.
            Kpi::ResilienceLoss | Kpi::DataLoss => &[Stat::Mean],
            _ => &[Stat::Value],
        };
        if kpi == Kpi::ServiceLevel {
            for place in self.shown(channel) {
                let level = self.layout.levels[place];
                let figure = self.of_contacts(kpi, Stat::Value, slice, window, Some(level));
                rows.push((Key { channel, level: Some(level), ..key(kpi, Stat::Value, window) }, figure));
            }
            return;
        }
        for stat in stats {
            let figure = self.of_contacts(kpi, *stat, slice, window, None);
            rows.push((Key { channel, ..key(kpi, *stat, window) }, figure));
        }
    }
    fn team_rows(&self, rows: &mut Vec<Row>, kpi: Kpi, window: usize, stats: &[Stat]) {
        let teams = self.layout.scenario.desk.teams.len();
        let all = (kpi != Kpi::HandleTime && teams > 1).then_some(None);
        for team in all.into_iter().chain((0..teams).map(|team| Some(Id::new(team)))) {
            for stat in stats {
                rows.push((Key { team, ..key(kpi, *stat, window) }, self.of_people(kpi, *stat, team, window)));
            }
        }
    }
    fn outage_rows(&self, rows: &mut Vec<Row>, kpi: Kpi, window: usize, channels: &[Option<Id<Channel>>]) {
        let by_channel = matches!(kpi, Kpi::TimeToRecover | Kpi::TimeToNormal | Kpi::OutagePenalty | Kpi::BacklogDrain);
        if matches!(kpi, Kpi::UpdatesKept | Kpi::VipReached) {
            let figure = self.of_outage(kpi, None, None, window, MINIMUM, HELD_FOR);
            rows.push((key(kpi, Stat::Value, window), figure));
            return;
        }
        let stat = Stat::Mean;
        if by_channel {
            for channel in channels {
                let figure = self.of_outage(kpi, *channel, None, window, MINIMUM, HELD_FOR);
                rows.push((Key { channel: *channel, ..key(kpi, stat, window) }, figure));
            }
            return;
        }
        for of in self.broken_here(window) {
            let figure = self.of_outage(kpi, None, Some(of), window, MINIMUM, HELD_FOR);
            rows.push((Key { of: Some(of), ..key(kpi, stat, window) }, figure));
        }
    }
    fn request_rows(&self, rows: &mut Vec<Row>, kpi: Kpi, window: usize) {
        for of in self.broken_here(window) {
            rows.push((Key { of: Some(of), ..key(kpi, Stat::Value, window) }, self.of_requests(kpi, of, window)));
        }
    }
    /// The dependencies that are broken in (or before) a window, each once, in order of their outages.
    pub(super) fn broken_here(&self, window: usize) -> Vec<Id<Dependency>> {
        let mut found = Vec::new();
        for (place, of) in self.seen.continuity.places() {
            let own = self.layout.windows.during(place);
            if (window < 3 || window == own || window == own + 1) && !found.contains(&of) {
                found.push(of);
            }
        }
        found
    }
}
