//! `holdline desk`: the built-in reference desk, as a program of its own.

use super::out;
use crate::rehearse::reference::{self, Settings};
use crate::verdict::Exit;

pub(super) fn main() -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            out::complain(&format!("the reference desk cannot start: {error}"));
            return Exit::Usage;
        }
    };
    let ran = Settings::from_env().and_then(|settings| runtime.block_on(reference::run(settings)));
    match ran {
        Ok(()) => Exit::Fine,
        Err(refused) => {
            out::complain(&refused.to_string());
            Exit::Usage
        }
    }
}
