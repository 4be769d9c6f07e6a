"""Arguments that cannot work, and places that cannot be written: each is said in a line that says what would be right."""

import subprocess

import pytest
from conftest import HELD_OR_BENT, INVALID, ROOT, SCENARIOS, binary, environment, holdline

QUIET = SCENARIOS / "quiet-day.yaml"
BAD_DAY = SCENARIOS / "triple-outage.yaml"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["simulate", QUIET, "--runs", 2, "--journal", 2], "0 to 1"),
        (["simulate", QUIET, "--plan", "nowhere.yaml"], "`written`, `none`, or a file"),
        (["simulate", QUIET, "--plan", QUIET], "this file holds no plan"),
        (["simulate", QUIET, "--runs", 1, "--out", "/proc/nowhere"], "cannot be made"),
        (["report", SCENARIOS], "holds no journal.jsonl"),
        (["check", BAD_DAY, "--set", "start=2026-03-29 02:30 Europe/Paris"], "clocks are put forward"),
        (["check", BAD_DAY, "--set", "expect=[{kpi: vip_reached, of: llm, min: 1%}]"], "of the whole desk"),
        (["check", BAD_DAY, "--set", "expect=[{kpi: time_to_detect, channel: phone, max: 1m}]"], "takes no `channel`"),
    ],
)
def test_what_cannot_work_is_refused(arguments, part):
    done = holdline(*arguments)
    assert done.code == INVALID and part in done.err, done.said


@pytest.mark.parametrize("arguments", [["schema"], ["defaults"], ["check", str(QUIET)], ["completions", "bash"]])
def test_a_full_disk_is_no_success(arguments):
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([binary(), *arguments], cwd=ROOT, env=environment(), stdout=full, stderr=subprocess.PIPE)
    assert ran.returncode == INVALID and b"cannot be written" in ran.stderr, ran


def test_a_distribution_can_be_changed_for_another(tmp_path):
    change = "customers.patience.phone={lognormal: {mean: 4m, cv: 1}}"
    assert holdline("check", BAD_DAY, "--set", change).code == HELD_OR_BENT
    plan = tmp_path / "plan.yaml"
    plan.write_text("plan:\n  rules:\n    - { name: x, when: {down: [llmm]}, do: [{bot: {use: llm-backup}}] }\n")
    done = holdline("check", BAD_DAY, "--plan", plan)
    assert done.code == INVALID and "did you mean `llm`?" in done.err, done.said
