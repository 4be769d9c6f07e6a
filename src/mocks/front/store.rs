//! The certificates that programs on this machine trust anyway: the front's own joins them, since the variables that name
//! a store replace it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Where systems keep theirs, as OpenSSL, Go and curl look for it.
const USUAL: [&str; 9] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/openssl@3/cert.pem",
    "/opt/homebrew/etc/openssl@3/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];
/// The largest store that is read.
const LARGEST: u64 = 16 << 20;

/// The store's text: of the file that `named` says (`SSL_CERT_FILE`), else of the first usual place. `None`: there is none.
pub fn system_store(named: Option<&Path>) -> Option<String> {
    let usual = USUAL.iter().map(PathBuf::from);
    named.map(Path::to_path_buf).into_iter().chain(usual).find_map(|path| read(&path))
}

fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    let read = File::open(path).ok()?.take(LARGEST + 1).read_to_string(&mut text).ok()?;
    (read as u64 <= LARGEST && text.contains("-----BEGIN ")).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_named_comes_first_and_what_is_no_store_is_passed_over() {
        let folder = crate::mocks::front::Folder::temporary().expect("a folder");
        let (store, none) = (folder.path().join("store.pem"), folder.path().join("none.pem"));
        std::fs::write(&store, "-----BEGIN CERTIFICATE-----\nmine").expect("it is written");
        std::fs::write(&none, "hello").expect("it is written");
        assert!(system_store(Some(&store)).is_some_and(|text| text.ends_with("mine")));
        assert!(system_store(Some(&none)).is_none_or(|text| text != "hello"));
    }
}
