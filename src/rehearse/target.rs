//! The system under test: started under guard with the mocks' addresses in its environment, or already running.

use super::guard::CANNOT_START;
use crate::mocks::descriptors;
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
    /// The program and its arguments; none: it runs already, and is not ours to start or end.
    pub command: Vec<String>,
    /// The folder it is started in.
    pub folder: PathBuf,
    /// Its environment, beside ours.
    pub env: BTreeMap<String, String>,
    /// What shows that it is ready; `None`: it is ready at once.
    pub ready: Option<Sign>,
    /// How long it may take.
    pub within: Duration,
    /// A folder with a hosts file for it alone; `None`: it looks names up as everybody does.
    pub names: Option<PathBuf>,
}

/// What shows that a target is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// This address answers 2xx.
    Good(String),
    /// This address answers anything at all.
    Any(String),
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
    /// Starts a program under guard; what it prints goes to `log`. One that runs already is only taken note of.
    pub fn start(program: &Program, log: &Path) -> Result<Self, Failed> {
        let cannot = |why: String| Failed { trouble: Trouble::CannotStart, why };
        let Some(name) = program.command.first() else {
            return Ok(Self { child: None, held: None, log: PathBuf::new() });
        };
        let ourselves = std::env::current_exe().map_err(|e| cannot(format!("our own program cannot be found: {e}")))?;
        let mut command = Command::new(ourselves);
        command.arg("guard");
        if let Some(names) = &program.names {
            command.arg("--names").arg(names);
        }
        if let Some(files) = descriptors::before() {
            command.arg("--files").arg(files.to_string());
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

    /// Waits until the target is ready: its address answers, and it is connected where it has to be.
    pub async fn ready(&mut self, program: &Program, connected: impl Future<Output = ()>) -> Result<(), Failed> {
        let name = program.command.first().map_or("", String::as_str).to_owned();
        let missing = std::cell::Cell::new(String::new());
        let asked = async {
            if let Some(sign) = &program.ready {
                let (url, never) = match sign {
                    Sign::Good(url) => (url, "never answered 2xx"),
                    Sign::Any(url) => (url, "never answered"),
                };
                missing.set(format!("{url} {never}"));
                while !answers(url).await.is_some_and(|good| good || matches!(sign, Sign::Any(_))) {
                    tokio::time::sleep(ASK_EVERY).await;
                }
            }
            missing.set("it opened no Socket Mode connection".to_owned());
            connected.await;
        };
        tokio::select! {
            () = asked => Ok(()),
            failed = self.exited(&name) => Err(failed),
            () = tokio::time::sleep(program.within) => Err(Failed {
                trouble: Trouble::NeverReady,
                why: format!("the target was not ready within {} s: {}", program.within.as_secs(), missing.take()),
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

/// Whether an address answers now, and if so whether with 2xx.
async fn answers(url: &str) -> Option<bool> {
    let asked = async {
        let uri: hyper::Uri = url.parse().ok()?;
        let (host, port) = (uri.host()?, uri.port_u16().unwrap_or(80));
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await.ok()?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path).header("host", format!("{host}:{port}")).body(Empty::<Bytes>::new()).ok()?;
        let response = sender.send_request(request).await.ok()?;
        Some(response.status().is_success())
    };
    tokio::time::timeout(Duration::from_secs(1), asked).await.ok().flatten()
}
