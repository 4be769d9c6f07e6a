//! From what people know (mean and coefficient of variation, median and 95th percentile) to parameters.

use super::Context;
use crate::scenario::csv::{Csv, Fault};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::Distribution;
use crate::scenario::raw::{self, Length};
use crate::scenario::tree::Place;
use crate::time::Span;
use std::sync::Arc;

/// The 95th percentile of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_7;
/// Observed values in one file.
const MOST_OBSERVED: usize = 1_000_000;

/// A lognormal by its mean (seconds) and coefficient of variation.
pub(crate) fn lognormal_of_mean_cv(mean: f64, cv: f64) -> Distribution {
    let variance = libm::log1p(cv * cv);
    Distribution::Lognormal { mu: libm::log(mean) - variance / 2.0, sigma: libm::sqrt(variance) }
}

impl Context<'_> {
    /// The parameters of a distribution; errors point at `place`, where it is written.
    pub(crate) fn distribution(&mut self, written: &raw::Distribution, place: Place) -> Distribution {
        match self.parameters(written, place) {
            Ok(distribution) => distribution,
            Err(error) => {
                self.error(*error);
                Distribution::Constant(Span::ZERO)
            }
        }
    }

    fn parameters(&mut self, written: &raw::Distribution, place: Place) -> Result<Distribution, Box<Diagnostic>> {
        use raw::Distribution as Written;
        let positive = |what: &str, value: f64| {
            let wrong = || Box::new(Diagnostic::at(place, format!("`{what}` must be more than zero")));
            if value > 0.0 { Ok(value) } else { Err(wrong()) }
        };
        Ok(match written {
            Written::Constant(span) => Distribution::Constant(*span),
            Written::Exponential(simple) => {
                let mean = positive("mean", simple.0.mean.0.secs_f64())?;
                bounded(Distribution::Exponential { mean }, simple.0.at_least, simple.0.at_most, place)?
            }
            Written::Lognormal(lognormal) => {
                bounded(of_lognormal(lognormal, place)?, lognormal.at_least, lognormal.at_most, place)?
            }
            Written::Gamma(gamma) => {
                let (mean, cv) = (positive("mean", gamma.mean.0.secs_f64())?, gamma.cv.0);
                let of = match cv {
                    0.0 => Distribution::Constant(gamma.mean.0),
                    _ => Distribution::Gamma { shape: 1.0 / (cv * cv), scale: mean * cv * cv },
                };
                bounded(of, gamma.at_least, gamma.at_most, place)?
            }
            Written::Weibull(weibull) => {
                let (mean, shape) = (positive("mean", weibull.mean.0.secs_f64())?, positive("shape", weibull.shape.0)?);
                if !(0.05..=100.0).contains(&shape) {
                    return Err(Box::new(
                        Diagnostic::at(place, "`shape` is out of bounds").label("from 0.05 to 100 is possible"),
                    ));
                }
                let of = Distribution::Weibull { scale: mean / libm::tgamma(1.0 + 1.0 / shape), shape };
                bounded(of, weibull.at_least, weibull.at_most, place)?
            }
            Written::Pareto(pareto) => {
                let least = positive("least", pareto.least.0.secs_f64())?;
                let of = Distribution::Pareto { least, shape: positive("shape", pareto.shape.0)? };
                bounded(of, None, pareto.at_most, place)?
            }
            Written::Uniform(ends) => match seconds(ends)[..] {
                [low, high] if low < high => Distribution::Uniform { low, high },
                _ => {
                    return Err(Box::new(
                        Diagnostic::at(place, "a uniform distribution has two ends")
                            .help("write `{uniform: [2m, 6m]}`, the lower first"),
                    ));
                }
            },
            Written::Triangular(points) => match seconds(points)[..] {
                [low, mode, high] if low <= mode && mode <= high && low < high => {
                    Distribution::Triangular { low, mode, high }
                }
                _ => {
                    return Err(Box::new(
                        Diagnostic::at(place, "a triangular distribution has three points")
                            .help("write `{triangular: [1m, 3m, 9m]}`: least, most likely, greatest"),
                    ));
                }
            },
            Written::Empirical(empirical) => {
                let values = self.observed(&empirical.0.file)?;
                bounded(Distribution::Empirical(values), empirical.0.at_least, empirical.0.at_most, place)?
            }
            Written::Mix(parts) => self.mix(parts, place)?,
        })
    }

    fn mix(&mut self, parts: &[raw::Part], place: Place) -> Result<Distribution, Box<Diagnostic>> {
        let mut total = 0.0;
        let mut list = Vec::new();
        for part in parts {
            total += part.share.0;
            list.push((total, self.parameters(&part.of, place)?));
        }
        if (total - 1.0).abs() > 1e-9 {
            let title = format!("the shares of this mix sum to {}%, not 100%", total * 100.0);
            return Err(Box::new(Diagnostic::at(place, title)));
        }
        if let Some(last) = list.last_mut() {
            last.0 = 1.0;
        }
        Ok(Distribution::Mix(list))
    }

    /// The values of a column of a CSV file: durations, or plain numbers of seconds.
    fn observed(&mut self, written: &crate::scenario::tree::At<String>) -> Result<Arc<[f64]>, Box<Diagnostic>> {
        let wrong = |title: String| Box::new(Diagnostic::at(written.place, title));
        let (file, column) = match written.value.split_once('#') {
            Some((file, column)) => (file, Some(column.trim())),
            None => (written.value.as_str(), None),
        };
        let path = crate::scenario::files::below(self.folder, self.folder, file).map_err(wrong)?;
        let text = crate::scenario::files::read_text(&path, crate::scenario::files::MOST_DATA).map_err(wrong)?;
        let mut csv = Csv::new(&text).map_err(|fault| self.data_fault(file, &text, fault))?;
        let index = match column {
            None => 0,
            Some(column) => {
                let found = csv.column(column).map_err(|fault| self.data_fault(file, &text, fault))?;
                found.ok_or_else(|| {
                    wrong(format!("this file has no column `{column}`")).label_with(csv.names(), "its columns are")
                })?
            }
        };
        let values = column_of(&mut csv, index).map_err(|fault| self.data_fault(file, &text, fault))?;
        self.data.push(text);
        if values.is_empty() {
            return Err(wrong("this file holds no values".to_owned()));
        }
        Ok(values.into())
    }
}

