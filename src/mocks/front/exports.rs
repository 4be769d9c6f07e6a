//! The environment that sends a program's connections to the front, in the words of each runtime.

use super::files::Files;
use std::net::SocketAddr;

/// Names and addresses of this machine, which go round the front.
pub const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Every variable. `beside` are further hosts that go round the front (the target's own services, and what `NO_PROXY` said
/// before); `node_options` is what it was before, which is kept.
pub fn exports(
    address: SocketAddr,
    files: &Files,
    beside: &[String],
    node_options: Option<&str>,
) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut export = |names: &[&str], value: &str| {
        all.extend(names.iter().map(|name| ((*name).to_owned(), value.to_owned())));
    };
    // Lower case for curl, which takes HTTP_PROXY for a header of CGI, and for Ruby and wget.
    export(&["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"], &format!("http://{address}"));
    export(&["NO_PROXY", "no_proxy"], &without_proxy(beside));
    let bundle = files.bundle.display().to_string();
    // OpenSSL, Go and rustls; requests; curl; git; boto; gRPC; Deno.
    export(&["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"], &bundle);
    export(&["AWS_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "TWILIO_CA_BUNDLE"], &bundle);
    // These add to a store of their own.
    export(&["NODE_EXTRA_CA_CERTS", "DENO_CERT"], &files.authority.display().to_string());
    export(&["NODE_USE_ENV_PROXY"], "1");
    let preload = files.preload.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    let load =
        if preload.contains([' ', '"']) { format!("--require \"{preload}\"") } else { format!("--require {preload}") };
    export(&["NODE_OPTIONS"], &node_options.into_iter().chain([load.as_str()]).collect::<Vec<_>>().join(" "));
    all
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
        let all = exports(([127, 0, 0, 1], 4107).into(), &files, &beside, Some("--max-old-space-size=512"));
        let text: String = all.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        insta::assert_snapshot!(text, @r#"
        HTTPS_PROXY=http://127.0.0.1:4107
        HTTP_PROXY=http://127.0.0.1:4107
        https_proxy=http://127.0.0.1:4107
        http_proxy=http://127.0.0.1:4107
        NO_PROXY=localhost,127.0.0.1,::1,db.internal,bot.internal
        no_proxy=localhost,127.0.0.1,::1,db.internal,bot.internal
        SSL_CERT_FILE=/run/bundle.pem
        REQUESTS_CA_BUNDLE=/run/bundle.pem
        CURL_CA_BUNDLE=/run/bundle.pem
        GIT_SSL_CAINFO=/run/bundle.pem
        AWS_CA_BUNDLE=/run/bundle.pem
        GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=/run/bundle.pem
        TWILIO_CA_BUNDLE=/run/bundle.pem
        NODE_EXTRA_CA_CERTS=/run/ca.pem
        DENO_CERT=/run/ca.pem
        NODE_USE_ENV_PROXY=1
        NODE_OPTIONS=--max-old-space-size=512 --require "/my run/preload.cjs"
        "#);
    }
}
