//! What clients must find in files: the authority's certificate, alone and together with the system's, and a few lines for
//! Node. No key is ever written.

use super::store::system_store;
use crate::mocks::random::random;
use crate::mocks::sign;
use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// For Node before its own `NODE_USE_ENV_PROXY`.
const PRELOAD: &str = include_str!("preload.cjs");

/// A folder that goes with its owner.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new one below the system's place for such, only for us.
    pub fn temporary() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("holdline-{}", sign::hex(&random::<8>()?)));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nobody is there to be told; the system clears such folders in its own time.
        drop(std::fs::remove_dir_all(&self.path));
    }
}

/// The files, as clients are told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The authority's certificate.
    pub authority: PathBuf,
    /// The system's store and that certificate.
    pub bundle: PathBuf,
    /// What Node is to load first.
    pub preload: PathBuf,
    /// The system's store was found; else the bundle holds the certificate alone.
    pub with_store: bool,
}

impl Files {
    /// Writes them into a folder that exists; `store` is where `SSL_CERT_FILE` points, if it is set.
    pub fn write(folder: &Path, certificate: &str, store: Option<OsString>) -> io::Result<Self> {
        let folder = std::path::absolute(folder)?;
        let files = Self {
            authority: folder.join("holdline-ca.pem"),
            bundle: folder.join("ca-bundle.pem"),
            preload: folder.join("preload.cjs"),
            with_store: false,
        };
        let store = system_store(store.as_deref().map(Path::new));
        write(&files.authority, &[certificate])?;
        write(&files.bundle, &[store.as_deref().unwrap_or_default(), "\n", certificate])?;
        write(&files.preload, &[PRELOAD])?;
        Ok(Self { with_store: store.is_some(), ..files })
    }
}

/// Anew, and for nobody else: what a client trusts is not for others to change.
fn write(path: &Path, parts: &[&str]) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    parts.iter().try_for_each(|part| file.write_all(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn files_are_ours_alone_and_go_with_their_folder() {
        let folder = Folder::temporary().expect("a folder");
        let path = folder.path().to_owned();
        for _ in 0..2 {
            let files = Files::write(&path, "-----BEGIN CERTIFICATE-----\nx\n", None).expect("they are written");
            for file in [&files.authority, &files.bundle, &files.preload] {
                let mode = std::fs::metadata(file).expect("it is there").permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{}", file.display());
            }
            let bundle = std::fs::read_to_string(&files.bundle).expect("it is text");
            assert!(bundle.ends_with("-----BEGIN CERTIFICATE-----\nx\n"));
            assert_eq!(bundle.matches("BEGIN CERTIFICATE").count() > 1, files.with_store);
        }
        drop(folder);
        assert!(!path.exists());
    }
}
