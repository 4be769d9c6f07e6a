//! The environment that sends a program's connections to the front, in the words of each runtime.

use super::files::Files;
use std::net::SocketAddr;

/// Names and addresses of this machine, which go round the front.
pub const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Variables and their values, as they are set for a program.
pub type Variables = Vec<(String, String)>;

/// What names the front as a proxy. `beside` are further hosts that go round it (the target's own services, and what
/// `NO_PROXY` said before); `node_options` is what it was before, which is kept.
pub(super) fn of_proxy(address: SocketAddr, files: &Files, beside: &[String], node_options: Option<&str>) -> Variables {
    let mut all = Variables::new();
    let mut export = |names: &[&str], value: &str| set(&mut all, names, value);
    // Lower case for curl, which takes HTTP_PROXY for a header of CGI, and for Ruby and wget.
    export(&["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"], &format!("http://{address}"));
    export(&["NO_PROXY", "no_proxy"], &without_proxy(beside));
    export(&["NODE_USE_ENV_PROXY"], "1");
    let preload = files.preload.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    let load =
        if preload.contains([' ', '"']) { format!("--require \"{preload}\"") } else { format!("--require {preload}") };
    export(&["NODE_OPTIONS"], &node_options.into_iter().chain([load.as_str()]).collect::<Vec<_>>().join(" "));
    all
}

/// What lets a program trust the front.
pub(super) fn of_trust(files: &Files) -> Variables {
    let mut all = Variables::new();
    let bundle = files.bundle.display().to_string();
    // OpenSSL (Ruby, PHP and Perl too), Go and rustls; requests; curl; git; boto; gRPC; Twilio.
    set(&mut all, &["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"], &bundle);
    set(&mut all, &["AWS_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "TWILIO_CA_BUNDLE"], &bundle);
    // These add to a store of their own.
    set(&mut all, &["NODE_EXTRA_CA_CERTS", "DENO_CERT"], &files.authority.display().to_string());
    all
}

/// What lets a program forget a proxy that the environment names: those that know none take an empty one for none.
pub fn of_no_proxy() -> Variables {
    let mut all = Variables::new();
    set(&mut all, &["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"], "");
    all
}

fn set(all: &mut Variables, names: &[&str], value: &str) {
    all.extend(names.iter().map(|name| ((*name).to_owned(), value.to_owned())));
}

fn without_proxy(beside: &[String]) -> String {
    let mut hosts: Vec<&str> = LOCAL.to_vec();
    for host in beside.iter().flat_map(|list| list.split(',')).map(str::trim) {
        // A star would send everything past the front.
        if !host.is_empty() && host != "*" && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exports_as_people_source_them() {
        let files = Files {
            authority: "/run/ca.pem".into(),
            bundle: "/run/bundle.pem".into(),
            preload: "/my run/preload.cjs".into(),
            with_store: true,
        };
        let beside = ["db.internal, *,localhost".to_owned(), "bot.internal".to_owned()];
        let mut all = of_proxy(([127, 0, 0, 1], 4107).into(), &files, &beside, Some("--max-old-space-size=512"));
        all.extend(of_trust(&files));
        let text: String = all.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        insta::assert_snapshot!(text, @r#"
        HTTPS_PROXY=http://127.0.0.1:4107
        HTTP_PROXY=http://127.0.0.1:4107
        https_proxy=http://127.0.0.1:4107
        http_proxy=http://127.0.0.1:4107
        NO_PROXY=localhost,127.0.0.1,::1,db.internal,bot.internal
        no_proxy=localhost,127.0.0.1,::1,db.internal,bot.internal
        NODE_USE_ENV_PROXY=1
        NODE_OPTIONS=--max-old-space-size=512 --require "/my run/preload.cjs"
        SSL_CERT_FILE=/run/bundle.pem
        REQUESTS_CA_BUNDLE=/run/bundle.pem
        CURL_CA_BUNDLE=/run/bundle.pem
        GIT_SSL_CAINFO=/run/bundle.pem
        AWS_CA_BUNDLE=/run/bundle.pem
        GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=/run/bundle.pem
        TWILIO_CA_BUNDLE=/run/bundle.pem
        NODE_EXTRA_CA_CERTS=/run/ca.pem
        DENO_CERT=/run/ca.pem
        "#);
    }
}
