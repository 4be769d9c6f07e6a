"""`rehearse --intercept proxy`: a target with hard-coded hosts, and what it tries that the scenario does not know."""

from pathlib import Path

import pytest
from conftest import BROKE, HELD_OR_BENT, TARGETS, Day, holdline

DAY = TARGETS / "hardcoded.yaml"
WITHOUT_TABLE = ("--set", "target.env.TOKENIZER=null")


def answered(day) -> float:
    return day.figure("matched_by_nonce", "value", "whole", channel="chat")


def served(day) -> float:
    return day.figure("served", "value", "whole", channel="chat")


def test_a_host_that_no_dependency_answers_for_breaks_the_promise(tmp_path):
    done = holdline("rehearse", DAY, "--intercept", "proxy", "--out", tmp_path / "run")
    assert done.code == BROKE, done.said
    assert "a host that the scenario does not know" in done.said, done.said
    day = Day(tmp_path / "run")
    assert day.figure("undeclared_egress", "value", "whole") == 1
    assert answered(day) == 1, "the hard-coded hosts led to the mocks"
    assert '"host":"tables.example"' in (tmp_path / "run" / "journal.jsonl").read_text()
    again = holdline("report", tmp_path / "run")
    assert "a host that the scenario does not know" in again.said, again.said


def test_a_target_that_calls_only_its_vendors_keeps_it(tmp_path):
    done = holdline("rehearse", DAY, "--intercept", "proxy", "--out", tmp_path / "run", *WITHOUT_TABLE)
    assert done.code == HELD_OR_BENT, done.said
    assert answered(Day(tmp_path / "run")) == 1 and "does not know" not in done.said


def test_what_cannot_be_seen_is_not_promised(tmp_path):
    refused = holdline("rehearse", DAY, "--out", tmp_path / "run")
    assert refused.code == 2 and "`undeclared_egress`" in refused.said and "--intercept proxy" in refused.said


def test_a_target_that_heeds_no_proxy_is_led_by_a_hosts_file_of_its_own(tmp_path):
    before = Path("/etc/hosts").read_text()
    done = holdline("rehearse", TARGETS / "hardcoded-direct.yaml", "--intercept", "hosts", "--out", tmp_path / "run")
    if done.code == 2:  # no right to port 443 here: said, and what else is possible
        assert "--intercept proxy" in done.said and "443" in done.said, done.said
        pytest.skip("this system allows no port 443")
    if done.code == 3 and "mount namespace" in (log := (tmp_path / "run" / "target.log").read_text()):
        assert "--intercept proxy" in log
        pytest.skip("this system allows no mount namespace")
    assert done.code == HELD_OR_BENT, done.said
    assert answered(Day(tmp_path / "run")) == 1, "the hard-coded hosts led to the mocks"
    assert Path("/etc/hosts").read_text() == before, "nothing changed for anybody else"


def test_mocks_start_no_program_and_say_so():
    refused = holdline("mocks", "--intercept", "hosts")
    assert refused.code == 2 and "holdline rehearse" in refused.said


def broken_ways(tmp_path, how: str, *more: str):
    """The bot while a certificate has run out: what it printed, and the day."""
    done = holdline("rehearse", TARGETS / "hardcoded-ways.yaml", "--intercept", how, "--out", tmp_path / "run", *more)
    if done.code in (2, 3) and how == "hosts":
        pytest.skip("this system allows no hosts file of a target's own")
    assert done.code in (HELD_OR_BENT, BROKE), done.said
    return (tmp_path / "run" / "target.log").read_text(), Day(tmp_path / "run")


@pytest.mark.parametrize("how", ["proxy", "hosts"])
def test_a_certificate_that_runs_out_is_an_outage(tmp_path, how):
    said, day = broken_ways(tmp_path, how)
    assert "certificate has expired" in said, said[-3000:]
    assert 0.2 < served(day) < 0.8, "those of the second half"


def test_a_name_that_fails_is_one_too_and_an_environment_of_the_targets_own_adds_to_ours(tmp_path):
    own = ("--set", "target.env.NO_PROXY=db.internal", "--set", "outages.certificate.fails.with=dns_fail")
    said, day = broken_ways(tmp_path, "proxy", *own)
    assert "Tunnel connection failed: 502" in said, said[-3000:]
    assert 0.2 < served(day) < 0.8, "this machine still goes round the front"


def test_what_breaks_only_where_something_stands_between_is_refused_elsewhere(tmp_path):
    refused = holdline("rehearse", TARGETS / "hardcoded-ways.yaml", "--out", tmp_path / "run")
    assert refused.code == 2 and "tls_expired" in refused.said and "--intercept proxy" in refused.said
    names = ("--intercept", "hosts", "--set", "outages.certificate.fails.with=dns_fail")
    refused = holdline("rehearse", TARGETS / "hardcoded-ways.yaml", *names, "--out", tmp_path / "run")
    assert refused.code == 2 and "dns_fail" in refused.said and "--intercept proxy" in refused.said
