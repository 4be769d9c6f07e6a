//! The system's own randomness, for what nobody may guess: tokens and names of private folders. Never for what is simulated.

use std::fs::File;
use std::io::{self, Read as _};

/// So many bytes of it.
///
/// # Errors
///
/// The system gives none.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
