//! Who of a team is absent: a set of persons, drawn by name.

use crate::rng::{Luck, What};
use crate::scenario::model::Missing;

/// The persons (by their number in the team) whom an absence takes out of `there`, those of the team's `scheduled` people who
/// are not missing yet. Drawn without replacement; the same absence of the same run always takes the same people.
pub fn who_is_missing(missing: Missing, scheduled: u32, there: &[u32], absence: u64, luck: Luck) -> Vec<u32> {
    let wanted = match missing {
        Missing::Each(chance) => {
            return there
                .iter()
                .copied()
                .filter(|person| luck.chance(absence << 32 | u64::from(*person), What::Absent, 1) < chance)
                .collect();
        }
        Missing::People(people) => people as usize,
        // Everyone, in the order in which it takes them.
        Missing::Outbreak { .. } => there.len(),
        // Of those scheduled, whoever of them is missing already; rounded half up.
        Missing::Share(share) => (f64::from(scheduled) * share + 0.5).floor() as usize,
    };
    // Everyone has a ticket drawn by name and the lowest go, so that a change of the number keeps the rest.
    let mut tickets: Vec<(u64, u32)> = there
        .iter()
        .map(|person| (luck.draw(absence << 32 | u64::from(*person), What::Absent, 0).bits(), *person))
        .collect();
    tickets.sort_unstable();
    tickets.into_iter().take(wanted).map(|(_, person)| person).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    #[test]
    fn a_share_is_rounded_half_up_and_nobody_goes_twice() {
        let there: Vec<u32> = (0..46).collect();
        let mut gone = who_is_missing(Missing::Share(0.25), 46, &there, 3, Luck::new(1, 0));
        assert_eq!(gone.len(), 12);
        gone.sort_unstable();
        gone.dedup();
        assert_eq!(gone.len(), 12);
        assert_eq!(who_is_missing(Missing::People(99), 46, &there, 3, Luck::new(1, 0)).len(), 46);
        // With half of the 46 missing already a quarter is still a quarter of 46, and all that are left is the most.
        assert_eq!(who_is_missing(Missing::Share(0.25), 46, &there[..23], 4, Luck::new(1, 0)).len(), 12);
        assert_eq!(who_is_missing(Missing::Share(0.75), 46, &there[..23], 4, Luck::new(1, 0)).len(), 23);
    }

    #[test]
    fn one_more_absentee_leaves_the_others_alone() {
        let there: Vec<u32> = (0..30).collect();
        let few = who_is_missing(Missing::People(5), 30, &there, 0, Luck::new(1, 0));
        let more = who_is_missing(Missing::People(6), 30, &there, 0, Luck::new(1, 0));
        assert_eq!(few, more[..5]);
    }

    #[test]
    fn an_outbreak_doubles_and_ends_with_the_team() {
        let flu =
            Missing::Outbreak { first: 2, doubles_every: Span::from_secs(3_600), away_for: Span::from_secs(7_200) };
        let hours: Vec<f64> = flu.onsets(9).map(|at| at.secs_f64() / 3_600.0).collect();
        assert_eq!((hours.len(), &hours[..2], hours[3], hours[7]), (9, &[0.0, 0.0][..], 1.0, 2.0));
        let had = |after: f64| hours.iter().filter(|at| **at <= after).count();
        assert_eq!([had(0.0), had(0.99), had(1.0), had(1.5), had(2.0)], [2, 3, 4, 5, 8]);
        assert_eq!(flu.lasts(8), Some(Span::from_secs(4 * 3_600)));
        assert_eq!((Missing::People(3).onsets(9).count(), Missing::People(3).lasts(9)), (0, None));
    }

    #[test]
    fn each_with_a_chance_is_binomial() {
        let there: Vec<u32> = (0..50).collect();
        let counts: Vec<f64> = (0..2_000)
            .map(|run| who_is_missing(Missing::Each(0.08), 50, &there, 0, Luck::new(1, run)).len() as f64)
            .collect();
        let mean = counts.iter().sum::<f64>() / 2_000.0;
        let variance = counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / 1_999.0;
        assert!((mean - 4.0).abs() < 5.0 * (3.68f64 / 2_000.0).sqrt(), "{mean}");
        // The variance of a sample variance is about 2 sigma^4 / n.
        assert!((variance - 3.68).abs() < 5.0 * 3.68 * (2.0f64 / 2_000.0).sqrt(), "{variance}");
    }
}
