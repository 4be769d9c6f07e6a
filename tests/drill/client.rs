//! A plain client of the drill's server, and a server to ask.

use super::fake::Fake;
use holdline::drill::serve::{self, Links, Setup};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Nothing takes so long unless it never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A drill that is served until this is dropped.
pub(crate) struct Served {
    pub(crate) links: Links,
    over: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Reply {
    /// The word for programs of a refusal.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Served {
    pub(crate) fn start(seats: usize) -> Self {
        let (say, hear) = mpsc::channel();
        let (over, ended) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let setup = Setup { port: 0, seats, ..Setup::default() };
                let open = serve::open(Fake::new(), &setup).await.expect("a free port");
                say.send(open.links().clone()).expect("the test waits for the links");
                open.serve(async { drop(ended.await) }).await.expect("the drill is given back");
            });
        });
        let links = hear.recv_timeout(PATIENCE).expect("the server starts");
        Self { links, over: Some(over), thread: Some(thread) }
    }

    pub(crate) fn host(&self) -> String {
        self.links.join.trim_start_matches("http://").trim_end_matches('/').to_owned()
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut stream = self.open(method, path, headers, body);
        let mut bytes = Vec::new();
        // A server that refuses a long body may close before all of it is read.
        drop(stream.read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, text) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Reply { status, head: head.to_owned(), text: text.to_owned() }
    }

    fn open(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.host()).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            head += &format!("host: {}\r\n", self.host());
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).expect("the head goes out");
        drop(stream.write_all(body));
        stream
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send("GET", path, headers, b"")
    }

    pub(crate) fn post(&self, path: &str, token: &str, body: &str) -> Reply {
        self.send("POST", path, &[("content-type", "application/json"), ("x-holdline-token", token)], body.as_bytes())
    }

    pub(crate) fn act(&self, token: &str, command: &Value) -> Reply {
        self.post("/api/do", token, &command.to_string())
    }

    pub(crate) fn try_join(&self, code: &str, name: &str, role: &str) -> Reply {
        self.post("/api/join", "", &json!({ "code": code, "name": name, "role": role }).to_string())
    }

    /// Takes a seat; gives its token.
    pub(crate) fn join(&self, name: &str, role: &str) -> String {
        let reply = self.try_join(&self.links.code, name, role);
        assert_eq!(reply.status, 200, "{}", reply.text);
        let body: Value = serde_json::from_str(&reply.text).expect("JSON");
        body["token"].as_str().expect("a token").to_owned()
    }

    /// Opens a stream of state.
    pub(crate) fn stream(&self, token: &str) -> Stream {
        Stream { stream: self.open("GET", "/api/state", &[("x-holdline-token", token)], b"") }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            assert!(std::thread::panicking(), "the server panicked");
        }
    }
}

/// An open stream of state.
pub(crate) struct Stream {
    stream: TcpStream,
}

impl Stream {
    /// Reads until an event with these words is whole; gives everything that was read.
    pub(crate) fn until(&mut self, words: &str) -> String {
        let (mut read, mut piece) = (String::new(), [0; 64 * 1024]);
        loop {
            let got = self.stream.read(&mut piece).expect("the stream goes on");
            assert!(got > 0, "the stream ended before {words}: {read}");
            read += &String::from_utf8_lossy(&piece[..got]);
            if read.rsplit_once("\n\n").is_some_and(|(whole, _)| whole.contains(words)) {
                return read;
            }
        }
    }

    /// Whether the server ends the stream.
    pub(crate) fn ends(&mut self) -> bool {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).is_ok()
    }
}
