//! What `holdline check --explain` prints: the scenario and its desk with every default filled in and marked with its source,
//! and the storyboard of the day. The filled-in text is YAML of the language: loaded again it gives the same scenario.

mod filled;
pub mod played;
mod storyboard;
mod yaml;

pub use storyboard::storyboard;

use super::Loaded;

/// The scenario with all defaults, its desk, and the storyboard.
pub fn explain(loaded: &Loaded) -> String {
    let day = filled_scenario(loaded);
    let desk = filled_desk(loaded);
    let storyboard = storyboard(&loaded.scenario);
    format!("# The scenario\n{day}\n# The desk\n{desk}\n# The day\n{storyboard}")
}

/// The scenario file with every default filled in and marked.
pub fn filled_scenario(loaded: &Loaded) -> String {
    yaml::write(&filled::scenario(loaded))
}

/// The desk file with every default filled in and marked.
pub fn filled_desk(loaded: &Loaded) -> String {
    yaml::write(&filled::desk(loaded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, load};
    use std::path::Path;

    #[test]
    fn what_is_explained_loads_again_and_means_the_same() {
        let folder = std::env::temp_dir().join(format!("holdline-explain-{}", std::process::id()));
        for name in [
            "quiet-day",
            "triple-outage",
            "first-rehearsal",
            "half-the-team-sick",
            "drills/llm-brownout",
            "drills/half-sick.fr",
        ] {
            let path = format!("scenarios/{name}.yaml");
            let first = load(Path::new(&path), &Overrides::default()).expect("the shipped scenarios load");
            let desk_at = folder.join(&first.desk_file);
            std::fs::create_dir_all(desk_at.parent().expect("it has a folder"))
                .expect("a temporary folder can be made");
            std::fs::write(&desk_at, filled_desk(&first)).expect("it can be written to");
            let day_at = folder.join("day.yaml");
            std::fs::write(&day_at, filled_scenario(&first)).expect("it can be written to");
            let again = load(&day_at, &Overrides::default()).map_err(|errors| errors.to_string());
            let mut again = again.unwrap_or_else(|errors| panic!("{name}: {errors}")).scenario;
            again.hash = first.scenario.hash.clone();
            assert_eq!(format!("{again:#?}"), format!("{:#?}", first.scenario), "{name}");
        }
        let _ = std::fs::remove_dir_all(&folder);
    }

    #[test]
    fn a_small_day_is_explained() {
        let loaded = load(Path::new("scenarios/quiet-day.yaml"), &Overrides::default()).expect("it is shipped");
        insta::assert_snapshot!(explain(&loaded));
    }

    #[test]
    fn a_storyboard_is_told_by_the_clock() {
        let hang = |outage: &str| format!("outages.{outage}.fails.with=hang");
        let set = ["zendesk-down", "flapping-lines"].map(hang).to_vec();
        let overrides = Overrides { set, ..Overrides::default() };
        let loaded = load(Path::new("scenarios/triple-outage.yaml"), &overrides).expect("it is shipped");
        insta::assert_snapshot!(storyboard(&loaded.scenario));
    }
}
