"""The mocks as the vendors' official SDKs see them: tests/targets/sdk_probe.py tries, this reads what came of it."""

import ast
import json

import pytest
from conftest import TARGETS, holdline

SOURCE = ast.parse((TARGETS / "sdk_probe.py").read_text())
# What the probe calls out to, and what is checked when the mocks call it.
OUT = next(
    [name.id for name in node.value.elts]
    for node in SOURCE.body
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "CALLS"
)
IN = ["slack_signs_events", "twilio_signs_calls", "zendesk_signs_webhooks"]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("probe")
    wrote = folder / "results.json"
    done = holdline("rehearse", TARGETS / "sdk-probe.yaml", "--out", folder / "run", PROBE_OUT=str(wrote))
    assert wrote.exists(), done.said
    return json.loads(wrote.read_text())


@pytest.mark.parametrize("name", [*OUT, *IN])
def test_surface(results, name):
    assert results.get(name, "never tried") == "ok"


def test_the_probe_came_to_its_end(results):
    assert results["finished"] == "ok" and len(OUT) >= 15
