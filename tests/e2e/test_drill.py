"""`holdline drill` with the real binary: people play a short drill in a browser, it is killed and resumed, and it is told."""

import json
import os
import signal
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT, binary, environment, holdline
from playwright.sync_api import expect
from test_drill_pages import visit, words  # noqa: F401 (a fixture)

SHORT = ROOT / "tests" / "drill" / "short.yaml"
HIDDEN = "HUSH"


class Drill:
    """A drill that is served."""

    def __init__(self, *arguments):
        command = [binary(), "drill", "--port", "0", *map(str, arguments)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.links, self.evaluators, said = {}, {}, []
        for line in self.process.stdout:
            said.append(line)
            name, *rest = line.split() or [""]
            if rest and rest[0].startswith("http"):
                self.links[name] = rest[0]
                self.links["code" if name == "join" else name] = rest[-1]
            if "Ctrl-C" in line:
                return
        pytest.fail("".join(said))

    def __getitem__(self, name):
        """For the fixture `visit`."""
        return self.links[name]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, out
        return out


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "drill"


@pytest.fixture
def served(folder):
    """What `visit` looks at; the tests may put another drill in its place."""
    drill = Drill(SHORT, "--out", folder)
    yield drill
    if drill.process.poll() is None:
        drill.kill()


def join(visit, drill, name, role):
    page = visit(drill["join"])
    page.fill("#code", drill["code"])
    page.fill("#name", name)
    page.check(f"input[value='{role}']")
    page.click("button[type=submit]")
    page.wait_for_url("**/play")
    expect(page.locator("#channels article")).to_have_count(2)
    return page


def join_with(visit, drill):
    """A participant of the first role."""
    page = visit(drill["join"])
    page.fill("#code", drill["code"])
    page.fill("#name", "Ana")
    page.locator("input[type=radio]").first.check()
    page.click("button[type=submit]")
    page.wait_for_url("**/play")
    return page


def facilitate(visit, drill):
    page = visit(drill["facilitator"])
    page.click("a[href='/facilitate']")
    expect(page.locator("#injects > li")).to_have_count(4)
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def steps_until(facilitator, what):
    """Steps on until this is so."""
    for _ in range(12):
        if what():
            return
        before = facilitator.locator("#clock").inner_text()
        facilitator.click("#step")
        facilitator.wait_for_function("before => document.querySelector('#clock').innerText !== before", arg=before)
    pytest.fail("it never came")


def is_over(page):
    return page.locator("#clock").get_attribute("data-state") == "ended"


def test_people_play_it_is_killed_and_goes_on(visit, served, folder):
    drill = served
    facilitator = facilitate(visit, drill)
    ana = join(visit, drill, "Ana", "lead")
    bo = join(visit, drill, "Bo", "communications")
    chi = join(visit, drill, "Chi", "floor")
    facilitator.click("#step")
    expect(ana.locator("#inbox")).to_contain_text("No answers.")
    for page in (bo, chi):
        assert HIDDEN not in words(page) and HIDDEN not in page.content()
    assert "HUSH-outage" not in words(ana) and "HUSH-press" not in words(ana), "only what was sent to the lead"
    ana.get_by_role("button", name="second model").click()
    expect(ana.locator("#levers [data-state=coming]")).to_have_count(1)
    bo.fill("#levers textarea", "Chats take longer today. <b>Sorry</b>")
    bo.get_by_role("button", name="post an update").click()
    chi.fill("#decide textarea", "Short calls, please")
    chi.click("#decide button")
    expect(facilitator.locator("#decisions > li")).to_have_count(3)
    expect(facilitator.locator("#as-of")).to_have_text("Participants see figures 5 min old")
    expect(chi.locator("#as-of")).to_contain_text("Figures of 09:10")

    # The clock runs and stands; who reloads or loses the network misses nothing.
    facilitator.click("text=×60")
    facilitator.click("#go")
    expect(ana.locator("#clock")).to_have_attribute("data-state", "running")
    bo.context.set_offline(True)
    facilitator.wait_for_timeout(700)
    facilitator.click("#go")
    expect(ana.locator("#clock")).to_have_attribute("data-state", "paused")
    facilitator.fill("#announce textarea", "While you were away")
    facilitator.click("#announce button")
    bo.context.set_offline(False)
    expect(bo.locator("#announcements")).to_contain_text("While you were away", timeout=15_000)
    ana.reload()
    expect(ana.locator("#decisions > li")).to_have_count(3)

    # Killed in the middle: everybody comes back to what it was.
    drill.kill()
    again = Drill("--resume", folder)
    try:
        facilitator = facilitate(visit, again)
        expect(facilitator.locator("#decisions > li")).to_have_count(3)
        expect(facilitator.locator("#decisions")).to_contain_text("Chats take longer today. <b>Sorry</b>")
        chi = join(visit, again, "Chi", "floor")
        facilitator.select_option("#decisions select", "short calls")
        facilitator.click("#decisions button")
        expect(chi.locator("#decisions")).to_contain_text("short calls")
        steps_until(facilitator, lambda: is_over(facilitator))
        facilitator.click("#to-after")
        expect(facilitator.locator("#report")).to_be_visible(timeout=20_000)
        expect(facilitator.locator("#curves figure")).to_have_count(2)
        expect(facilitator.locator("#objectives")).to_contain_text("decided at 09:15, wanted by 09:30.")
        facilitator.fill("#improve [name=what]", "A second model on a switch")
        facilitator.click("#improve button")
        expect(facilitator.locator("#improvements")).to_contain_text("A second model on a switch")
        said = again.interrupt()
    finally:
        if again.process.poll() is None:
            again.kill()
    assert "objectives were met" in said and "after-action.html" in said
    told = json.loads((folder / "after-action.json").read_text())
    assert [one["by"] for one in told["decisions"]] == ["Ana", "Bo", "Chi"]
    assert told["improvements"][0]["what"] == "A second model on a switch"
    log = [json.loads(line) for line in (folder / "drill.jsonl").read_text().splitlines()]
    levers = [line["command"]["lever"] for line in log if line.get("command", {}).get("do") == "lever"]
    assert levers == ["second model", "post an update"]
    gave_up = next(row for row in told["after"]["measures"] if row["what"] == "abandonment chat")
    assert gave_up["played"] < gave_up["nothing"] / 2, "what was decided changed the queues"
    lines = [entry["text"] for entry in told["after"]["timeline"] if entry["kind"] == "decision"]
    assert len(lines) == 3 and lines[0] == "second model"
    page = visit((folder / "after-action.html").as_uri())
    assert page.locator("figure svg").count() == 2
    assert [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")] == []
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    # The only request of a page of the report is itself.
    assert [fault for fault in page.faults if not fault.startswith("file:")] == []


def test_what_was_played_becomes_files_for_a_pipeline(visit, served, folder, tmp_path):
    for name in ("short.yaml", "desk.yaml"):
        (tmp_path / name).write_bytes((SHORT.parent / name).read_bytes())
    facilitator = facilitate(visit, served)
    ana, bo = join(visit, served, "Ana", "lead"), join(visit, served, "Bo", "communications")
    facilitator.click("#step")
    expect(ana.locator("#inbox > li")).to_have_count(1)
    ana.get_by_role("button", name="second model").click()
    bo.fill("#levers textarea", "Soon.")
    bo.get_by_role("button", name="post an update").click()
    expect(facilitator.locator("#decisions > li")).to_have_count(2)
    steps_until(facilitator, lambda: is_over(facilitator))
    assert "being written by another drill" in holdline("drill", "--resume", folder).err
    served.interrupt()
    done = holdline("drill", tmp_path / "short.yaml", "--export", folder)
    assert done.code == 0, done.said
    day, plan = tmp_path / "short.played.yaml", tmp_path / "short.played.plan.yaml"
    assert "when: {at: 20m}" in plan.read_text() and "name: ill" in day.read_text(), plan.read_text()
    assert holdline("check", day).code == 0 and holdline("check", plan).code == 0
    assert holdline("drill", tmp_path / "short.yaml", "--export", folder).code == 2, "nothing is written over"
    outs = {}
    for name, how in (("played", ["--plan", plan]), ("none", ["--plan", "none"])):
        done = holdline("simulate", day, *how, "--runs", "5", "--out", tmp_path / name, "--no-breaking-point")
        assert done.code in (0, 1), done.said
        rows = json.loads((tmp_path / name / "run.json").read_text())["measures"]
        outs[name] = next(
            row["mean"] for row in rows
            if row["kpi"] == "abandonment" and row.get("channel") == "chat" and row["window"] == "whole" and row["plan"] == name.replace("played", plan.stem)
        )
    assert outs["played"] < outs["none"] / 2, outs


def test_going_back_gives_the_decision_anew(visit, served):
    facilitator = facilitate(visit, served)
    ana = join(visit, served, "Ana", "lead")
    facilitator.click("#step")
    expect(ana.locator("#inbox > li")).to_have_count(1)
    ana.get_by_role("button", name="second model").click()
    facilitator.click("#step")
    expect(ana.locator("#levers [data-state=used]")).to_have_count(1)
    moment = facilitator.locator("#moments option", has_text="second model")
    facilitator.select_option("#moments", label=moment.inner_text())
    facilitator.fill("#branch-name", "without")
    facilitator.click("#branch")
    expect(facilitator.locator("#branches > li")).to_have_count(2)
    expect(ana.locator("#decisions > li")).to_have_count(0)
    expect(ana.locator("#levers").get_by_role("button", name="second model")).to_be_enabled()
    facilitator.locator("#branches > li", has_text="first").get_by_role("button").click()
    expect(ana.locator("#decisions > li")).to_have_count(1)


def test_the_start_page_shows_the_other_drills(visit, tmp_path):
    drill = Drill(ROOT / "scenarios" / "drills" / "half-sick.yaml", "--out", tmp_path / "other")
    try:
        page = visit(drill["facilitator"])
        expect(page.locator("#shelf details")).to_have_count(11)
        first = page.locator("#shelf details", has_text="The phones go dead in a storm")
        first.locator("summary").click()
        expect(first).to_contain_text("A storm crosses the country.")
        expect(first.locator("code")).to_contain_text("phones-in-a-storm.yaml")
        assert [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")] == []
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        participant = join_with(visit, drill)
        assert participant.evaluate("fetch('/api/shelf').then(reply => reply.status)") == 401
    finally:
        drill.kill()


def test_alone_it_ends_by_itself_and_is_told(folder):
    done = holdline("drill", SHORT, "--solo", "--out", folder)
    assert done.code == 0 and "Nobody did anything" in done.out, done.said
    again = holdline("drill", SHORT, "--solo", "--out", folder)
    assert again.code == 2 and "--resume" in again.err, "no drill is written over another"
    resumed = holdline("drill", "--resume", folder, "--solo")
    assert resumed.code == 0 and resumed.out == done.out, "what is over is told again"
    other = folder.with_name("other")
    assert holdline("drill", SHORT, "--solo", "--out", other).code == 0
    assert (folder / "after-action.json").read_bytes() == (other / "after-action.json").read_bytes(), "same seed, same bytes"


def test_a_dry_run_says_what_can_never_be_sent(tmp_path):
    for name in ("short.yaml", "desk.yaml"):
        text = (SHORT.parent / name).read_text().replace("above: 6}", "above: 600}")
        (tmp_path / name).write_text(text)
    done = holdline("drill", tmp_path / "short.yaml", "--dry-run")
    assert done.code == 0, done.said
    assert "queue  when the number waiting in chat is above 600" in done.out and "it is never sent" in done.out
    assert "unless “second model” by 09:40" in done.out and not list(tmp_path.glob("reports*"))


def test_teams_on_the_same_day_are_put_side_by_side(folder):
    folder.mkdir()
    for name in ("red", "blue"):
        assert holdline("drill", SHORT, "--solo", "--out", folder / name).code == 0
    done = holdline("drill", "--teams", folder / "red", folder / "blue")
    assert done.code == 0 and "| measure | no decision | written plan | red | blue |" in done.out, done.said
    assert "| Use the second model | not met | not met |" in done.out
    assert holdline("drill", SHORT, "--solo", "--seed", "2", "--out", folder / "green").code == 0
    done = holdline("drill", "--teams", folder / "red", folder / "green")
    assert done.code == 2 and "did not meet the same day" in done.err, done.said
    assert holdline("drill", "--teams", folder / "red", folder).code == 2


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["scenarios/quiet-day.yaml"], "has no drill"),
        (["--resume", "tests"], "cannot be read"),
        ([], "required"),
        (["tests/drill/short.yaml", "--resume", "x"], "cannot be used"),
        (["tests/drill/short.yaml", "--host", "x"], "--lan"),
    ],
)
def test_what_cannot_be_played_is_said(arguments, why):
    done = holdline("drill", *arguments)
    assert done.code == 2 and why in done.err, done.said


def test_a_port_that_is_taken_is_said(served, tmp_path):
    port = served["join"].rsplit(":", 1)[1].strip("/")
    done = holdline("drill", SHORT, "--port", port, "--out", tmp_path / "second")
    assert done.code == 2 and "take another with --port" in done.err, done.said


def test_a_damaged_log_is_refused_at_its_line(served, folder):
    served.kill()
    log = folder / "drill.jsonl"
    log.write_bytes(log.read_bytes() + os.urandom(40) + b"\n")
    done = holdline("drill", "--resume", folder)
    assert done.code == 2 and "drill.jsonl:" in done.err, done.said
