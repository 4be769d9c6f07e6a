//! F5: what people and programs read of a run. A [`bundle::Bundle`] holds everything; each format renders it and nothing else.

mod assemble;
mod behaviour;
mod belongs;
pub mod breaking;
pub mod bundle;
pub mod compare;
#[cfg(feature = "live")]
mod curves;
pub mod disturbance;
pub mod egress;
mod findings;
#[cfg(feature = "live")]
pub mod html;
pub mod journal;
pub mod json;
#[cfg(feature = "live")]
pub mod junit;
pub mod markdown;
pub mod note;
mod price;
pub mod story;
mod surges;
#[cfg(feature = "live")]
mod svg;
pub mod terminal;
#[cfg(feature = "live")]
mod timeline;
pub mod unfinished;
pub mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use assemble::{How, PlanRuns};
pub use bundle::Bundle;

/// What a report shows that is no part of the run: where it lies and how to run it again.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Where the HTML report lies, as people should type it.
    pub report: Option<String>,
    /// When it was made, in words.
    pub when: Option<String>,
    /// The command that runs it again.
    pub replay: Option<String>,
    /// What to try next.
    pub next: Vec<String>,
}

/// The files of a report: (name, text). Fails only when a template of ours does.
#[cfg(feature = "live")]
pub fn files(bundle: &Bundle, around: &Around) -> Result<Vec<(&'static str, String)>, String> {
    Ok(vec![
        ("run.json", json::text(bundle)),
        ("summary.md", markdown::summary(bundle, around)),
        ("junit.xml", junit::xml(bundle)?),
        ("report.html", html::page(bundle, around)?),
    ])
}
