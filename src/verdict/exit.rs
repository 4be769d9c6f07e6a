//! Exit codes: what a script learns of a run.

use super::{Verdict, Void};

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Held, or bent without `--strict`.
    Fine = 0,
    /// Broke, or bent with `--strict`.
    Broke = 1,
    /// Wrong usage, or an invalid scenario.
    Usage = 2,
    /// Void: the target did not start, get ready or live.
    Target = 3,
    /// Void for any other reason.
    Void = 4,
    /// Only worse than the baseline it was compared with.
    Regression = 5,
    /// Interrupted, with the verdict so far.
    Interrupted = 130,
}

impl Exit {
    /// The code of a verdict. An interrupted run says so whatever its verdict so far; a regression only shows where
    /// nothing else is wrong.
    pub fn of(verdict: &Verdict, strict: bool, interrupted: bool, regression: bool) -> Self {
        match verdict {
            _ if interrupted => Self::Interrupted,
            Verdict::Void(Void::Target(_)) => Self::Target,
            Verdict::Void(_) => Self::Void,
            Verdict::Broke => Self::Broke,
            Verdict::Bent if strict => Self::Broke,
            Verdict::Bent | Verdict::Held if regression => Self::Regression,
            Verdict::Bent | Verdict::Held => Self::Fine,
        }
    }
    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Trouble;

    fn code(verdict: Verdict, strict: bool, interrupted: bool, regression: bool) -> u8 {
        Exit::of(&verdict, strict, interrupted, regression).code()
    }

    #[test]
    fn zero_is_held_or_bent() {
        assert_eq!(code(Verdict::Held, false, false, false), 0);
        assert_eq!(code(Verdict::Held, true, false, false), 0);
        assert_eq!(code(Verdict::Bent, false, false, false), 0);
    }
    #[test]
    fn one_is_broke_or_bent_under_strict() {
        assert_eq!(code(Verdict::Broke, false, false, false), 1);
        assert_eq!(code(Verdict::Broke, false, false, true), 1);
        assert_eq!(code(Verdict::Bent, true, false, false), 1);
    }
    #[test]
    fn two_is_usage() {
        assert_eq!(Exit::Usage.code(), 2);
    }
    #[test]
    fn three_is_a_target_that_did_not_start_get_ready_or_live() {
        for kind in [Trouble::CannotStart, Trouble::NeverReady, Trouble::Exited] {
            assert_eq!(code(Verdict::Void(Void::Target(kind)), false, false, false), 3);
        }
    }
    #[test]
    fn four_is_void_for_any_other_reason() {
        assert_eq!(code(Verdict::Void(Void::NoSamples("wait".into())), false, false, false), 4);
        assert_eq!(code(Verdict::Void(Void::Baseline("chat".into())), true, false, true), 4);
        assert_eq!(code(Verdict::Void(Void::Late(2.0)), false, false, false), 4);
    }
    #[test]
    fn five_is_a_regression_and_nothing_else() {
        assert_eq!(code(Verdict::Held, false, false, true), 5);
        assert_eq!(code(Verdict::Bent, false, false, true), 5);
    }
    #[test]
    fn one_hundred_and_thirty_is_interrupted() {
        assert_eq!(code(Verdict::Broke, false, true, false), 130);
    }
}
