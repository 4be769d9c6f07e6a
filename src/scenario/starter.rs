//! What `holdline new` writes: a small desk and a small scenario, with comments that say what can be changed.

/// The text of a starter desk file.
pub const DESK: &str = include_str!("starter/desk.yaml");
/// The text of a starter scenario file; its desk is `my-desk.yaml` beside it.
pub const SCENARIO: &str = include_str!("starter/scenario.yaml");
/// The name of the desk file that the starter scenario names.
pub const DESK_FILE: &str = "my-desk.yaml";
/// The name of the scenario file.
pub const SCENARIO_FILE: &str = "my-day.yaml";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, load};

    #[test]
    fn the_starter_loads_without_a_warning() {
        let folder = std::env::temp_dir().join(format!("holdline-starter-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        std::fs::write(folder.join(DESK_FILE), DESK).expect("it can be written to");
        let day = folder.join(SCENARIO_FILE);
        std::fs::write(&day, SCENARIO).expect("it can be written to");
        let loaded = load(&day, &Overrides::default()).map_err(|errors| errors.to_string());
        let _ = std::fs::remove_dir_all(&folder);
        assert!(loaded.as_ref().is_ok_and(|loaded| loaded.warnings.is_empty()), "{:?}", loaded.err());
    }
}
