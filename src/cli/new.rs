//! `holdline new`: a commented starter that runs as it is.

use super::out;
use crate::scenario::starter;
use crate::verdict::Exit;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Write a commented starter: a desk and a day.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline new
  holdline new my-desk/")]
pub(super) struct Args {
    /// The folder to write into
    #[arg(default_value = ".")]
    folder: PathBuf,
}

pub(super) fn main(args: &Args) -> Exit {
    match write(&args.folder) {
        Ok(text) => out::print(&text),
        Err(message) => {
            out::complain(&message);
            Exit::Usage
        }
    }
}

fn write(folder: &Path) -> Result<String, String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("the folder {} cannot be made: {e}", folder.display()))?;
    let mut said = String::new();
    let files = [(starter::SCENARIO_FILE, starter::SCENARIO), (starter::DESK_FILE, starter::DESK)];
    if let Some((name, _)) = files.iter().find(|(name, _)| folder.join(name).exists()) {
        return Err(format!("{} is there already; nothing was written", folder.join(name).display()));
    }
    for (name, text) in files {
        let path = folder.join(name);
        // Never over a file that somebody made in between.
        let file = std::fs::File::options().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
        said += &format!("wrote {}\n", path.display());
    }
    let day = folder.join(starter::SCENARIO_FILE);
    Ok(said + &format!("next  holdline check {0} --explain      holdline simulate {0}\n", day.display()))
}
