"""The whole report page in a real browser, opened from disk: it is drawn, it fits, and all can read and use it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from browser_page import Visit, violations, visit
from crossalpaca.report.charts import CHARTS
from crossalpaca.report.page import render
from whole_report import whole_items, whole_report

pytest.importorskip("playwright", reason="playwright is not installed; it comes with the extra dev")

from playwright.sync_api import Browser, Page, expect

expect.set_options(timeout=60_000)  # a machine that is busy is slow, not wrong

SHIPPED = Path(__file__).parents[2] / "results" / "german-small" / "report.json"
NAMES = ("made-up", "german-small")
WAYS = [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Both pages as files: a made-up report with items, and the committed one, which has none."""
    made_up = whole_report()
    folder = tmp_path_factory.mktemp("reports")
    pages = {
        "made-up": render(made_up, whole_items(made_up)),
        "german-small": render(json.loads(SHIPPED.read_text(encoding="utf-8"))),
    }
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in pages}


@pytest.fixture
def visited(browser: Browser, addresses: Mapping[str, str], request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A page at a width and in a scheme; it complains of nothing and asks for no other file."""
    name, width, scheme = request.param
    with visit(browser, viewport={"width": width, "height": 900}, color_scheme=scheme) as opened:
        opened.page.goto(addresses[name])
        yield opened
        assert opened.asked == {addresses[name]}


def _draw_all(page: Page) -> list[str]:
    """Scrolls every chart into view, until it is drawn; the charts' ids."""
    figures = page.locator("figure.chart").all()
    for figure in figures:
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".drawing svg .mark-symbol path, .drawing svg .mark-line path").first).to_be_attached()
    return [str(figure.get_attribute("id")).removeprefix("chart-") for figure in figures]


def _open_items(page: Page) -> None:
    page.locator("#explorer > summary").click()
    expect(page.locator("#explorer-status")).to_contain_text("of 240 items")


def _shorten(page: Page) -> None:
    """Leaves the first rows of each table: the others are alike, and axe looks at each for long."""
    page.locator("tbody > tr:nth-child(n+4), #explorer-list > :nth-child(n+4)").evaluate_all(
        "all => all.forEach(e => e.remove())"
    )


@pytest.mark.parametrize("visited", [(name, *way) for name in NAMES for way in WAYS], indirect=True, ids=str)
def test_every_chart_is_drawn_everything_fits_and_axe_finds_nothing(visited: Visit) -> None:
    page = visited.page
    assert _draw_all(page) == list(CHARTS)
    if page.locator("#explorer").count():
        _open_items(page)
    assert page.evaluate("[document.documentElement, document.body].map(e => e.scrollWidth - innerWidth)") == [0, 0]
    wider = "all => all.filter(e => e.scrollWidth > e.clientWidth && e.tabIndex < 0).map(e => e.parentElement.id)"
    assert page.locator("figure.chart .drawing").evaluate_all(wider) == []
    _shorten(page)
    assert violations(page) == []


@pytest.mark.parametrize("visited", [(name, 1440, "light") for name in NAMES], indirect=True, ids=str)
def test_links_lead_to_their_sections(visited: Visit) -> None:
    page = visited.page
    links = page.locator("nav a")
    assert links.count() == page.locator("main h2").count()
    for link in links.all():
        link.click()
        target = page.locator(str(link.get_attribute("href")))
        expect(target).to_be_in_viewport()
        expect(target).to_have_text(link.inner_text())
    inner = page.locator("a[href^='#']:not([href^='#items?'])").evaluate_all(
        "all => all.filter(a => !document.getElementById(a.hash.slice(1))).map(a => a.hash)"
    )
    assert inner == []


@pytest.mark.parametrize("visited", [("made-up", 1440, "light")], indirect=True, ids=str)
def test_choices_change_what_is_shown(visited: Visit) -> None:
    page = visited.page
    _draw_all(page)
    ladder = page.locator("#chart-ladder")
    ladder.locator("select").select_option(index=1)
    expect(ladder.locator("svg").get_by_text("es-CrossAlpaca − es-Alpaca, in points")).to_be_attached()
    gains = page.locator("#chart-gains")
    expect(gains.locator("svg").get_by_text("F1, MLQA, gains in points")).to_be_attached()
    _open_items(page)
    filters = (("language", "es", 0), ("language", "", 60), ("outcome", "won", 0), ("outcome", "right", 40))
    for name, code, number in filters:
        page.locator(f"#explorer-filters [name={name}]").select_option(code)
        expect(page.locator("#explorer-status")).to_contain_text(f"{number} of 240 items.")


@pytest.mark.parametrize("visited", [("made-up", 1440, "light")], indirect=True, ids=str)
def test_a_choice_outlives_a_change_of_colours(visited: Visit) -> None:
    page = visited.page
    chart = page.locator("#chart-by-language")
    assert page.locator("#chart-losses svg").count() == 0  # far below the screen
    chart.scroll_into_view_if_needed()
    chart.locator("select").select_option("Contains")
    heading = chart.locator("svg").get_by_text("Contains, in per cent")
    expect(heading).to_be_attached()
    expect(chart.locator("svg").get_by_text("MMLU")).to_have_count(0)  # nothing is drawn for what was not measured
    page.emulate_media(color_scheme="dark")
    expect(chart.locator("svg path[fill='#82bbf0']").first).to_be_attached()
    expect(heading).to_be_attached()
    expect(chart.locator("select")).to_have_value("Contains")


@pytest.mark.parametrize("visited", [("made-up", 1440, "light")], indirect=True, ids=str)
def test_a_dot_tells_its_value_interval_items_and_seeds(visited: Visit) -> None:
    page = visited.page
    chart = page.locator("#chart-by-language")
    chart.scroll_into_view_if_needed()
    expect(chart.get_by_role("img", name=CHARTS["by-language"].title)).to_have_count(1)
    chart.locator(".mark-symbol path").first.hover()
    told = page.locator("#vg-tooltip-element.visible")
    for said in ("model", "value", "95% interval", "items", "by seed", "240", "42: "):
        expect(told).to_contain_text(said)


def _focused(page: Page) -> Any:
    return page.evaluate_handle("document.activeElement").as_element()


def _tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Tabs until an element has the focus, where it must be seen to have it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert _focused(page).evaluate("e => getComputedStyle(e).outlineStyle !== 'none'")
            return
    pytest.fail(f"{most} times Tab do not lead to {selector}")


@pytest.mark.parametrize("visited", [("made-up", 390, "light")], indirect=True, ids=str)
def test_the_keyboard_reaches_everything(visited: Visit) -> None:
    page = visited.page
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    region = page.locator(".scroll").first
    expect(region).to_be_focused()
    page.keyboard.press("ArrowRight")
    for _ in range(200):  # it scrolls smoothly, and the page's policy lets no function be waited for
        if region.evaluate("e => e.scrollLeft"):
            break
        page.wait_for_timeout(50)
    assert region.evaluate("e => e.scrollLeft") > 0
    _tab_to(page, "#chart-by-language select")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#chart-by-language svg").get_by_text("EM, in per cent")).to_be_attached()
    page.locator("#explorer > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#explorer-status")).to_contain_text("of 240 items")
    for name in ("a", "outcome", "text"):
        _tab_to(page, f"#explorer-filters [name={name}]")
    page.keyboard.type("number is 7.")
    expect(page.locator("#explorer-status")).to_contain_text("1 of 240 items.")
    _tab_to(page, "#explorer-list")
