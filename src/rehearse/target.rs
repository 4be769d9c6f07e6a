//! The system under test: started under guard with the mocks' addresses in its environment, or already running.

use super::guard::CANNOT_START;
use crate::observation::Trouble;
use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, Command};

/// What to start, and how to know that it is ready.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The folder it is started in.
    pub folder: PathBuf,
    /// Its environment, beside ours.
    pub env: BTreeMap<String, String>,
    /// The address that answers 2xx when it is ready; `None`: it is ready at once.
    pub ready: Option<String>,
    /// How long it may take.
    pub within: Duration,
    /// A folder with a hosts file for it alone; `None`: it looks names up as everybody does.
    pub names: Option<PathBuf>,
}

/// A failure of the target, for the verdict and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Which kind.
    pub trouble: Trouble,
    /// In one line.
    pub why: String,
}

/// A target at work. Dropping it ends the whole process group.
pub struct Target {
    child: Option<Child>,
    /// The guard ends the group when this is closed; waiting for the child would close it.
    held: Option<ChildStdin>,
    log: PathBuf,
}

/// Of what a target prints, so many bytes are kept.
const LOG_KEPT: u64 = 16 << 20;
/// How often a target is asked whether it is ready.
const ASK_EVERY: Duration = Duration::from_millis(50);

impl Target {
    /// A target that somebody else runs.
    pub fn elsewhere() -> Self {
        Self { child: None, held: None, log: PathBuf::new() }
    }

    /// Starts a program under guard; what it prints goes to `log`.
    pub fn start(program: &Program, log: &Path) -> Result<Self, Failed> {
        let cannot = |why: String| Failed { trouble: Trouble::CannotStart, why };
        let name = program.command.first().map_or("", String::as_str);
        let ourselves = std::env::current_exe().map_err(|e| cannot(format!("our own program cannot be found: {e}")))?;
        let mut command = Command::new(ourselves);
        command.arg("guard");
        if let Some(names) = &program.names {
            command.arg("--names").arg(names);
        }
        command
            .arg("--")
            .args(&program.command)
            .current_dir(&program.folder)
            .envs(&program.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = command.spawn().map_err(|e| cannot(format!("`{name}` cannot be started: {e}")))?;
        if let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) {
            tokio::spawn(keep_log(out, err, log.to_owned()));
        }
        Ok(Self { held: child.stdin.take(), child: Some(child), log: log.to_owned() })
    }

    /// Waits until the target is ready.
    pub async fn ready(&mut self, program: &Program) -> Result<(), Failed> {
        let Some(url) = &program.ready else { return Ok(()) };
        let name = program.command.first().map_or("", String::as_str).to_owned();
        let asked = async {
            loop {
                if answers(url).await {
                    return;
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        };
        tokio::select! {
            () = asked => Ok(()),
            failed = self.exited(&name) => Err(failed),
            () = tokio::time::sleep(program.within) => Err(Failed {
                trouble: Trouble::NeverReady,
                why: format!("the target was not ready within {} s: {url} never answered 2xx", program.within.as_secs()),
            }),
        }
    }

    /// Resolves when the target's process ends; never for one that runs elsewhere.
    pub async fn exited(&mut self, name: &str) -> Failed {
        let Some(child) = &mut self.child else { return std::future::pending().await };
        let status = child.wait().await;
        self.child = None;
        let code = status.as_ref().ok().and_then(std::process::ExitStatus::code);
        let log = self.log.display();
        match code {
            Some(CANNOT_START) => Failed {
                trouble: Trouble::CannotStart,
                why: format!("the target could not be started: `{name}` was not found or cannot be run (see {log})"),
            },
            Some(code) => Failed {
                trouble: Trouble::Exited,
                why: format!("the target's process ended with exit code {code} (see {log})"),
            },
            None => Failed {
                trouble: Trouble::Exited,
                why: format!("the target's process was ended by a signal (see {log})"),
            },
        }
    }

    /// Ends the whole process group and waits until it is gone.
    pub async fn end(mut self) {
        if let Some(mut child) = self.child.take() {
            drop(self.held.take());
            if tokio::time::timeout(Duration::from_secs(5), child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
        }
    }
}

/// Keeps what a target prints, up to a bound; the rest is read and thrown away, so that it never blocks.
async fn keep_log(
    mut out: impl tokio::io::AsyncRead + Unpin,
    mut err: impl tokio::io::AsyncRead + Unpin,
    path: PathBuf,
) {
    let mut file = tokio::fs::File::create(&path).await.ok();
    let mut kept = 0;
    let (mut a, mut b) = (vec![0; 8192], vec![0; 8192]);
    let (mut out_open, mut err_open) = (true, true);
    while out_open || err_open {
        let chunk = tokio::select! {
            read = out.read(&mut a), if out_open => match read {
                Ok(read) if read > 0 => &a[..read],
                _ => { out_open = false; continue; }
            },
            read = err.read(&mut b), if err_open => match read {
                Ok(read) if read > 0 => &b[..read],
                _ => { err_open = false; continue; }
            },
        };
        if kept < LOG_KEPT
            && let Some(file) = &mut file
        {
            kept += chunk.len() as u64;
            let _ = file.write_all(chunk).await;
            let _ = file.flush().await;
        }
    }
}

/// Whether an address answers 2xx now.
async fn answers(url: &str) -> bool {
    let asked = async {
        let uri: hyper::Uri = url.parse().ok()?;
        let (host, port) = (uri.host()?, uri.port_u16().unwrap_or(80));
        let stream = TcpStream::connect((host, port)).await.ok()?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path).header("host", format!("{host}:{port}")).body(Empty::<Bytes>::new()).ok()?;
        let response = sender.send_request(request).await.ok()?;
        Some(response.status().is_success())
    };
    matches!(tokio::time::timeout(Duration::from_secs(1), asked).await, Ok(Some(true)))
}
