"""Arguments that cannot work, and places that cannot be written: each is said in a line that says what would be right."""

import subprocess
from xml.etree import ElementTree

import pytest
from conftest import HELD_OR_BENT, INVALID, ROOT, SCENARIOS, VOID, WORSE, binary, environment, holdline

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


def test_two_runs_side_by_side(tmp_path):
    written, none, void = tmp_path / "written", tmp_path / "none", tmp_path / "void"
    for folder, plan in ((written, "written"), (none, "none")):
        holdline("simulate", BAD_DAY, "--runs", 20, "--plan", plan, "--out", folder)
    alike = holdline("compare", written, written / "run.json")
    assert alike.code == HELD_OR_BENT and "nothing got worse" in alike.out and "note:" not in alike.out, alike.said
    junit = tmp_path / "compare.xml"
    worse = holdline("compare", written, none, "--junit", junit)
    assert worse.code == WORSE and "abandonment phone" in worse.out and "the plans are two" in worse.out, worse.said
    cases = ElementTree.parse(junit).getroot().iter("testcase")
    failed = {case.get("name") for case in cases if case.find("failure") is not None}
    assert "abandonment phone" in failed, failed
    priced = holdline("compare", none, written)
    assert priced.code == WORSE and "plan cost" in priced.out.split("Better")[0], "a plan has its price, and it is told"
    assert holdline("compare", none, written, "--kpi", "abandonment", "--kpi", "served").code == HELD_OR_BENT
    only = holdline("compare", written, none, "--kpi", "lost_contacts")
    assert only.code == WORSE and " Worse\n" not in only.out, "the verdict is worse, and of figures only one was asked for"
    broken = ["expect=[{kpi: vip_reached, max: 1%}]"]
    holdline("simulate", BAD_DAY, "--runs", 2, "--plan", "none", "--set", *broken, "--out", void)
    assert holdline("compare", written, void).code == VOID
    assert holdline("compare", written, tmp_path / "nowhere").code == INVALID
    assert holdline("compare", written, BAD_DAY).code == INVALID
