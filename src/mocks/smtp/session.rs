//! The commands of a client, one at a time, and what is said to each (RFC 5321 with the extensions that EHLO names). Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Recipients of one mail (RFC 5321 wants at least a hundred).
const RECIPIENTS: usize = 100;
/// The longest address, in bytes.
const ADDRESS: usize = 320;
/// Commands that make no sense before the connection is ended.
const MISTAKES: u32 = 20;
/// How the server calls itself.
const NAME: &str = "mail.holdline.example";

/// What follows from a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// These lines are said.
    Say(String),
    /// These lines are said, and the connection ends.
    Farewell(String),
    /// A recipient is named: said to be known or not by [`Session::add`] or a fault.
    Recipient(String),
    /// The text of the mail comes next.
    Data,
    /// TLS begins.
    StartTls,
}

/// What the client's next line belongs to, if it is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Login {
    Plain,
    User,
    Password,
}

/// A connection as far as commands go.
#[derive(Debug)]
pub(super) struct Session {
    greeted: bool,
    secure: bool,
    known: bool,
    login: Option<Login>,
    utf8: bool,
    mistakes: u32,
    /// Bytes that a mail may have.
    size: u64,
    /// Who sends the mail in hand.
    pub(super) from: Option<String>,
    /// Who is to get it.
    pub(super) to: Vec<String>,
}

/// What is said first.
pub(super) fn banner() -> String {
    format!("220 {NAME} ESMTP\r\n")
}

fn say(line: &str) -> Step {
    Step::Say(format!("{line}\r\n"))
}

impl Session {
    /// A new one, which takes mails up to so many bytes.
    pub(super) fn new(size: u64, secure: bool) -> Self {
        let (from, to) = (None, Vec::new());
        Self { greeted: false, secure, known: false, login: None, utf8: false, mistakes: 0, size, from, to }
    }

    /// Whether the next line holds credentials, which may be long.
    pub(super) fn logs_in(&self) -> bool {
        self.login.is_some()
    }

