"""The HTML report in a browser: one file, offline, light and dark, on a phone and on paper."""

import pytest

pytestmark = pytest.mark.rehearsals("first", "careless")


@pytest.fixture
def opened(browser, rehearsed):
    """Opens the report; gives the page, and everything that went wrong or was asked of the network."""
    contexts = []

    def go(of="first", **how):
        context = browser.new_context(offline=True, **how)
        contexts.append(context)
        page, faults = context.new_page(), []
        page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        report = (rehearsed[of].folder / "report.html").as_uri()
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


@pytest.mark.parametrize("of", ["first", "careless"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(opened, width, of):
    page, _ = opened(of, viewport={"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
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


def test_how_long_it_took_is_drawn_for_each_channel(opened, first_rehearsal):
    page, _ = opened()
    kept = [one for one in first_rehearsal[1].run["distributions"]]
    assert page.locator("#distributions figure").count() == len(kept) >= 6
    for one in kept:
        assert sum(count for *_, count in one["bins"]) == one["n"] and one["p50"] <= one["p90"] <= one["p99"]
        assert f"{one['channel']}: {one['kpi'].replace('_', ' ')}" in page.inner_text("#distributions")
    # Marks lie on the picture, the median left of the 99th percentile.
    marks = page.evaluate("""() => [...document.querySelectorAll('.curve')].map(svg =>
        [...svg.querySelectorAll('.at circle')].map(c => +c.getAttribute('cx')))""")
    assert all(len(x) == 3 and 42 <= x[0] <= x[1] <= x[2] <= 370 for x in marks), marks


def test_each_contact_that_went_wrong_has_its_story(opened, rehearsed):
    page, faults = opened("careless")
    told = rehearsed["careless"].day.run["stories"]["told"]
    stories = page.locator("#stories details")
    assert stories.count() == len(told) > 0 and not stories.first.get_attribute("open")
    assert not page.locator("#story-0 .lines").is_visible(), "collapsed"
    stories.first.locator("summary").click()
    assert page.locator("#story-0 .lines li").count() == len(told[0]["lines"])
    assert page.locator("#story-0 svg .asked.bad").count() > 0, "the fault is marked on the line of time"
    text = page.inner_text("#story-0")
    assert told[0]["order"] in text and "reset_after_commit" in text and "a retry" in text
    page.locator("#contacts a").first.click()
    assert "#story-" in page.url and faults == []
