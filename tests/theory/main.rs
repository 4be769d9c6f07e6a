//! The simulator against exact theory. Every model is written in the scenario language (the YAML beside this file), played
//! at least twenty times, and held against formulas or against the equations of its Markov chain, solved here.
//!
//! Waiting is autocorrelated within a run, so what a figure may be off by comes from replications: |mean - exact| stays
//! below four standard errors over runs. A bound proves nothing when it is wide, so the standard error is bounded too.

mod absence;
mod chain;
mod compare;
mod erlang;
mod flapping;
mod formulas;
mod overflow;
mod priorities;
mod retrials;
mod transients;