/// The values of one column.
fn column_of(csv: &mut Csv<'_>, index: usize) -> Result<Vec<f64>, Fault> {
    if let Some(name) = csv.header.get(index).filter(|name| super::trace::length(name).is_ok()) {
        let fault = name.fault("this file does not name its columns").label("this is a value, and would be lost");
        return Err(fault.help("write the name of the column into the first row, as in `handle`"));
    }
    let (mut values, mut cells) = (Vec::new(), Vec::new());
    while csv.row(&mut cells)? {
        csv.whole(&cells)?;
        let cell = &cells[index];
        if values.len() == MOST_OBSERVED {
            return Err(cell.fault(format!("more than {MOST_OBSERVED} values")).label("this is the limit"));
        }
        values.push(super::trace::length(cell)?.secs_f64());
    }
    Ok(values)
}

/// A small help for building an error with a list of names.
trait LabelWith {
    fn label_with<'a>(self, names: impl Iterator<Item = &'a str>, words: &str) -> Self;
}

impl LabelWith for Box<Diagnostic> {
    fn label_with<'a>(self, names: impl Iterator<Item = &'a str>, words: &str) -> Self {
        let label = format!("{words} {}", crate::scenario::diagnostic::listed(names));
        Box::new((*self).label(label))
    }
}

fn seconds(spans: &[Length]) -> Vec<f64> {
    spans.iter().map(|span| span.0.secs_f64()).collect()
}

fn of_lognormal(written: &raw::Lognormal, place: Place) -> Result<Distribution, Box<Diagnostic>> {
    let wrong = |title: &str| {
        Box::new(
            Diagnostic::at(place, title)
                .help("write `{lognormal: {mean: 4m, cv: 0.8}}` or `{lognormal: {median: 3m, p95: 12m}}`"),
        )
    };
    match (written.mean, written.cv, written.median, written.p95) {
        (Some(mean), Some(cv), None, None) if mean.0 > Span::ZERO => Ok(lognormal_of_mean_cv(mean.0.secs_f64(), cv.0)),
        (None, None, Some(median), Some(p95)) if median.0 > Span::ZERO && p95.0 >= median.0 => {
            let mu = libm::log(median.0.secs_f64());
            Ok(Distribution::Lognormal { mu, sigma: (libm::log(p95.0.secs_f64()) - mu) / Z95 })
        }
        (Some(_), Some(_), None, None) => Err(wrong("`mean` must be more than zero")),
        (None, None, Some(_), Some(_)) => Err(wrong("`median` must be more than zero and `p95` no less than it")),
        _ => Err(wrong("a lognormal is given by `mean` and `cv`, or by `median` and `p95`")),
    }
}

fn bounded(
    of: Distribution,
    least: Option<Length>,
    most: Option<Length>,
    place: Place,
) -> Result<Distribution, Box<Diagnostic>> {
    if least.is_none() && most.is_none() {
        return Ok(of);
    }
    let at_least = least.map_or(Span::ZERO, |length| length.0);
    let at_most = most.map_or(Span::FOREVER, |length| length.0);
    if at_least > at_most {
        return Err(Box::new(Diagnostic::at(place, "`at_least` is more than `at_most`")));
    }
    Ok(Distribution::Bounded { of: Box::new(of), at_least, at_most })
}
