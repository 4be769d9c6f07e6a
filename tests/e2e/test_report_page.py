"""The HTML report in a browser: one file, offline, light and dark, on a phone and on paper."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.rehearsals("first")


@pytest.fixture(scope="module")
def browser():
    chromium = os.environ.get("HOLDLINE_CHROMIUM") or shutil.which("chromium")
    assert chromium, "tests/run.sh installs chromium"
    # Root in a container has no sandbox.
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield running
        running.close()


@pytest.fixture
def opened(browser, first_rehearsal):
    """Opens the report; gives the page, and everything that went wrong or was asked of the network."""
    contexts = []

    def go(**how):
        context = browser.new_context(offline=True, **how)
        contexts.append(context)
        page, faults = context.new_page(), []
        page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        report = (first_rehearsal[1].folder / "report.html").as_uri()
        page.on("request", lambda request: None if request.url.startswith((report, "data:")) else faults.append(request.url))
        page.goto(report)
        return page, faults

    yield go
    for context in contexts:
        context.close()


def background(page) -> list[int]:
    colour = page.evaluate("""() => {
        const seen = [document.body, document.documentElement].map(e => getComputedStyle(e).backgroundColor);
        return seen.find(c => c !== 'rgba(0, 0, 0, 0)') || 'rgb(255, 255, 255)';
    }""")
    return [int(part) for part in colour.split("(")[1].rstrip(")").split(",")[:3]]


def test_it_needs_nothing_but_itself(opened, first_rehearsal):
    page, faults = opened()
    assert faults == []
    text = page.inner_text("body").lower()
    assert first_rehearsal[1].verdict in text
    assert "first-rehearsal" in text
    assert page.locator("svg").count() > 0, "the day as one picture"


def test_light_and_dark(opened):
    light, _ = opened(color_scheme="light")
    dark, _ = opened(color_scheme="dark")
    assert min(background(light)) > 180 and max(background(dark)) < 90


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(opened, width):
    page, _ = opened(viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_prints(opened, tmp_path):
    page, _ = opened()
    page.emulate_media(media="print")
    page.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").stat().st_size > 10_000


def test_every_picture_has_words(opened):
    page, _ = opened()
    silent = page.evaluate("""() => [...document.querySelectorAll('svg')]
        .filter(s => !s.getAttribute('aria-label') && !s.getAttribute('aria-labelledby') && !s.querySelector('title')
                     && s.getAttribute('aria-hidden') !== 'true').length""")
    assert silent == 0
