//! Who may come in: those who call this machine by a name of its own, so that no web page in a browser can reach in by a
//! name that it bent to loopback, and who have the token.

use crate::mocks::asked::Refused;
use crate::mocks::deliver::is_loopback;
use crate::mocks::form::{bearer, header};
use crate::mocks::vendor::Request;
use subtle::ConstantTimeEq as _;

/// The door of the control API.
#[derive(Clone, Debug)]
pub struct Door {
    token: Option<String>,
}

impl Door {
    /// Open for those who have this token; `None`: for everybody on this machine.
    pub fn new(token: Option<String>) -> Self {
        Self { token }
    }

    /// Whether a request may come in.
    pub(super) fn admits(&self, request: &Request) -> Result<(), Refused> {
        let host = header(&request.headers, "host").unwrap_or_default();
        if !is_loopback(without_port(host)) {
            let why = "call this machine by its own name, as in http://127.0.0.1 or http://localhost";
            return Err(Refused { status: 403, why: why.to_owned() });
        }
        let Some(token) = &self.token else { return Ok(()) };
        let given = bearer(&request.headers).unwrap_or_default();
        // In a time that says nothing of how much of it was right.
        if bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
            return Ok(());
        }
        let why =
            "the control API needs `Authorization: Bearer $HOLDLINE_CONTROL_TOKEN`, as `holdline mocks` printed it";
        Err(Refused { status: 401, why: why.to_owned() })
    }
}

/// `127.0.0.1:4100` and `[::1]:4100` without their port.
fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::{HeaderMap, Method, body::Bytes};

    fn knock(door: &Door, host: &str, authorization: Option<&str>) -> u16 {
        let mut headers = HeaderMap::new();
        headers.insert("host", host.parse().expect("plain ASCII"));
        if let Some(value) = authorization {
            headers.insert("authorization", value.parse().expect("plain ASCII"));
        }
        let request =
            Request { method: Method::GET, path: "/".into(), query: String::new(), headers, body: Bytes::new() };
        door.admits(&request).map_or_else(|refused| refused.status, |()| 200)
    }

    #[test]
    fn only_the_token_opens() {
        let door = Door::new(Some("secret".into()));
        assert_eq!(knock(&door, "127.0.0.1:4100", Some("Bearer secret")), 200);
        for wrong in [None, Some("Bearer secre"), Some("Bearer secret2"), Some("Basic secret"), Some("Bearer ")] {
            assert_eq!(knock(&door, "127.0.0.1:4100", wrong), 401, "{wrong:?}");
        }
    }

    #[test]
    fn a_name_that_was_bent_to_loopback_stays_outside() {
        let open = Door::new(None);
        for ours in ["127.0.0.1", "localhost:80", "[::1]:4100", "LOCALHOST"] {
            assert_eq!(knock(&open, ours, None), 200, "{ours}");
        }
        for theirs in ["evil.example:4100", "127.0.0.1.evil.example", "10.0.0.1:80", ""] {
            assert_eq!(knock(&open, theirs, None), 403, "{theirs}");
        }
    }
}
