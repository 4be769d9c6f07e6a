"""The drill's pages in a browser: a facilitator and participants play a shortened drill of the tests' own.

The drill is `tests/drill/fake.rs`, served by the example `drill-stage` that `cargo test` builds: what is tested here are server and
pages. All that it hides from participants holds the word HUSH.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from playwright.sync_api import expect

ROLES = {"Ana": "lead", "Bo": "communications", "Chi": "floor"}
HIDDEN = "HUSH"


@pytest.fixture
def served():
    """A drill, and its links."""
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    stage = target / "debug" / "examples" / "drill-stage"
    assert stage.exists(), f"{stage} is missing: cargo test builds it, or cargo build --example drill-stage"
    process = subprocess.Popen([stage], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    yield json.loads(process.stdout.readline())
    assert process.poll() is None, process.stderr.read()
    process.kill()
    process.wait(10)


@pytest.fixture
def visit(browser, served):
    """Opens a page in a browser of its own; gives the page, whose `heard` is all that came over its network, whose `faults` went wrong."""
    contexts = []

    def go(url, **how):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | how))
        contexts.append(context)
        page = context.new_page()
        page.faults, page.heard = [], []
        page.on("console", lambda message: page.faults.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(served["join"]) else page.faults.append(request.url))
        # Everything that the page reads of its stream, byte by byte, as the network gave it.
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        streams = set()

        def follow(event):
            if event["response"]["url"].endswith("/api/state"):
                streams.add(event["requestId"])
                try:
                    buffered = devtools.send("Network.streamResourceContent", {"requestId": event["requestId"]})
                    page.heard.append(buffered["bufferedData"])
                except Exception as gone:  # A page that is left takes its stream with it.
                    page.heard.append(str(gone))

        devtools.on("Network.responseReceived", follow)
        devtools.on("Network.dataReceived", lambda event: page.heard.append(event.get("data", "")) if event["requestId"] in streams else None)
        page.goto(url)
        return page

    yield go
    for context in contexts:
        context.close()


def words(page) -> str:
    """What was heard, decoded: the browser gives it in base64."""
    import base64

    return b"".join(base64.b64decode(piece) for piece in page.heard if " " not in piece).decode(errors="replace")


def join(visit, served, name, **how):
    page = visit(served["join"], **how)
    page.fill("#code", served["code"].lower())
    page.fill("#name", name)
    page.check(f"input[value='{ROLES.get(name, 'lead')}']")
    page.click("button[type=submit]")
    page.wait_for_url("**/play")
    expect(page.locator("#channels article")).to_have_count(3)
    return page


def facilitate(visit, served, **how):
    page = visit(served["facilitator"], **how)
    expect(page.locator("#join-code")).to_have_text(served["code"])
    assert "#" not in page.url, "the secret leaves the address"
    page.click("a[href='/facilitate']")
    expect(page.locator("#injects > li")).to_have_count(4)
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def test_a_drill_from_the_door_to_the_report(visit, served):
    facilitator = facilitate(visit, served)
    people = {name: join(visit, served, name) for name in ROLES}
    ana, bo, chi = people.values()
    expect(facilitator.locator("#people .person")).to_have_count(3)
    screen = visit(served["projector"])

    # The clock: start, pace, pause, step.
    expect(ana.locator("#banner")).to_be_visible()
    facilitator.click("text=×60")
    expect(facilitator.locator("#paces [aria-pressed=true]")).to_have_text("×60")
    facilitator.click("#go")
    expect(ana.locator("#clock")).to_have_attribute("data-state", "running")
    facilitator.click("#step")
    expect(ana.locator("#inbox")).to_contain_text("Answers from the assistant take a minute.")
    expect(ana.locator("#clock")).to_have_attribute("data-state", "held")
    expect(bo.locator("#inbox > li")).to_have_count(0)

    # Before they are due, the hidden words reached nobody but the facilitator.
    for page in (*people.values(), screen):
        heard = words(page)
        assert '"whole":true' in heard, "the network was listened to"
        assert HIDDEN not in heard and HIDDEN not in page.content()
    assert HIDDEN in words(facilitator)

    # Deciding: a lever, an update in words, a decision that is ruled.
    ana.click("text=second provider")
    expect(ana.locator("#levers [data-state=coming]")).to_have_count(1)
    bo.fill("#levers textarea", "<img src=x onerror=document.title='hacked'> we are slow")
    bo.click("text=post an update")
    chi.fill("#decide textarea", "</script><script>document.title='hacked'</script>")
    chi.fill("#decide input", "why not")
    chi.click("#decide button")
    expect(facilitator.locator("#decisions > li")).to_have_count(3)
    facilitator.select_option("#decisions select", "offer call-backs")
    facilitator.click("#decisions button")
    expect(chi.locator("#decisions")).to_contain_text("offer call-backs")
    facilitator.fill("#announce textarea", "Chat is slow, phones are well.")
    facilitator.click("#announce button")
    expect(screen.locator("#announcement")).to_contain_text("Chat is slow, phones are well.")
    facilitator.locator("#injects > li", has_text="angry").get_by_text("Skip").click()
    expect(facilitator.locator("#injects > li[data-state=skipped]")).to_have_count(1)
    facilitator.locator("#expectations").get_by_role("button", name="S:").first.click()
    expect(facilitator.locator("#expectations [aria-pressed=true]")).to_have_text("S")

    # Reload and a lost network lose nothing.
    ana.reload()
    expect(ana.locator("#decisions > li")).to_have_count(3)
    expect(ana.locator("#who")).to_have_text("Ana · lead")
    bo.context.set_offline(True)
    facilitator.fill("#announce textarea", "while you were away")
    facilitator.click("#announce button")
    bo.context.set_offline(False)
    expect(bo.locator("#announcements")).to_contain_text("while you were away", timeout=15_000)

    # Back to the first message, and on as a branch.
    facilitator.fill("#branch-name", "what if")
    facilitator.click("#branch")
    expect(facilitator.locator("#branches > li")).to_have_count(2)
    expect(ana.locator("#decisions > li")).to_have_count(0)

    # The end: everybody reads the same report and fills the form.
    facilitator.click("#end")
    facilitator.click("#to-after")
    expect(facilitator.locator("#report")).to_be_visible()
    expect(facilitator.locator("#curves figure")).to_have_count(2)
    ana.click("#to-after")
    ana.locator("#questions textarea").first.fill("Asking early.")
    ana.locator("#questions button").first.click()
    expect(facilitator.locator("#questions")).to_contain_text("Ana: Asking early.")
    facilitator.fill("#improve [name=what]", "Name who decides")
    facilitator.fill("#improve [name=owner]", "Ana")
    facilitator.click("#improve button")
    expect(ana.locator("#improvements")).to_contain_text("Name who decides")
    for page in (facilitator, *people.values(), screen):
        assert "hacked" not in page.title()
        assert [fault for fault in page.faults if "ERR_INTERNET_DISCONNECTED" not in fault] == []


def pages_of(visit, served, **how):
    """Every page, in the middle of a drill."""
    facilitator = facilitate(visit, served, **how)
    ana = join(visit, served, "Ana", **how)
    facilitator.click("#go")
    facilitator.click("#step")
    expect(ana.locator("#inbox > li")).to_have_count(1)
    ana.fill("#decide textarea", "Ask the vendor")
    ana.click("#decide button")
    expect(facilitator.locator("#decisions select")).to_be_visible()
    rest = [visit(url, **how) for url in (served["join"], served["facilitator"], served["observer"], served["projector"],
                                          served["evaluators"][0][1], served["join"] + "read-ahead")]
    for page in rest[2:5]:
        expect(page.locator("#channels article")).to_have_count(3)
    yield from (facilitator, ana, *rest)
    facilitator.click("#end")
    facilitator.click("#to-after")
    expect(facilitator.locator("#report")).to_be_visible()
    yield facilitator


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_for_everybody(visit, served, scheme):
    found = []
    for page in pages_of(visit, served, color_scheme=scheme):
        page.wait_for_load_state("domcontentloaded")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical", "moderate"):
                found.append((page.url, violation["id"], [node["html"][:120] for node in violation["nodes"][:3]]))
    assert found == []


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_nothing_sticks_out(visit, served, width):
    for page in pages_of(visit, served, viewport={"width": width, "height": 900}):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def test_the_pages_speak_french(visit, served):
    page = visit(served["join"])
    page.select_option("#language", "fr")
    expect(page.locator("form button")).to_have_text("Prendre ma place")
    assert page.locator("html").get_attribute("lang") == "fr"
    missing = page.evaluate("""async () => {
        const { words } = await import('/web/words.js');
        return Object.keys(words.en).filter(key => !(key in words.fr)).concat(Object.keys(words.fr).filter(key => !(key in words.en)));
    }""")
    assert missing == []


def test_keys_move_the_clock(visit, served):
    page = facilitate(visit, served)
    page.locator("h1").click()
    page.keyboard.press(" ")
    expect(page.locator("#clock")).to_have_attribute("data-state", "running")
    page.keyboard.press("4")
    expect(page.locator("#paces [aria-pressed=true]")).to_have_text("×60")
    page.fill("#announce textarea", "4 n  ")
    page.keyboard.press(" ")
    expect(page.locator("#clock")).to_have_attribute("data-state", "running")
    page.locator("h1").click()
    page.keyboard.press(" ")
    expect(page.locator("#clock")).to_have_attribute("data-state", "paused")


def test_a_window_without_a_seat_is_at_the_door(visit, served):
    for path in ("play", "facilitate", "watch", "screen", "start", "after"):
        page = visit(served["join"] + path)
        page.wait_for_url(served["join"])
        assert HIDDEN not in page.content()
    observer = visit(served["observer"])
    observer.goto(served["join"] + "facilitate")
    observer.wait_for_url("**/watch")
