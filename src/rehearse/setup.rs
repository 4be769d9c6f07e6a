//! Before a rehearsal: the mocks come up, the target is told where they are, and the vendors where the target listens.

use super::judge::DayJudge;
use super::ledger::Ledger;
use super::stage::{Stage, first_of};
use super::target::{Program, Sign};
use crate::faults::Incidents;
use crate::mocks::clock::Clock;
use crate::mocks::exports::{Up, exports};
use crate::mocks::host::{MockPlan, Mocks, Options};
use crate::mocks::registry::{Setup, vendor};
use crate::mocks::slack::Slack;
use crate::mocks::twilio::Twilio;
use crate::mocks::zendesk::Zendesk;
use crate::rng::Luck;
use crate::scenario::model::{DependencyKind, Id, Receives, Scenario, Style};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The number that customers call.
const NUMBER: &str = "+15005550006";

/// Where a target hears of contacts.
pub type Listens = Vec<Receives>;

/// Brings the mocks up. Their clock stands until the target is ready.
pub async fn mocks(
    scenario: &Arc<Scenario>,
    incidents: &Arc<Incidents>,
    clock: &Clock,
    luck: Luck,
    allow_remote: bool,
) -> Result<Stage, String> {
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let unix_at_zero = clock.unix_at_zero();
    let mut plans = Vec::new();
    let mut numbers = BTreeMap::new();
    for (index, dependency) in scenario.desk.dependencies.iter().enumerate() {
        let vendor = vendor(dependency, Setup { luck, unix_at_zero, alone: false });
        plans.push(MockPlan { dependency: Id::new(index), name: dependency.name.clone(), vendor, port: None });
        if dependency.kind == DependencyKind::Twilio {
            numbers.insert(index as u16, NUMBER.to_owned());
        }
    }
    let judge = Arc::new(DayJudge::new(scenario.clone(), incidents.clone(), ledger.clone()));
    let mut options = Options::new(clock.clone(), judge.clone());
    options.allow_remote = allow_remote;
    let running = Mocks::start(plans, options).await.map_err(|e| format!("the mocks cannot be started: {e}"))?;
    Ok(Stage::new(scenario.clone(), ledger, running, numbers, judge))
}

/// The variables that tell a target where its vendors are.
pub fn environment(stage: &Stage) -> BTreeMap<String, String> {
    let up: Vec<Up<'_>> = stage
        .scenario
        .desk
        .dependencies
        .iter()
        .enumerate()
        .filter_map(|(index, dependency)| {
            let address = stage.mocks.addr(Id::new(index))?;
            Some(Up { name: &dependency.name, kind: dependency.kind, address })
        })
        .collect();
    exports(&up).into_iter().collect()
}

/// Tells the vendors where the target listens: after it is ready.
pub fn subscribe(stage: &Stage, listens: &Listens) {
    let scenario = &stage.scenario;
    for receives in listens {
        match receives {
            Receives::SlackEvents(_) | Receives::SlackSocket => {
                if let Some(slack) = first_of(scenario, DependencyKind::Slack) {
                    stage.mocks.with::<Slack, _>(slack, |slack, now| {
                        for channel in &stage.slack_channels {
                            slack.add_channel(channel, now);
                        }
                        let Receives::SlackEvents(url) = receives else {
                            slack.use_sockets();
                            return ((), Vec::new());
                        };
                        ((), vec![slack.set_events_url(url, now)])
                    });
                }
            }
            Receives::TwilioVoice(url) => {
                // The carriers that calls come in by on a normal day; another one must be asked for by the target.
                let normal = scenario.desk.channels.iter().filter(|channel| channel.style == Style::Call);
                for carrier in normal.flat_map(|channel| channel.over.iter().copied()) {
                    stage
                        .mocks
                        .with::<Twilio, _>(carrier, |twilio, _| (twilio.set_voice_url(NUMBER, url, None), Vec::new()));
                }
            }
            Receives::ZendeskWebhook(url) => {
                if let Some(zendesk) = first_of(scenario, DependencyKind::Zendesk) {
                    stage.mocks.with::<Zendesk, _>(zendesk, |zendesk, _| {
                        for group in &stage.groups {
                            zendesk.add_group(group);
                        }
                        (zendesk.set_webhook_url(Some(url)), Vec::new())
                    });
                }
            }
        }
    }
}

/// Ready when the target is connected wherever it is to be reached by a connection of its own.
pub async fn connected(stage: &Stage, listens: &Listens) {
    let slack = first_of(&stage.scenario, DependencyKind::Slack).and_then(|slack| stage.mocks.mock(slack));
    let Some(slack) = slack.filter(|_| listens.contains(&Receives::SlackSocket)) else { return };
    while slack.open_sockets() == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The reference desk as a program: its desk file goes into the run's folder.
pub fn reference(scenario: &Scenario, folder: &Path, pace: f64) -> Result<(Program, Listens), String> {
    let port = free_port().map_err(|e| format!("no port is free on this machine: {e}"))?;
    let file = folder.join("desk.json");
    let text = serde_json::to_string(&*scenario.desk).map_err(|e| format!("the desk cannot be written: {e}"))?;
    std::fs::write(&file, text).map_err(|e| format!("{} cannot be written: {e}", file.display()))?;
    let file = std::path::absolute(&file).map_err(|e| format!("{} has no absolute path: {e}", file.display()))?;
    let ourselves = std::env::current_exe().map_err(|e| format!("our own program cannot be found: {e}"))?;
    let env = BTreeMap::from([
        ("HOLDLINE_DESK".to_owned(), file.display().to_string()),
        ("HOLDLINE_PACE".to_owned(), pace.to_string()),
        ("HOLDLINE_DESK_PORT".to_owned(), port.to_string()),
    ]);
    let base = format!("http://127.0.0.1:{port}");
    let program = Program {
        command: vec![ourselves.display().to_string(), "desk".to_owned()],
        folder: folder.to_owned(),
        env,
        ready: Some(Sign::Good(format!("{base}/healthz"))),
        within: Duration::from_secs(20),
        names: None,
    };
    let listens = vec![
        Receives::SlackEvents(format!("{base}/slack/events")),
        Receives::TwilioVoice(format!("{base}/voice")),
        Receives::ZendeskWebhook(format!("{base}/zendesk")),
    ];
    Ok((program, listens))
}

/// The target that the scenario names. One that runs already is ready when it answers: to what `ready:` says, else at all.
pub fn named(scenario: &Scenario) -> Option<(Program, Listens)> {
    let target = scenario.target.as_ref()?;
    let listens = target.receives.iter().map(|(_, receives)| receives.clone()).collect();
    let program = Program {
        command: target.command.clone().unwrap_or_default(),
        folder: if target.folder.is_empty() { ".".into() } else { target.folder.clone().into() },
        env: target.env.clone(),
        ready: target.ready_http.clone().map(Sign::Good).or_else(|| target.url.clone().map(Sign::Any)),
        within: target.ready_within.to_std(),
        names: None,
    };
    Some((program, listens))
}

fn free_port() -> std::io::Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr().map(|address| address.port())
}
