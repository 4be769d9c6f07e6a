//! What cannot be rehearsed, or must be allowed first: refused before anything starts.

use super::between::By;
use crate::mocks::deliver::is_loopback;
use crate::scenario::catalogue::{Catalogue, Handshake, Wire};
use crate::scenario::model::{Action, DependencyKind, Outage, Receives, Scenario, Style};
use hyper::Uri;

/// A target that is not on this machine is left alone unless that is allowed; and only http:// is spoken.
pub fn refuse_addresses(scenario: &Scenario, allow_remote: bool) -> Result<(), String> {
    let Some(target) = &scenario.target else { return Ok(()) };
    let received = target.receives.iter().filter_map(|(_, receives)| match receives {
        Receives::SlackEvents(url) | Receives::TwilioVoice(url) | Receives::ZendeskWebhook(url) => Some(url),
        Receives::SlackSocket => None,
    });
    for url in received.chain(&target.url).chain(&target.ready_http) {
        let uri: Uri = url.parse().map_err(|error| format!("`target:` names `{url}`, which is no address: {error}"))?;
        if uri.scheme_str() != Some("http") {
            return Err(format!("`target:` names `{url}`, but only http:// is spoken to a target"));
        }
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        if !allow_remote && !is_loopback(host) {
            return Err(format!(
                "`target:` names `{url}`, and `{host}` is not on this machine; allow that with --allow-remote-target"
            ));
        }
    }
    Ok(())
}

/// What the reference desk cannot do over the wire is refused, never left out in silence: it makes no offers by mail, sends
/// nothing over a mail server, and cannot tell whether a service is well of which it knows nothing.
pub fn refuse_what_the_wire_cannot_do(scenario: &Scenario) -> Result<(), String> {
    if scenario.target.is_some() {
        return Ok(());
    }
    let desk = &scenario.desk;
    if let Some(mail) = desk.dependencies.iter().find(|dependency| dependency.kind == DependencyKind::Smtp) {
        return Err(format!(
            "the built-in reference desk sends no mail, which `{}` is for; simulate it, or rehearse with a `target:`",
            mail.name
        ));
    }
    for notice in &desk.plan.notice {
        let service = &desk.dependencies[notice.dependency.index()];
        if matches!(service.kind, DependencyKind::Http | DependencyKind::Tcp) {
            return Err(format!(
                "the built-in reference desk cannot tell whether `{}` is up, which `plan.notice` wants; simulate it, or rehearse with a `target:`",
                service.name
            ));
        }
    }
    for rule in &desk.plan.rules {
        for action in &rule.actions {
            let Action::Announce { from, .. } = action else { continue };
            let channel = &desk.channels[from.index()];
            if channel.style == Style::Ticket {
                return Err(format!(
                    "rule `{}` uses `announce` from `{}`, a ticket channel, where the built-in reference desk makes no offers; simulate it, or rehearse with `--plan none` or a plan file that announces from call and chat channels only",
                    rule.name, channel.name
                ));
            }
        }
    }
    Ok(())
}

/// What a plan does between the desk and its own people, and who notices without a probe, has no form on the wire: nobody does
/// it in a rehearsal, and that is said. `None` where nothing is left out.
pub fn what_the_wire_leaves_out(scenario: &Scenario) -> Option<String> {
    let desk = &scenario.desk;
    let word = |action: &Action| match action {
        Action::Close { .. } => Some("close"),
        Action::Overtime { .. } => Some("overtime"),
        Action::Move { .. } => Some("move"),
        Action::Shorten { .. } => Some("shorten"),
        Action::First { .. } => Some("first"),
        Action::Compensate(_) => Some("compensate"),
        _ => None,
    };
    let actions = desk.plan.rules.iter().flat_map(|rule| rule.actions.iter().map(move |action| (rule, action)));
    let mut left: Vec<String> =
        actions.filter_map(|(rule, action)| Some(format!("`{}` of rule `{}`", word(action)?, rule.name))).collect();
    for notice in desk.plan.notice.iter().filter(|_| scenario.target.is_none()) {
        let name = &desk.dependencies[notice.dependency.index()].name;
        let said = [(notice.people.is_some(), "people_notice"), (notice.vendor.is_some(), "vendor_says")];
        left.extend(said.into_iter().filter(|(is, _)| *is).map(|(_, word)| format!("`{word}` of `{name}`")));
    }
    let all = crate::scenario::diagnostic::listed(left.iter().map(String::as_str));
    (!left.is_empty()).then(|| format!("a rehearsal leaves out what has no form on the wire: {all}; simulate for that"))
}

