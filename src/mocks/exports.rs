//! The environment that points programs at the mocks.

use crate::scenario::model::DependencyKind;
use std::net::SocketAddr;

/// The key of every mock language model.
pub const OPENAI_KEY: &str = "sk-mock";
/// The token of the Slack app's bot.
pub const SLACK_BOT_TOKEN: &str = "xoxb-mock-token";
/// The token of the Slack app for Socket Mode.
pub const SLACK_APP_TOKEN: &str = "xapp-mock-token";
/// The secret that signs Slack's requests.
pub const SLACK_SIGNING_SECRET: &str = "mock-signing-secret";
/// The agent whose token Zendesk accepts.
pub const ZENDESK_EMAIL: &str = "agent@example.com";
/// Its token.
pub const ZENDESK_TOKEN: &str = "mock-zendesk-token";
/// The Zendesk account.
pub const ZENDESK_SUBDOMAIN: &str = "mock";
/// The Twilio account.
pub const TWILIO_ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
/// Its token, which also signs Twilio's requests.
pub const TWILIO_AUTH_TOKEN: &str = "mock-twilio-auth-token";
/// The desk's phone number.
pub const TWILIO_NUMBER: &str = "+15005550006";
/// The status page.
pub const STATUSPAGE_PAGE: &str = "mockpage";
/// Its key.
pub const STATUSPAGE_KEY: &str = "mock-statuspage-key";

/// A mock that is up.
#[derive(Clone, Debug)]
pub struct Up<'a> {
    /// The dependency's name.
    pub name: &'a str,
    /// What it speaks.
    pub kind: DependencyKind,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Every variable, in the order of the mocks. The vendor's own variables name the first mock of a kind; every mock has
