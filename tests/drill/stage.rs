//! Serves the drill of the tests, so that a browser can look at the pages without a simulation. Prints the links as JSON.

mod fake;

use holdline::drill::serve::{self, Setup};
use std::io::Write as _;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let open = serve::open(fake::Fake::new(), &Setup { port, ..Setup::default() }).await?;
    let links = serde_json::to_string(open.links())?;
    writeln!(std::io::stdout(), "{links}")?;
    open.serve(std::future::pending()).await?;
    Ok(())
}
