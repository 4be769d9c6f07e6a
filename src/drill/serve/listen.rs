//! The one port: connections within bounds, none of which can hold up another.

use super::routes::{self, Desk};
use super::stream::{BEAT, Pulse};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// Connections at a time: those of every seat, and some who come and go.
const CONNECTIONS: usize = 1_024;
/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1024;
/// How long a head may take, and a connection be idle.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long a browser may take nothing of its stream. A beat goes out three times in it.
const UNREAD: Duration = Duration::from_secs(BEAT.as_secs() * 3);
/// How long accepting rests when the system has no more descriptors.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(50);

/// Serves until `over` is true.
pub(super) async fn listen(listener: TcpListener, desk: Arc<Desk>, mut over: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = over.wait_for(|over| *over) => return,
        };
        let Ok((stream, from)) = accepted else {
            tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
            continue;
        };
        // One too many is closed at once; a browser tries again by itself.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (desk, over) = (desk.clone(), over.clone());
        tokio::spawn(async move {
            serve(stream, from.ip(), desk, over).await;
            drop(place);
        });
    }
}

async fn serve(stream: TcpStream, from: std::net::IpAddr, desk: Arc<Desk>, mut over: watch::Receiver<bool>) {
    drop(stream.set_nodelay(true));
    let pulse = Pulse::default();
    let service = service_fn({
        let pulse = pulse.clone();
        move |request| routes::answer(desk.clone(), from, pulse.clone(), request)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut looks = tokio::time::interval(UNREAD);
    looks.tick().await;
    let mut seen = 0;
    loop {
        tokio::select! {
            // A broken connection is the browser's affair.
            _ = &mut connection => return,
            _ = looks.tick() => {
                let now = pulse.load(Ordering::Relaxed);
                if now != 0 && now == seen {
                    return;
                }
                seen = now;
            }
            _ = over.wait_for(|over| *over) => return,
        }
    }
}
