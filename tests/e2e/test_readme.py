"""The README is true: its commands exist, its files are there."""

import re
import shlex

import pytest
from conftest import HELD_OR_BENT, ROOT, SCENARIOS, TARGETS, holdline

README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^\| `(\w+)", README.split("\n## Commands\n")[1].split("\n## ")[0], re.M)


def test_every_command_is_there():
    assert len(COMMANDS) >= 8
    listed = holdline("--help").out
    for command in COMMANDS:
        assert re.search(rf"^\s+{command}\b", listed, re.M), f"{command} is not in --help"
        assert holdline(command, "--help").code == 0


def test_no_command_is_kept_from_the_reader():
    listed = holdline("--help").out.split("Commands:")[1].split("Options:")[0]
    told = {line.split()[0] for line in listed.splitlines() if re.match(r"  \w", line)}
    assert told - set(COMMANDS) <= {"help"}


def test_every_file_is_there():
    lines = re.findall(r"^    (?:holdline|cargo run --release --) (.+)$", README, re.M)
    assert len(lines) >= 5
    for line in lines:
        for word in shlex.split(line.split("   ")[0]):
            if word.endswith(".yaml") and "/" in word:
                assert (ROOT / word).exists(), line
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def scenarios():
    """Every scenario that is shipped or used by a test; desk files are not days."""
    files = sorted([*SCENARIOS.glob("*.yaml"), *TARGETS.glob("*.yaml"), *(ROOT / "benches").glob("*.yaml")])
    return [path for path in files if re.search(r"^scenario:", path.read_text(), re.M)]


@pytest.mark.parametrize("path", scenarios(), ids=lambda p: p.stem)
def test_every_scenario_checks(path):
    assert holdline("check", path).code == HELD_OR_BENT
