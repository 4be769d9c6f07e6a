//! Many media streams over real connections, and what is left of them.

use super::*;
use crate::mocks::clock::Clock;
use crate::mocks::host::{MockPlan, Mocks, Options, Running};
use crate::mocks::journal::Entry;
use crate::mocks::judge::{Facts, Failure, Judge, Ruling};
use crate::mocks::socket::Standing;
use crate::scenario::model::{Dependency, Id};
use futures_util::{SinkExt as _, StreamExt as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message as Wire;

const HERE: Id<Dependency> = Id::new(0);

/// Streams break off while it is on.
#[derive(Default)]
struct Drops(AtomicBool);

impl Judge for Drops {
    fn rule(&self, _: &Facts<'_>, _: Time) -> Ruling {
        Ruling::default()
    }
    fn socket(&self, _: &Facts<'_>, _: &mut Standing, _: Time) -> Option<Failure> {
        self.0.load(Ordering::Relaxed).then(|| Failure::named("twilio.stream_drop"))
    }
}

/// What a target counts.
#[derive(Default)]
struct Counts {
    open: AtomicUsize,
    messages: AtomicUsize,
    stops: AtomicUsize,
}

/// Gives every call to a stream at this port.
async fn answers_calls(listener: TcpListener, media: u16) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut request = vec![0; 8 * 1024];
            let read = stream.read(&mut request).await.unwrap_or_default();
            assert!(read > 0, "the mock asks");
            let twiml = format!("<Response><Connect><Stream url=\"ws://127.0.0.1:{media}/m\"/></Connect></Response>");
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length:";
            drop(stream.write_all(format!("{head} {}\r\n\r\n{twiml}", twiml.len()).as_bytes()).await);
        });
    }
}

/// Gives every tenth frame back.
async fn takes_streams(listener: TcpListener, counts: Arc<Counts>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(one_stream(stream, counts.clone()));
    }
}

async fn one_stream(stream: TcpStream, counts: Arc<Counts>) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    counts.open.fetch_add(1, Ordering::Relaxed);
    let mut heard = 0;
    while let Some(Ok(message)) = socket.next().await {
        let Wire::Text(text) = message else { continue };
        counts.messages.fetch_add(1, Ordering::Relaxed);
        if text.contains(r#""event":"stop""#) {
            counts.stops.fetch_add(1, Ordering::Relaxed);
        }
        heard += 1;
        let back = text.as_str().to_owned();
        if heard % 10 == 0 && back.contains(r#""event":"media""#) && socket.send(Wire::text(back)).await.is_err() {
            break;
        }
    }
    counts.open.fetch_sub(1, Ordering::Relaxed);
}

async fn until(what: &str, is: impl Fn() -> bool) {
    let waits = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), waits).await.is_ok(), "{what}: waited in vain");
}

fn calls(running: &Running, count: usize) -> Vec<String> {
    let one = |_| {
        running.with::<Twilio, _>(HERE, |twilio, now| twilio.incoming_call(CALLER, DESK, None, now)).unwrap_or_default()
    };
    (0..count).map(one).collect()
}

fn closes(running: &Running) -> Vec<crate::mocks::vendor::Note> {
    let entries = running.mock(HERE).expect("it is up").journal.entries();
    let notes =
        entries.into_iter().filter_map(|entry| if let Entry::Note(_, note) = entry { Some(note) } else { None });
    notes.filter(|note| note.kind == "socket_close").collect()
}

/// Five hundred, or as many as this process may open: each has a socket at both ends here.
fn streams() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    let files: usize = files.and_then(|files| files.parse().ok()).unwrap_or(1_024);
    500.min(files.saturating_sub(400) / 2)
}

#[tokio::test]
async fn nothing_is_left_of_five_hundred_streams() {
    let streams = streams();
    let (voice, media) = (TcpListener::bind("127.0.0.1:0").await, TcpListener::bind("127.0.0.1:0").await);
    let (voice, media) = (voice.expect("a port is free"), media.expect("a port is free"));
    let port = |listener: &TcpListener| listener.local_addr().expect("it listens").port();
    let url = format!("http://127.0.0.1:{}/voice", port(&voice));
    let vendor = Twilio::new(Settings { numbers: vec![(DESK.to_owned(), Some(url))], ..Settings::default() });
    let plan = MockPlan { dependency: HERE, name: "twilio".to_owned(), vendor: Box::new(vendor), port: None };
    let judge = Arc::new(Drops::default());
    let running =
        Mocks::start(vec![plan], Options::new(Clock::start(1.0), judge.clone())).await.expect("ports are free");
    let counts = Arc::new(Counts::default());
    let target = [tokio::spawn(answers_calls(voice, port(&media))), tokio::spawn(takes_streams(media, counts.clone()))];
    let open = || running.mock(HERE).expect("it is up").open_sockets();

    let sids = calls(&running, streams);
    until("all are open", || open() == streams && counts.open.load(Ordering::Relaxed) == streams).await;
    let before = counts.messages.load(Ordering::Relaxed);
    until("sound flows", || counts.messages.load(Ordering::Relaxed) > before + 20 * streams).await;
    judge.0.store(true, Ordering::Relaxed);
    until("all are dropped", || open() == 0 && counts.open.load(Ordering::Relaxed) == 0).await;
    assert_eq!(counts.stops.load(Ordering::Relaxed), 0, "none says `stop`");
    let notes = closes(&running);
    assert_eq!(notes.len(), streams);
    assert!(notes.iter().all(|note| note.fields.contains(&("fault", "twilio.stream_drop".into()))));
    let left = running.with::<Twilio, _>(HERE, |twilio, _| {
        let live = sids.iter().filter(|sid| twilio.call(sid).is_some_and(|call| !call.status.is_over())).count();
        ((live, twilio.media_is_empty(), twilio.callers.len()), Vec::new())
    });
    assert_eq!(left, Some((0, true, 0)), "behind the streams there was nothing, so the calls are over");

    judge.0.store(false, Ordering::Relaxed);
    calls(&running, 3);
    until("it goes on", || open() == 3).await;
    tokio::time::timeout(Duration::from_secs(10), running.shutdown()).await.expect("no task is left");
    until("the target sees them close", || counts.open.load(Ordering::Relaxed) == 0).await;
    target.into_iter().for_each(|task| task.abort());
}
