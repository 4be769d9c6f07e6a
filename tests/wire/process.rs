//! The real binary: what the process may have open is raised, and where it may not be, whoever comes too many is told so;
//! and it ends at once when it is asked twice.

use crate::rig::{CHAT, Client, post};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// `holdline mocks` under a limit of open files, as a shell sets it.
struct Limited {
    child: Child,
    model: String,
    control: String,
}

impl Limited {
    fn start(ulimit: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_holdline");
        let mut child = Command::new("sh")
            .args(["-c", &format!("ulimit {ulimit} && exec \"$0\" mocks --no-token"), program])
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let (mut model, mut control) = (String::new(), String::new());
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
            let line = line.expect("it prints words");
            let place = |name: &str| {
                let url = line.strip_prefix(name)?.trim_matches('\'').strip_prefix("http://")?;
                url.split('/').next().map(str::to_owned)
            };
            model = place("export OPENAI_BASE_URL=").unwrap_or(model);
            control = place("export HOLDLINE_CONTROL_URL=").unwrap_or(control);
            if line.starts_with("# ready") {
                break;
            }
        }
        Self { child, model, control }
    }

    /// A connection on which a request was made, the status of its reply, and whether it may go on.
    async fn asks(&self) -> (Client, u16) {
        let mut client = Client::to(&self.model).await;
        client.try_send(&post(CHAT)).await;
        let status = client.reply().await.status;
        (client, status)
    }
}

/// Asks a process to end.
fn terminate(child: &Child) {
    let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(asked.is_ok_and(|status| status.success()), "it is there");
}

#[tokio::test]
async fn whoever_asks_twice_for_the_end_does_not_wait_for_what_is_in_hand() {
    let mut mocks = Limited::start("-S -n 256");
    let mut control = Client::to(&mocks.control).await;
    let fault = r#"{"vendor":"openai","fault":"hang"}"#;
    let head = format!("POST /faults HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n\r\n", mocks.control, fault.len());
    control.send(format!("{head}{fault}").as_bytes()).await;
    assert_eq!(control.reply().await.status, 201);
    let mut client = Client::to(&mocks.model).await;
    client.send(&post(CHAT)).await;
    assert!(client.silent_for(Duration::from_millis(100)).await);
    terminate(&mocks.child);
    // It drains: nobody new is let in, and the request in hand hangs on.
    while tokio::net::TcpStream::connect(&mocks.model).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(mocks.child.try_wait().is_ok_and(|ended| ended.is_none()), "what is in hand has its time");
    terminate(&mocks.child);
    let ended = async {
        while mocks.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let soon = Duration::from_millis(2_500);
    assert!(tokio::time::timeout(soon, ended).await.is_ok(), "a drain takes three seconds");
    assert!(mocks.child.wait().is_ok_and(|status| status.success()));
}

impl Drop for Limited {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test]
async fn a_low_limit_that_may_be_raised_is_no_bound_on_connections() {
    let mocks = Limited::start("-S -n 256");
    let mut open = Vec::new();
    for n in 0..300 {
        let (client, status) = mocks.asks().await;
        assert_eq!(status, 200, "connection {n}");
        open.push(client);
    }
}

#[tokio::test]
async fn beyond_a_limit_that_stays_one_is_told_so_and_the_others_are_served() {
    let mocks = Limited::start("-n 256");
    let mut open = Vec::new();
    let told = loop {
        let (client, status) = mocks.asks().await;
        if status != 200 {
            break status;
        }
        open.push(client);
        assert!(open.len() < 256, "there is a bound");
    };
    assert_eq!((told, open.len()), (503, 192));
    let mut control = Client::to(&mocks.control).await;
    control.send(format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", mocks.control).as_bytes()).await;
    assert_eq!(control.reply().await.status, 200, "the control API has room of its own");
    for client in &mut open {
        client.send(&post(CHAT)).await;
        assert_eq!(client.reply().await.status, 200);
    }
    open.pop();
    // The place is free as soon as the mock has seen the end.
    for _ in 0..1_000 {
        if mocks.asks().await.1 == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the place never came back");
}
