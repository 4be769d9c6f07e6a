"""`rehearse --intercept proxy`: a target with hard-coded hosts, and what it tries that the scenario does not know."""

from pathlib import Path

import pytest
from conftest import BROKE, HELD_OR_BENT, TARGETS, Day, holdline

DAY = TARGETS / "hardcoded.yaml"
WITHOUT_TABLE = ("--set", "target.env.TOKENIZER=null")


def answered(day) -> float:
    return day.figure("matched_by_nonce", "value", "whole", channel="chat")


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
