//! Words that the seam wants for ever: the names of endpoints and headers.
//!
//! A vendor in code has them as constants; here they come from a file. A process reads few such files, each bounded, so
//! every different word is kept once and for as long as the process lives.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The same word, kept.
pub(super) fn fixed(word: &str) -> &'static str {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(word) {
        return known;
    }
    let word: &'static str = Box::leak(word.to_owned().into_boxed_str());
    kept.insert(word);
    word
}
