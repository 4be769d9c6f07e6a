//! The built-in reference desk (`holdline desk`): a real HTTP program that uses the vendors as any customer's bot would and
//! lets the same pure desk core ([`crate::desk`]) decide. It knows nothing that a bot would not know: its desk file, the
//! pace, and where its vendors are.
//!
//! Chat is Slack: a top-level message is a contact. Phone is Twilio: a call is a contact. Tickets are Zendesk's. What the
//! customer says again in a thread or call asks for a person, unless it says thanks, gives up, or takes an offer
//! (`YES callback`, `YES <channel>`; a key of a caller who waits).

mod acts;
mod ask;
mod brain;
mod chat;
mod client;
mod contacts;
mod offers;
mod outward;
mod phone;
mod replies;
mod server;
mod settings;
mod signed;
mod tickets;
mod twiml;
mod words;

#[cfg(test)]
mod tests;

pub use settings::{Refused, Settings};

use crate::mocks::clock::Clock;
use crate::scenario::model::{self, Condition, Style};
use crate::time::Span;
use brain::{Brain, News};
use client::Client;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use outward::Outward;
use server::Door;
use std::convert::Infallible;
use std::future::Future;
use std::io::Read as _;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

/// What may wait for the brain.
const LINE: usize = 8_192;
/// Connections at one time; further ones wait.
const CONNECTIONS: usize = 4_096;
/// How often the carriers' queues are looked at.
const LOOK_AT_QUEUE: Span = Span::from_secs(2);
/// A client that sends its headers more slowly is dropped.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);

/// Plays the desk until SIGTERM, Ctrl-C, or the end of standard input.
pub async fn run(settings: Settings) -> Result<(), Refused> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))
        .await
        .map_err(|error| Refused(format!("port {} cannot be used: {error}", settings.port)))?;
    serve(settings, listener, told_to_end()).await
}

/// Plays the desk on this listener until `end`.
pub async fn serve(settings: Settings, listener: TcpListener, end: impl Future<Output = ()>) -> Result<(), Refused> {
    let address = listener.local_addr().map_err(|error| Refused(error.to_string()))?;
    let clock = Clock::start(settings.pace);
    let settings = Arc::new(settings);
    let client = Client::default();
    let outward = Arc::new(Outward::new(&settings, client.clone(), clock.clone(), format!("http://{address}")));
    let (news, heard) = mpsc::channel(LINE);
    let brain = Brain::new(settings.clone(), clock.clone(), client, outward.clone(), news.clone());
    let mut tasks = JoinSet::new();
    tasks.spawn(brain.run(heard));
    tasks.spawn(find_rooms(outward.clone(), news.clone()));
    if watches_live_figures(&settings.desk) {
        tasks.spawn(watch_queue(outward, clock.clone(), news.clone()));
    }
    let door = Arc::new(Door::new(&settings, news, clock));
    tracing::info!(%address, desk = settings.desk.name, "the reference desk is open");
    tokio::select! {
        () = accept(listener, door) => {}
        () = end => {}
    }
    tasks.shutdown().await;
    tracing::info!("the reference desk is closed");
    Ok(())
}

/// Learns which Slack channels are which, where there is a Slack.
async fn find_rooms(outward: Arc<Outward>, news: mpsc::Sender<News>) {
    match outward.rooms().await {
        Ok((support, escalations)) => {
            news.send(News::Rooms { support, escalations }).await.ok();
        }
        Err(error) => tracing::warn!(error, "the Slack channels are not known: every channel counts as support"),
    }
}

/// Whether the plan has a rule that goes by who waits.
fn watches_live_figures(desk: &model::Desk) -> bool {
    let calls = desk.channels.iter().any(|channel| channel.style == Style::Call);
    calls && desk.plan.rules.iter().any(|rule| matches!(rule.when, Condition::Above(_)))
}

/// Looks again and again who waits in the carriers' queues: a carrier does not tell when a person takes a call.
async fn watch_queue(outward: Arc<Outward>, clock: Clock, news: mpsc::Sender<News>) {
    loop {
        tokio::time::sleep(clock.to_wall(LOOK_AT_QUEUE)).await;
        let waiting = outward.waiting().await;
        if news.send(News::Waiting(waiting)).await.is_err() {
            return;
        }
    }
}

async fn accept(listener: TcpListener, door: Arc<Door>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            Some(_) = connections.join_next() => continue,
        };
        stream.set_nodelay(true).ok();
        let door = door.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let door = door.clone();
                async move { Ok::<_, Infallible>(door.open(request).await) }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
            if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
}

/// SIGTERM, Ctrl-C, or the end of standard input: whoever started us has gone.
async fn told_to_end() {
    let (closed, input) = oneshot::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 1024];
        while std::io::stdin().read(&mut bytes).is_ok_and(|read| read > 0) {}
        closed.send(()).ok();
    });
    tokio::select! {
        () = terminated() => {}
        _ = tokio::signal::ctrl_c() => {}
        _ = input => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
