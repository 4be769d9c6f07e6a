//! Holdline: a chaos and outage simulation harness for customer-support stacks.
//!
//! Data flows one way: a scenario file becomes a typed [`scenario::Scenario`]; the engine and its pure world turn it into
//! [`observation::Observation`]s (the narrow waist); measures, verdict and reports know nothing else.
//!
//! The floors, each of which uses only those below it:
//!
//! | floor | rooms |
//! | --- | --- |
//! | F7 | `cli` one file a command |
//! | F6 | `rehearse` the wall-clock driver, the target's process, the reference desk · `drill` the exercise, its server and pages, its report |
//! | F5 | `mocks` server, wire, journal, a folder a vendor · `report` terminal, HTML, SVG, Markdown, JSON, JUnit |
//! | F4 | `measure` · `verdict` · `engine` · `breaking` how long or large a disturbance must be for the verdict to flip |
//! | F3 | `world` customers, floor, people · `desk` bot, routing, plan |
//! | F2 | `workload` · `workforce` · `faults` · `observation` · `seam` |
//! | F1 | `scenario` types, load, check, schema, catalogue |
//! | F0 | `time`, `rng`, `units` |
//!
//! F0 to F4 are pure: no sockets, no sleeping, no wall clock, no global randomness.

pub mod rng;
pub mod time;
pub mod units;

pub mod scenario;

pub mod faults;
pub mod observation;
pub mod seam;
pub mod workforce;
pub mod workload;

pub mod desk;
pub mod world;

pub mod breaking;
pub mod engine;
pub mod measure;
pub mod verdict;

pub mod report;

#[cfg(feature = "live")]
pub mod mocks;

#[cfg(feature = "live")]
pub mod rehearse;

#[cfg(feature = "live")]
pub mod drill;

#[cfg(feature = "live")]
pub mod cli;
