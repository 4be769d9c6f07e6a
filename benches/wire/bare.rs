//! What a reply costs at the least: plain hyper on the runtime of `holdline mocks` reads each request's body and answers
//! the same bytes to all. `speed.py` compares the mocks with it; in `open_loop.py` it is the target.
//!
//!     bare REPLY [PORT]     a file with the reply: a header a line (`name: value`), an empty line, the body
//!
//! It listens on that port of 127.0.0.1 or any free one, says where in one line, and serves until it is killed.

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::sync::Arc;
use tokio::net::TcpListener;

type Reply = (Vec<(HeaderName, HeaderValue)>, Bytes);

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which reply? bare REPLY [PORT]")?;
    let port: u16 = std::env::args().nth(2).map_or(Ok(0), |port| port.parse())?;
    let reply = Arc::new(reply(&std::fs::read_to_string(path)?)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let reply = reply.clone();
            let answers = service_fn(move |request| answer(request, reply.clone()));
            // A client that goes away is its own affair.
            tokio::spawn(
                async move { drop(http1::Builder::new().serve_connection(TokioIo::new(stream), answers).await) },
            );
        }
    })
}

async fn answer(request: Request<Incoming>, reply: Arc<Reply>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    drop(request.into_body().collect().await?.to_bytes());
    let mut response = Response::new(Full::new(reply.1.clone()));
    response.headers_mut().extend(reply.0.iter().cloned());
    Ok(response)
}

fn reply(text: &str) -> Result<Reply, Box<dyn Error>> {
    let (head, body) = text.split_once("\n\n").ok_or("a reply has an empty line before its body")?;
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").ok_or("a header is `name: value`")?;
        Ok((name.parse()?, value.parse()?))
    };
    let headers: Result<_, Box<dyn Error>> = head.lines().map(header).collect();
    Ok((headers?, Bytes::copy_from_slice(body.as_bytes())))
}