/// `<NAME>_URL`, a proxy also `<NAME>_ADDR`, and every further one of a kind `<NAME>_API_KEY`.
pub fn exports(mocks: &[Up<'_>]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for (index, mock) in mocks.iter().enumerate() {
        let first = !mocks[..index].iter().any(|earlier| earlier.kind == mock.kind);
        if first {
            all.extend(of_kind(mock).into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        let own = word(mock.name);
        let mut mine = vec![(format!("{own}_URL"), base(mock))];
        if mock.kind == DependencyKind::Tcp {
            mine.push((format!("{own}_ADDR"), mock.address.to_string()));
        }
        if let Some(credential) = credential(mock.kind).filter(|_| !first) {
            mine.push((format!("{own}_API_KEY"), credential.to_owned()));
        }
        // `zendesk` as a name gives ZENDESK_URL, which its kind has set already.
        mine.retain(|(name, _)| !all.iter().any(|(known, _)| known == name));
        all.extend(mine);
    }
    all
}

/// The address as the kind's clients want it.
fn base(mock: &Up<'_>) -> String {
    let address = mock.address;
    match mock.kind {
        DependencyKind::Openai => format!("http://{address}/v1"),
        DependencyKind::Slack => format!("http://{address}/api/"),
        DependencyKind::Zendesk | DependencyKind::Twilio | DependencyKind::Statuspage | DependencyKind::Http => {
            format!("http://{address}")
        }
        DependencyKind::Tcp => format!("tcp://{address}"),
        DependencyKind::Smtp => format!("smtp://{address}"),
    }
}

/// `None`: any will do.
fn credential(kind: DependencyKind) -> Option<&'static str> {
    match kind {
        DependencyKind::Openai => Some(OPENAI_KEY),
        DependencyKind::Slack => Some(SLACK_BOT_TOKEN),
        DependencyKind::Zendesk => Some(ZENDESK_TOKEN),
        DependencyKind::Twilio => Some(TWILIO_AUTH_TOKEN),
        DependencyKind::Statuspage => Some(STATUSPAGE_KEY),
        DependencyKind::Smtp | DependencyKind::Http | DependencyKind::Tcp => None,
    }
}

fn of_kind(mock: &Up<'_>) -> Vec<(&'static str, String)> {
    let url = base(mock);
    match mock.kind {
        DependencyKind::Openai => {
            // Anthropic's clients add the version to the path by themselves.
            let root = url.trim_end_matches("/v1").to_owned();
            vec![
                ("OPENAI_BASE_URL", url.clone()),
                ("OPENAI_API_BASE", url),
                ("OPENAI_API_KEY", OPENAI_KEY.into()),
                ("ANTHROPIC_BASE_URL", root),
                ("ANTHROPIC_API_KEY", OPENAI_KEY.into()),
            ]
        }
        DependencyKind::Slack => vec![
            ("SLACK_API_URL", url),
            ("SLACK_BOT_TOKEN", SLACK_BOT_TOKEN.into()),
            ("SLACK_APP_TOKEN", SLACK_APP_TOKEN.into()),
            ("SLACK_SIGNING_SECRET", SLACK_SIGNING_SECRET.into()),
        ],
        DependencyKind::Zendesk => vec![
            ("ZENDESK_URL", url),
            ("ZENPY_FORCE_NETLOC", mock.address.to_string()),
            ("ZENPY_FORCE_SCHEME", "http".into()),
            ("ZENDESK_EMAIL", ZENDESK_EMAIL.into()),
            ("ZENDESK_TOKEN", ZENDESK_TOKEN.into()),
            ("ZENDESK_SUBDOMAIN", ZENDESK_SUBDOMAIN.into()),
            ("ZENDESK_WEBHOOK_SECRET", SLACK_SIGNING_SECRET.into()),
        ],
        DependencyKind::Twilio => vec![
            ("TWILIO_API_URL", url),
            ("TWILIO_ACCOUNT_SID", TWILIO_ACCOUNT_SID.into()),
            ("TWILIO_AUTH_TOKEN", TWILIO_AUTH_TOKEN.into()),
            ("TWILIO_PHONE_NUMBER", TWILIO_NUMBER.into()),
        ],
        DependencyKind::Statuspage => vec![
            ("STATUSPAGE_API_URL", url),
            ("STATUSPAGE_API_KEY", STATUSPAGE_KEY.into()),
            ("STATUSPAGE_PAGE_ID", STATUSPAGE_PAGE.into()),
        ],
        DependencyKind::Smtp => vec![("SMTP_ADDR", mock.address.to_string())],
        // Nobody but the target knows what its client reads: only the variables of its name.
        DependencyKind::Http | DependencyKind::Tcp => Vec::new(),
    }
}

/// A name as a variable: `llm-backup` is `LLM_BACKUP`. A digit cannot begin one.
fn word(name: &str) -> String {
    let word: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    if word.starts_with(|c: char| c.is_ascii_digit()) { format!("_{word}") } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_as_people_source_them() {
        let names = ["llm", "llm-backup", "slack", "zendesk", "twilio", "status-page", "smtp", "crm", "db-main"];
        let kinds = [
            DependencyKind::Openai,
            DependencyKind::Openai,
            DependencyKind::Slack,
            DependencyKind::Zendesk,
            DependencyKind::Twilio,
            DependencyKind::Statuspage,
            DependencyKind::Smtp,
            DependencyKind::Http,
            DependencyKind::Tcp,
        ];
        let mocks: Vec<Up<'_>> = (names.iter().zip(kinds).zip(4_001u16..))
            .map(|((name, kind), port)| Up { name, kind, address: ([127, 0, 0, 1], port).into() })
            .collect();
        let text: String = exports(&mocks).iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        insta::assert_snapshot!(text, @r"
        OPENAI_BASE_URL=http://127.0.0.1:4001/v1
        OPENAI_API_BASE=http://127.0.0.1:4001/v1
        OPENAI_API_KEY=sk-mock
        ANTHROPIC_BASE_URL=http://127.0.0.1:4001
        ANTHROPIC_API_KEY=sk-mock
        LLM_URL=http://127.0.0.1:4001/v1
        LLM_BACKUP_URL=http://127.0.0.1:4002/v1
        LLM_BACKUP_API_KEY=sk-mock
        SLACK_API_URL=http://127.0.0.1:4003/api/
        SLACK_BOT_TOKEN=xoxb-mock-token
        SLACK_APP_TOKEN=xapp-mock-token
        SLACK_SIGNING_SECRET=mock-signing-secret
        SLACK_URL=http://127.0.0.1:4003/api/
        ZENDESK_URL=http://127.0.0.1:4004
        ZENPY_FORCE_NETLOC=127.0.0.1:4004
        ZENPY_FORCE_SCHEME=http
        ZENDESK_EMAIL=agent@example.com
        ZENDESK_TOKEN=mock-zendesk-token
        ZENDESK_SUBDOMAIN=mock
        ZENDESK_WEBHOOK_SECRET=mock-signing-secret
        TWILIO_API_URL=http://127.0.0.1:4005
        TWILIO_ACCOUNT_SID=AC00000000000000000000000000000001
        TWILIO_AUTH_TOKEN=mock-twilio-auth-token
        TWILIO_PHONE_NUMBER=+15005550006
        TWILIO_URL=http://127.0.0.1:4005
        STATUSPAGE_API_URL=http://127.0.0.1:4006
        STATUSPAGE_API_KEY=mock-statuspage-key
        STATUSPAGE_PAGE_ID=mockpage
        STATUS_PAGE_URL=http://127.0.0.1:4006
        SMTP_ADDR=127.0.0.1:4007
        SMTP_URL=smtp://127.0.0.1:4007
        CRM_URL=http://127.0.0.1:4008
        DB_MAIN_URL=tcp://127.0.0.1:4009
        DB_MAIN_ADDR=127.0.0.1:4009
        ");
        assert_eq!(TWILIO_ACCOUNT_SID, format!("AC{}1", "0".repeat(31)));
    }
}