/// What is seen only where a target's connections are intercepted: without, an expectation on it could not be judged, and a
/// failure of it would never show.
pub fn refuse_what_only_interception_sees(scenario: &Scenario, by: Option<By>) -> Result<(), String> {
    if by.is_some() && scenario.target.as_ref().is_some_and(|target| target.command.is_none()) {
        return Err("`--intercept` leads a target by its environment or its hosts file, so Holdline must start it: \
                    `target:` needs a `command`; for one that runs already there is `holdline mocks --intercept proxy`"
            .to_owned());
    }
    let egress = scenario.expect.iter().any(|expectation| expectation.kpi == "undeclared_egress");
    if egress && by != Some(By::Proxy) {
        return Err("the scenario expects something of `undeclared_egress`, which a rehearsal sees only with \
                    `--intercept proxy`"
            .to_owned());
    }
    let catalogue = Catalogue::shipped();
    for fails in scenario.outages.iter().flat_map(Outage::parts).filter_map(|outage| outage.fails.as_ref()) {
        let (what, how) = match (catalogue.get(&fails.with).map(|mode| &mode.wire), by) {
            (Some(Wire::Handshake(Handshake::NoName)), None | Some(By::HostsFile)) => ("names", "`--intercept proxy`"),
            (Some(Wire::Handshake(_)), None) => ("certificates", "`--intercept proxy` (or `hosts`)"),
            _ => continue,
        };
        return Err(format!(
            "`fails: {{with: {}}}` is about {what}, which a rehearsal has only with {how}",
            fails.with
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{Desk, Id};
    use crate::scenario::{Overrides, load};
    use std::path::Path;
    use std::sync::Arc;

    fn scenario(path: &str) -> Scenario {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let Ok(loaded) = load(&path, &Overrides::default()) else { panic!("{} loads", path.display()) };
        loaded.scenario
    }

    #[test]
    fn only_this_machine_is_a_target_unless_allowed() {
        let mut scenario = scenario("tests/targets/naive.yaml");
        assert_eq!(refuse_addresses(&scenario, false), Ok(()));
        for (url, part) in [
            ("http://bot.example/healthz", "--allow-remote-target"),
            ("http://10.0.0.1:3000", "`10.0.0.1` is not on this machine"),
            ("https://127.0.0.1:3000", "only http://"),
            ("http://a b", "no address"),
        ] {
            if let Some(target) = &mut scenario.target {
                target.ready_http = Some(url.into());
            }
            let refused = refuse_addresses(&scenario, false).expect_err(url);
            assert!(refused.contains(part), "{refused}");
            assert_eq!(refuse_addresses(&scenario, true).is_ok(), url.starts_with("http://b") || url.contains("10."));
        }
    }

    #[test]
    fn a_service_of_ones_own_can_only_be_noticed_by_a_target() {
        let mut scenario = scenario("scenarios/first-rehearsal.yaml");
        assert_eq!(refuse_what_the_wire_cannot_do(&scenario), Ok(()));
        let mut desk: Desk = (*scenario.desk).clone();
        desk.dependencies[desk.plan.notice[0].dependency.index()].kind = DependencyKind::Tcp;
        scenario.desk = Arc::new(desk);
        assert!(refuse_what_the_wire_cannot_do(&scenario).is_err_and(|why| why.contains("cannot tell whether")));
    }

    #[test]
    fn offers_are_refused_by_mail_only() {
        let mut scenario = scenario("tests/e2e/offers/day.yaml");
        assert_eq!(refuse_what_the_wire_cannot_do(&scenario), Ok(()));
        let mut desk: Desk = (*scenario.desk).clone();
        desk.plan.rules[0].actions = vec![Action::Announce { from: Id::new(2), to: Id::new(0), accepted: 0.5 }];
        scenario.desk = Arc::new(desk);
        let refused = refuse_what_the_wire_cannot_do(&scenario).expect_err("no offers are made by mail");
        assert!(refused.contains("`announce` from `email`") && refused.contains("--plan none"), "{refused}");
    }

    #[test]
    fn what_has_no_form_on_the_wire_is_said_in_one_line() {
        let mut scenario = scenario("scenarios/first-rehearsal.yaml");
        assert_eq!(what_the_wire_leaves_out(&scenario), None);
        let mut desk: Desk = (*scenario.desk).clone();
        desk.plan.rules[0].actions.push(Action::Move { team: Id::new(0), to: Id::new(0), people: 1 });
        desk.plan.notice[0].vendor = Some(crate::scenario::model::Distribution::Constant(crate::time::Span::MINUTE));
        scenario.desk = Arc::new(desk);
        let said = what_the_wire_leaves_out(&scenario).expect("two things are left out");
        assert!(said.contains("`move` of rule") && said.contains("`vendor_says` of `llm`"), "{said}");
    }

    #[test]
    fn what_only_interception_sees_needs_it() {
        let expects = scenario("tests/targets/hardcoded.yaml");
        let refused = |scenario: &Scenario, by| refuse_what_only_interception_sees(scenario, by);
        assert_eq!(refused(&expects, Some(By::Proxy)), Ok(()));
        for by in [None, Some(By::HostsFile)] {
            assert!(refused(&expects, by).is_err_and(|why| why.contains("`undeclared_egress`")), "{by:?}");
        }
        let mut breaks = scenario("tests/targets/naive.yaml");
        assert_eq!(refused(&breaks, None), Ok(()));
        for (with, hosts_file) in [("tls_expired", true), ("dns_fail", false)] {
            let fails = breaks.outages.iter_mut().find_map(|outage| outage.fails.as_mut()).expect("one fails");
            fails.with = with.to_owned();
            assert!(refused(&breaks, None).is_err_and(|why| why.contains(with)), "{with}");
            assert_eq!(refused(&breaks, Some(By::HostsFile)).is_ok(), hosts_file, "{with}");
            assert_eq!(refused(&breaks, Some(By::Proxy)), Ok(()), "{with}");
        }
        if let Some(target) = &mut breaks.target {
            target.command = None;
        }
        assert!(refused(&breaks, Some(By::Proxy)).is_err_and(|why| why.contains("`command`")));
    }
}
