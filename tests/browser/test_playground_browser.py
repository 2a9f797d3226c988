"""The playground in a real browser: answers arrive, nothing leaves the machine, and it can be read and used by all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from browser_page import violations, visit
from playground_server import Served, served
from tiny_run import tiny_run

pytest.importorskip("gradio", reason="gradio is not installed; it comes with the extra playground")
pytest.importorskip("playwright", reason="playwright is not installed; it comes with the extra dev")

from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.integration

NAMES = ("base", "it-Alpaca", "it-CrossAlpaca")
expect.set_options(timeout=120_000)  # a machine that is busy is slow, not wrong
SHOTS = os.environ.get("CROSSALPACA_SCREENSHOTS")  # a folder, for whoever wants to look


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_run(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def english(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("english") / "work", str(run), "--ui-language", "en") as running:
        yield running


@pytest.fixture(scope="module")
def arabic(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("arabic") / "work", str(run), "--ui-language", "ar") as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that complains of nothing and asks no other machine for anything."""
    with visit(browser) as visited:
        visited.page.set_default_timeout(120_000)
        yield visited.page
        assert {urlsplit(url).hostname for url in visited.asked} == {"127.0.0.1"}


def tab(page: Page, number: int) -> Locator:
    """The panel of a tab, which is opened."""
    page.get_by_role("tab").nth(number).click()
    return page.get_by_role("tabpanel")  # the other is hidden


def opened(page: Page, server: Served, width: int = 1440, scheme: str = "light") -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(server.url)
    expect(page.get_by_label("it-CrossAlpaca", exact=True).first).to_be_visible()


def answers(panel: Locator) -> Locator:
    """The answers of the visible models."""
    return panel.locator(".answers textarea:visible")


def ask(panel: Locator, text: str) -> None:
    panel.locator("textarea:not([disabled])").first.fill(text)
    panel.locator("button.primary").click()


def test_every_model_answers_in_its_column(page: Page, english: Served) -> None:
    opened(page, english)
    panel = tab(page, 0)
    ask(panel, "Scrivi una poesia sul mare.")
    expect(panel.get_by_role("status")).to_have_text("Done.")
    assert answers(panel).count() == len(NAMES)
    texts = [box.input_value() for box in answers(panel).all()]
    assert all(texts)
    assert len(set(texts)) == len(NAMES)
    for figures in panel.locator(".block.figures").all():
        expect(figures).to_have_text(
            re.compile(r"first token [\d.]+ s · total [\d.]+ s · tokens \d+ · [\d.]+ tokens/s")
        )


def test_a_translation_shows_its_prompt(page: Page, english: Served) -> None:
    opened(page, english)
    panel = tab(page, 1)
    panel.get_by_role("button", name="The prompt, as the models get it").click()
    ask(panel, "The train leaves at nine.")
    expect(panel.get_by_role("status")).to_have_text("Done.")
    prompt = panel.locator(".prompt textarea")
    expect(prompt).to_have_value(re.compile("Italian.*The train leaves at nine", re.DOTALL))
    panel.get_by_label("into English").check()
    expect(prompt).to_have_value(re.compile("from Italian into English|Italian text", re.DOTALL))


def test_examples_and_models_can_be_chosen(page: Page, english: Served) -> None:
    opened(page, english)
    panel = tab(page, 0)
    panel.get_by_label("Examples").click()
    page.get_by_role("option", name=re.compile("Italiano · Riscrivi")).click()
    expect(panel.get_by_label("Instruction")).to_have_value("Riscrivi la frase in modo più cortese.")
    expect(panel.get_by_label("Input", exact=True)).to_have_value("Mandami i documenti oggi.")
    page.get_by_role("checkbox", name="it-Alpaca").uncheck()
    expect(answers(panel)).to_have_count(2)


def test_arabic_is_laid_out_from_the_right(page: Page, arabic: Served) -> None:
    opened(page, arabic)
    panel = tab(page, 0)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    columns = [box.bounding_box() for box in answers(panel).all()]
    lefts = [place["x"] for place in columns if place]
    assert lefts == sorted(lefts, reverse=True), "the first model does not stand on the right"
    field = panel.locator("textarea:not([disabled])").first
    assert {box.get_attribute("dir") for box in page.locator("textarea").all()} == {"auto"}
    for text, direction in (("اكتب قصيدة", "rtl"), ("Write a poem", "ltr")):
        field.fill(text)
        assert field.evaluate("box => getComputedStyle(box).direction") == direction


@pytest.mark.parametrize(
    ("code", "scheme", "width"),
    [("en", "light", 390), ("en", "dark", 1440), ("ar", "light", 1440), ("ar", "dark", 390)],
)
def test_it_fits_and_is_accessible(
    code: str, scheme: str, width: int, page: Page, request: pytest.FixtureRequest
) -> None:
    opened(page, request.getfixturevalue("english" if code == "en" else "arabic"), width, scheme)
    for number, name in enumerate(("ask", "translate")):
        panel = tab(page, number)
        ask(panel, "Ciao!")
        expect(panel.locator(".block.figures").first).to_have_text(re.compile(r"\d"))
        panel.locator(".buttons button").last.click()  # the other answers look no different
        page.mouse.move(0, 0)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}.{code}.{width}.{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
        assert violations(page) == []