    /// Reads a line without its end.
    pub(super) fn read(&mut self, line: &[u8]) -> Step {
        let Ok(line) = std::str::from_utf8(line) else { return self.mistake("500 5.5.2 The line is no UTF-8") };
        if let Some(login) = self.login.take() {
            return self.log_in(login, line.trim());
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.trim().to_ascii_uppercase().as_str() {
            "HELO" | "EHLO" if rest.is_empty() => self.mistake("501 5.5.4 A name is wanted"),
            "HELO" => {
                self.greet();
                say(&format!("250 {NAME}"))
            }
            "EHLO" => {
                self.greet();
                Step::Say(self.extensions())
            }
            "NOOP" => say("250 2.0.0 Ok"),
            "RSET" => {
                self.forget();
                say("250 2.0.0 Ok")
            }
            "QUIT" => Step::Farewell("221 2.0.0 Bye\r\n".to_owned()),
            "HELP" => say("214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP QUIT AUTH STARTTLS VRFY"),
            "VRFY" => say("252 2.5.2 The address is not looked up; send the mail and it is tried"),
            "MAIL" | "RCPT" | "DATA" | "AUTH" | "STARTTLS" if !self.greeted => self.mistake("503 5.5.1 EHLO first"),
            "STARTTLS" if self.secure => self.mistake("503 5.5.1 TLS has begun already"),
            "STARTTLS" if !rest.is_empty() => self.mistake("501 5.5.4 STARTTLS takes nothing"),
            "STARTTLS" => Step::StartTls,
            "AUTH" => self.auth(rest),
            "MAIL" => self.mail(rest),
            "RCPT" => self.rcpt(rest),
            "DATA" if self.from.is_none() => self.mistake("503 5.5.1 MAIL first"),
            "DATA" if self.to.is_empty() => self.mistake("554 5.5.1 No valid recipients"),
            "DATA" => Step::Data,
            _ => self.mistake("500 5.5.2 The command is not known"),
        }
    }

    /// A line that was too long to be read.
    pub(super) fn too_long(&mut self) -> Step {
        self.login = None;
        self.mistake("500 5.5.6 The line is too long")
    }

    /// Takes a recipient; gives what is said.
    pub(super) fn add(&mut self, address: String) -> String {
        self.to.push(address);
        "250 2.1.5 Ok\r\n".to_owned()
    }

    /// The mail in hand is over.
    pub(super) fn forget(&mut self) {
        self.from = None;
        self.to.clear();
        self.utf8 = false;
    }

    fn greet(&mut self) {
        self.forget();
        self.greeted = true;
    }

    fn extensions(&self) -> String {
        let tls = if self.secure { "" } else { "250-STARTTLS\r\n" };
        format!(
            "250-{NAME}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n\
             {tls}250 AUTH PLAIN LOGIN\r\n",
            self.size
        )
    }

    fn mistake(&mut self, line: &str) -> Step {
        self.mistakes += 1;
        if self.mistakes > MISTAKES {
            return Step::Farewell("421 4.7.0 Too many mistakes\r\n".to_owned());
        }
        say(line)
    }

    fn mail(&mut self, rest: &str) -> Step {
        if self.from.is_some() {
            return self.mistake("503 5.5.1 One mail at a time");
        }
        let Some((from, params)) = path(rest, "FROM:") else {
            return self.mistake("501 5.5.4 Write MAIL FROM:<address>");
        };
        for param in params.split_whitespace() {
            let (name, value) = param.split_once('=').unwrap_or((param, ""));
            match name.to_ascii_uppercase().as_str() {
                "SIZE" if value.parse::<u64>().is_ok_and(|size| size > self.size) => {
                    return say("552 5.3.4 The mail is larger than this server takes");
                }
                "SIZE" if value.parse::<u64>().is_ok() => {}
                "BODY" if matches!(value.to_ascii_uppercase().as_str(), "7BIT" | "8BITMIME") => {}
                "SMTPUTF8" => self.utf8 = true,
                "AUTH" => {}
                _ => return self.mistake("555 5.5.4 A parameter of MAIL is not known"),
            }
        }
        if let Some(refused) = self.unfit(&from) {
            return refused;
        }
        self.from = Some(from);
        say("250 2.1.0 Ok")
    }

    fn rcpt(&mut self, rest: &str) -> Step {
        if self.from.is_none() {
            return self.mistake("503 5.5.1 MAIL first");
        }
        let Some((to, params)) = path(rest, "TO:").filter(|(to, _)| !to.is_empty()) else {
            return self.mistake("501 5.5.4 Write RCPT TO:<address>");
        };
        if !params.trim().is_empty() {
            return self.mistake("555 5.5.4 A parameter of RCPT is not known");
        }
        if let Some(refused) = self.unfit(&to) {
            return refused;
        }
        if self.to.len() >= RECIPIENTS {
            return say("452 4.5.3 Too many recipients");
        }
        Step::Recipient(to)
    }

    /// Why an address cannot be taken.
    fn unfit(&mut self, address: &str) -> Option<Step> {
        if !address.is_ascii() && !self.utf8 {
            return Some(self.mistake("553 5.6.7 An address that is not ASCII needs SMTPUTF8"));
        }
        let odd = address.len() > ADDRESS || address.chars().any(|c| c.is_control() || c == '<' || c == '>');
        odd.then(|| self.mistake("501 5.1.3 The address cannot be read"))
    }

    /// Any name and password will do: a mock has nothing to guard, and keeps neither.
    fn auth(&mut self, rest: &str) -> Step {
        if self.known || self.from.is_some() {
            return self.mistake("503 5.5.1 AUTH comes once, and before MAIL");
        }
        let (how, first) = rest.split_once(' ').unwrap_or((rest, ""));
        let login = match how.to_ascii_uppercase().as_str() {
            "PLAIN" => Login::Plain,
            "LOGIN" => Login::User,
            _ => return self.mistake("504 5.5.4 Only PLAIN and LOGIN are known"),
        };
        match (first.trim(), login) {
            ("", Login::Plain) => self.wait_for(login, "334 "),
            ("", _) => self.wait_for(login, "334 VXNlcm5hbWU6"),
            (first, _) => self.log_in(login, first),
        }
    }

    fn wait_for(&mut self, login: Login, line: &str) -> Step {
        self.login = Some(login);
        say(line)
    }

    fn log_in(&mut self, login: Login, word: &str) -> Step {
        let wrong = "535 5.7.8 The credentials are invalid";
        let Ok(said) = BASE64.decode(if word == "=" { "" } else { word }) else {
            return self.mistake(if word == "*" { "501 5.7.0 Not logged in" } else { "501 5.5.2 This is no base64" });
        };
        match login {
            Login::User if said.is_empty() => self.mistake(wrong),
            Login::User => self.wait_for(Login::Password, "334 UGFzc3dvcmQ6"),
            Login::Password => self.logged_in(!said.is_empty(), wrong),
            Login::Plain => {
                let parts: Vec<&[u8]> = said.split(|byte| *byte == 0).collect();
                let whole = matches!(parts.as_slice(), [_, name, word] if !name.is_empty() && !word.is_empty());
                self.logged_in(whole, wrong)
            }
        }
    }

    fn logged_in(&mut self, well: bool, wrong: &str) -> Step {
        self.known = well;
        if well { say("235 2.7.0 Authentication successful") } else { self.mistake(wrong) }
    }
}

/// `FROM:<address> params` as the address and the parameters.
fn path(rest: &str, word: &str) -> Option<(String, String)> {
    let head = rest.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
    let rest = rest[head.len()..].trim_start();
    match rest.strip_prefix('<') {
        Some(rest) => rest.split_once('>').map(|(address, params)| (address.to_owned(), params.to_owned())),
        None => {
            let (address, params) = rest.split_once(' ').unwrap_or((rest, ""));
            (!address.is_empty()).then(|| (address.to_owned(), params.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(step: &Step) -> &str {
        match step {
            Step::Say(line) | Step::Farewell(line) => &line[..3],
            Step::Recipient(_) => "rcpt",
            Step::Data => "data",
            Step::StartTls => "tls",
        }
    }

    fn codes(lines: &[&str]) -> Vec<String> {
        let mut session = Session::new(1_000, false);
        let read = |line: &&str| {
            let step = session.read(line.as_bytes());
            if let Step::Recipient(to) = &step {
                session.add(to.clone());
            }
            code(&step).to_owned()
        };
        lines.iter().map(read).collect()
    }

    #[test]
    fn a_mail_goes_step_by_step() {
        let lines = ["EHLO me", "mail from:<a@b> SIZE=10 BODY=8BITMIME", "RCPT TO: c@d", "RCPT TO:<e@f>", "DATA"];
        assert_eq!(codes(&lines), ["250", "250", "rcpt", "rcpt", "data"]);
        assert_eq!(codes(&["EHLO me", "MAIL FROM:<>", "RSET", "DATA", "QUIT"]), ["250", "250", "250", "503", "221"]);
    }

    #[test]
    fn what_is_out_of_place_is_refused() {
        assert_eq!(
            codes(&["MAIL FROM:<a@b>", "EHLO", "EHLO x", "RCPT TO:<a@b>", "DATA"]),
            ["503", "501", "250", "503", "503"]
        );
        assert_eq!(
            codes(&["EHLO x", "MAIL FROM:<a@b> SIZE=1001", "MAIL FROM:<a@b> X=1", "MAIL <a>"]),
            ["250", "552", "555", "501"]
        );
        assert_eq!(codes(&["EHLO x", "MAIL FROM:<ü@b>", "MAIL FROM:<ü@b> SMTPUTF8"]), ["250", "553", "250"]);
        assert_eq!(
            codes(&["HELO x", "MAIL FROM:<a@b>", "DATA", "GET / HTTP/1.1", "VRFY a"]),
            ["250", "250", "554", "500", "252"]
        );
        let mut many = vec!["EHLO x"; 1];
        many.extend(["nonsense"; 21]);
        assert_eq!(codes(&many).last().map(String::as_str), Some("421"));
        let mut crowd = vec!["EHLO x", "MAIL FROM:<a@b>"];
        crowd.extend(["RCPT TO:<c@d>"; 101]);
        assert_eq!(codes(&crowd).last().map(String::as_str), Some("452"));
    }

    #[test]
    fn credentials_are_asked_for_and_any_will_do() {
        let plain = BASE64.encode("\0me\0secret");
        assert_eq!(codes(&["EHLO x", &format!("AUTH PLAIN {plain}"), "AUTH LOGIN"]), ["250", "235", "503"]);
        assert_eq!(codes(&["EHLO x", "AUTH PLAIN", &plain]), ["250", "334", "235"]);
        assert_eq!(codes(&["EHLO x", "AUTH LOGIN", "bWU=", "c2VjcmV0"]), ["250", "334", "334", "235"]);
        assert_eq!(codes(&["EHLO x", "AUTH LOGIN bWU=", "="]), ["250", "334", "535"]);
        assert_eq!(codes(&["EHLO x", "AUTH PLAIN", "*", "AUTH CRAM-MD5"]), ["250", "334", "501", "504"]);
    }

    #[test]
    fn tls_is_offered_once() {
        assert_eq!(codes(&["EHLO x", "STARTTLS now", "STARTTLS"]), ["250", "501", "tls"]);
        let mut secure = Session::new(1, true);
        let Step::Say(offers) = secure.read(b"EHLO x") else { panic!("it greets") };
        assert!(!offers.contains("STARTTLS") && offers.contains("250-SIZE 1\r\n"));
        assert_eq!(code(&secure.read(b"STARTTLS")), "503");
    }

    proptest! {
        #[test]
        fn no_line_breaks_it(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..12)) {
            let mut session = Session::new(1_000, false);
            session.read(b"EHLO x");
            for line in &lines {
                session.read(line);
                session.read(&[b"MAIL FROM:".as_slice(), line].concat());
                session.read(&[b"AUTH PLAIN ".as_slice(), line].concat());
            }
        }
    }
}
