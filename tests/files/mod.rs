//! Files for a test, in a folder of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Files in a folder of their own, removed at the end.
pub(crate) struct Files(PathBuf);

impl Files {
    /// Files by name (below the folder) and text.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let binary = std::env::current_exe().expect("a test runs from a file");
        let test = binary.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = std::env::temp_dir().join(format!("holdline-{test}-{}-{number}", std::process::id()));
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("a temporary folder can be made");
            fs::write(path, text).expect("it can be written to");
        }
        Self(folder)
    }

    /// Where a file of this name lies.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
