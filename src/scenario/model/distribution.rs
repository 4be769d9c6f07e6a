//! Durations that vary, in the parameters the sampler needs.

use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A duration that varies. All parameters are in seconds; the language has already turned means, medians and percentiles into these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Distribution {
    /// Always the same.
    Constant(Span),
    /// Exponential with this mean.
    Exponential {
        /// Mean, seconds.
        mean: f64,
    },
    /// Lognormal: the logarithm of the seconds is normal.
    Lognormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Gamma.
    Gamma {
        /// Shape, 1/cv².
        shape: f64,
        /// Scale, seconds.
        scale: f64,
    },
    /// Weibull.
    Weibull {
        /// Scale, seconds.
        scale: f64,
        /// Shape: below one the hazard falls, above one it rises.
        shape: f64,
    },
    /// Pareto (type I).
    Pareto {
        /// The least value, seconds.
        least: f64,
        /// Tail index.
        shape: f64,
    },
    /// Uniform between two values.
    Uniform {
        /// Seconds.
        low: f64,
        /// Seconds.
        high: f64,
    },
    /// Triangular.
    Triangular {
        /// Seconds.
        low: f64,
        /// The most likely value, seconds.
        mode: f64,
        /// Seconds.
        high: f64,
    },
    /// One of the observed values, each as likely as the others. Seconds.
    Empirical(Arc<[f64]>),
    /// A mixture: (cumulative share, part), the last cumulative share is 1.
    Mix(Vec<(f64, Distribution)>),
    /// Another distribution, kept within bounds (values outside are moved to the bound).
    Bounded {
        /// What is bounded.
        of: Box<Distribution>,
        /// Least value.
        at_least: Span,
        /// Greatest value.
        at_most: Span,
    },
}
