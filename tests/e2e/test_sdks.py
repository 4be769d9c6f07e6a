"""The mocks as the vendors' official SDKs see them: tests/targets/sdk_probe.py tries, this reads what came of it."""

import ast
import json

import pytest
from conftest import TARGETS

pytestmark = pytest.mark.rehearsals("sdk-probe")

SOURCE = ast.parse((TARGETS / "sdk_probe.py").read_text())
# What the probe calls out to, and what is checked when the mocks call it.
OUT = next(
    [name.id for name in node.value.elts]
    for node in SOURCE.body
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "CALLS"
)
IN = ["slack_signs_events", "twilio_signs_calls", "zendesk_signs_webhooks"]


@pytest.fixture(scope="module")
def results(rehearsed) -> dict[str, str]:
    probe = rehearsed["sdk-probe"]
    wrote = probe.folder.with_suffix(".probe")
    assert wrote.exists(), probe.done.said
    return json.loads(wrote.read_text())


@pytest.mark.parametrize("name", [*OUT, *IN])
def test_surface(results, name):
    assert results.get(name, "never tried") == "ok"


def test_the_probe_came_to_its_end(results):
    assert results["finished"] == "ok" and len(OUT) >= 15
