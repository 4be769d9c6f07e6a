//! A thousand streams at one time that go wrong in the middle, and what is left of them: no task, no socket, nothing that
//! still holds the mock.

use crate::rig::{CHAT, CHAT_STREAM, Client, MODEL, Rig, header, post, text};
use holdline::mocks::clock::Clock;
use holdline::mocks::host::{MockPlan, Mocks, Options};
use holdline::mocks::journal::Entry;
use holdline::mocks::judge::{Facts, Failure, Judge, Ruling};
use holdline::mocks::openai::{OpenAi, Settings};
use holdline::time::{Span, Time};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// What befalls the streams, in turn, after three events. The fifth is whole, and its client leaves in the middle.
const FATES: [Option<&str>; 5] = [
    Some("openai.stream_cut"),
    Some("openai.stream_stall"),
    Some("openai.stream_error"),
    Some("openai.stream_clean_truncation"),
    None,
];
/// Between two events of a stream: all have begun before the first ends.
const PAUSE: Span = Span::from_secs(1);

/// Gives each request the next fate.
#[derive(Default)]
struct InTurn(AtomicUsize);

impl Judge for InTurn {
    fn rule(&self, _: &Facts<'_>, _: Time) -> Ruling {
        let nth = self.0.fetch_add(1, Ordering::Relaxed);
        Ruling { failure: FATES[nth % FATES.len()].map(Failure::named), ..Ruling::default() }
    }
}

/// A thousand, or as many as this process may open: each has a socket at both ends here.
fn streams() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    let files: usize = files.and_then(|files| files.parse().ok()).unwrap_or(1_024);
    1_000.min(files.saturating_sub(400) / 2) / FATES.len() * FATES.len()
}

/// Connections in which this port has an end that somebody still holds: neither listening nor closed by both.
fn sockets(port: u16) -> usize {
    const TIME_WAIT: &str = "06";
    const LISTEN: &str = "0A";
    let table = std::fs::read_to_string("/proc/self/net/tcp").expect("Linux has it");
    let ours = |line: &&str| {
        let mut words = line.split_whitespace().skip(1);
        let (local, _, state) = (words.next(), words.next(), words.next());
        local.is_some_and(|local| local.ends_with(&format!(":{port:04X}")))
            && state.is_some_and(|state| state != TIME_WAIT && state != LISTEN)
    };
    table.lines().filter(ours).count()
}

async fn until(what: &str, is: impl Fn() -> bool) {
    let waits = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), waits).await.is_ok(), "{what}: waited in vain");
}

/// One client: reads the first event, waits until all have theirs, then reads on to the end, and goes. Nobody waits for a
/// fourth event, or for one that does not come.
async fn one(mut client: Client, all_open: Arc<Barrier>) -> String {
    client.send(&post(CHAT_STREAM)).await;
    let mut seen = String::new();
    while !seen.contains("data: ") {
        seen.push_str(&text(&client.some().await.expect("the first event comes")));
    }
    all_open.wait().await;
    while seen.matches("data: ").count() < 4 && !seen.ends_with("0\r\n\r\n") {
        let patience = 3 * PAUSE.to_std();
        let Ok(some) = tokio::time::timeout(patience, client.some()).await else { break };
        let some = some.expect("an orderly end");
        if some.is_empty() {
            break;
        }
        seen.push_str(&text(&some));
    }
    seen
}

#[tokio::test]
async fn nothing_is_left_of_a_thousand_streams() {
    let streams = streams();
    let judge = Arc::new(InTurn::default());
    let vendor = Box::new(OpenAi::new(Settings { chunk_pause: PAUSE, ..Settings::default() }));
    let plan = vec![MockPlan { dependency: MODEL, name: "llm".into(), vendor, port: None }];
    let options = Options::new(Clock::start(1.0), judge.clone());
    let rig = Rig { running: Mocks::start(plan, options).await.expect("a port is free") };
    let mock = rig.running.mock(MODEL).expect("it is up").clone();
    let port = rig.running.addr(MODEL).expect("it listens").port();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    tokio::task::yield_now().await;
    let (tasks_before, holders_before) = (tasks(), Arc::strong_count(&mock));

    let all_open = Arc::new(Barrier::new(streams + 1));
    let mut clients = JoinSet::new();
    for _ in 0..streams {
        let client = rig.connect().await;
        clients.spawn(one(client, all_open.clone()));
    }
    // None goes on before we do. Those that do not end by themselves are at work for certain.
    until("each has its socket", || sockets(port) == streams).await;
    until("two in five stay", || Arc::strong_count(&mock) >= holders_before + streams / FATES.len() * 2).await;
    all_open.wait().await;
    let seen = clients.join_all().await;
    assert_eq!(seen.len(), streams);
    assert!(seen.iter().all(|seen| !seen.contains("[DONE]")), "none comes to its proper end");

    until("no task is left", || tasks() == tasks_before).await;
    until("no socket is left", || sockets(port) == 0).await;
    assert_eq!(Arc::strong_count(&mock), holders_before, "nothing holds the mock any more");
    let entries = mock.journal.entries();
    let failed = |entry: &&Entry| matches!(entry, Entry::Request(seen) if seen.failure.is_some());
    assert_eq!((entries.len(), entries.iter().filter(failed).count()), (streams, streams / FATES.len() * 4));

    // It goes on: the fifth in turn is whole again.
    judge.0.store(FATES.len() - 1, Ordering::Relaxed);
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    let answer = client.reply().await;
    assert!(answer.status == 200 && header(&answer.head, "content-type") == Some("application/json"));
    drop((client, mock));
    rig.end().await;
}
