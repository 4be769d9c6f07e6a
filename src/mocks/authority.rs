//! A certificate authority that lives as long as its mocks: its key is nowhere but in memory. It signs for the hosts that
//! the interception front answers for, and for the mail server's STARTTLS.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Names whose certificates are kept; when there are more, all are forgotten and made anew as they are asked for.
pub const MOST_NAMES: usize = 512;
/// Certificates are good from so many days ago, since clocks differ, for so many days: longer than any run.
const DAYS_BEFORE: i64 = 2;
const DAYS_AFTER: i64 = 365;
/// One that has run out did so a day ago, after a month.
const RAN_OUT: (i64, i64) = (-31, -1);
/// The name on a certificate for another host.
const OTHER_HOST: &str = "another-host.invalid";
const DAY: i64 = 86_400;

/// How a certificate looks to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// As it should be.
    Good,
    /// It has run out.
    Expired,
    /// It is for another host.
    WrongHost,
}

/// The one authority of a host's mocks, made when the first of them needs it: most never speak TLS.
#[derive(Default)]
pub struct WhenNeeded {
    made: OnceLock<Result<Arc<Authority>, String>>,
}

impl WhenNeeded {
    /// The authority, or why there is none; `now` is in Unix seconds.
    pub fn get(&self, now: i64) -> Result<Arc<Authority>, String> {
        self.made.get_or_init(|| Authority::new(now).map(Arc::new)).clone()
    }
}

/// The authority, and what it has signed.
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
    /// One key for all leaves: making one takes longer than signing, and none is a secret worth a second.
    leaf_key: KeyPair,
    unix_at_start: i64,
    signed: Mutex<BTreeMap<(String, Face), Arc<ServerConfig>>>,
    nobody: Arc<ServerConfig>,
}

impl Authority {
    /// A new one; `now` is in Unix seconds.
    pub fn new(now: i64) -> Result<Self, String> {
        let cannot = |e: rcgen::Error| format!("certificates cannot be made: {e}");
        let key = KeyPair::generate().map_err(cannot)?;
        let leaf_key = KeyPair::generate().map_err(cannot)?;
        let mut params = dated(Vec::new(), now, (-DAYS_BEFORE, DAYS_AFTER)).map_err(cannot)?;
        params.distinguished_name.push(DnType::CommonName, "Holdline throw-away CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(cannot)?.pem();
        let nobody = config(Arc::new(Nobody)).map_err(|e| format!("TLS cannot be set up: {e}"))?;
        Ok(Self {
            certificate,
            issuer: Issuer::new(params, key),
            leaf_key,
            unix_at_start: now,
            signed: Mutex::default(),
            nobody,
        })
    }

    /// Its certificate as PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// TLS for a host with such a certificate; `None` if no certificate can be for that name.
    pub fn config(&self, host: &str, face: Face) -> Option<Arc<ServerConfig>> {
        let key = (host.to_owned(), face);
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = signed.get(&key) {
            return Some(known.clone());
        }
        let made = self.sign(host, face).ok()?;
        if signed.len() >= MOST_NAMES {
            signed.clear();
        }
        signed.insert(key, made.clone());
        Some(made)
    }

    /// TLS that ends in an alert: for a host that nobody answers for.
    pub fn for_nobody(&self) -> Arc<ServerConfig> {
        self.nobody.clone()
    }

    fn sign(&self, host: &str, face: Face) -> Result<Arc<ServerConfig>, String> {
        let host = if face == Face::WrongHost { OTHER_HOST } else { host };
        let days = if face == Face::Expired { RAN_OUT } else { (-DAYS_BEFORE, DAYS_AFTER) };
        let mut params = dated(vec![host.to_owned()], self.unix_at_start, days).map_err(|e| e.to_string())?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&self.leaf_key, &self.issuer).map_err(|e| e.to_string())?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.leaf_key.serialize_der()));
        let key = rustls::crypto::ring::sign::any_supported_type(&key).map_err(|e| e.to_string())?;
        let chain: Vec<CertificateDer<'static>> = vec![leaf.der().clone()];
        config(Arc::new(One(Arc::new(CertifiedKey::new(chain, key))))).map_err(|e| e.to_string())
    }
}

/// Parameters that are good for these days around `now`.
fn dated(names: Vec<String>, now: i64, (from, to): (i64, i64)) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    let date = |days: i64| {
        let then = jiff::Timestamp::from_second(now + days * DAY).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let date = then.to_zoned(jiff::tz::TimeZone::UTC).date();
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    (params.not_before, params.not_after) = (date(from), date(to));
    params.distinguished_name = rcgen::DistinguishedName::new();
    Ok(params)
}

/// HTTP/1.1 only, and nothing is kept of a session: memory does not grow with connections.
fn config(resolver: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// Always the same certificate.
#[derive(Debug)]
struct One(Arc<CertifiedKey>);

impl ResolvesServerCert for One {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// None at all: the handshake ends in an alert.
#[derive(Debug)]
struct Nobody;

impl ResolvesServerCert for Nobody {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_signed_once_and_names_do_not_pile_up() {
        let authority = Authority::new(1_800_000_000).expect("keys can be made");
        let first = authority.config("api.openai.com", Face::Good).expect("a name");
        let again = authority.config("api.openai.com", Face::Good).expect("a name");
        assert!(Arc::ptr_eq(&first, &again));
        assert!(authority.config("127.0.0.1", Face::Expired).is_some(), "addresses have certificates too");
        assert!(authority.config("ä", Face::Good).is_none());
        for n in 0..MOST_NAMES {
            assert!(authority.config(&format!("h{n}.zendesk.com"), Face::Good).is_some());
        }
        assert!(authority.signed.lock().expect("nobody panicked").len() <= MOST_NAMES);
    }

    #[test]
    fn the_certificate_is_public_and_the_key_is_not_in_it() {
        let pem = Authority::new(1_800_000_000).expect("keys can be made").certificate().to_owned();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE"));
    }
}
