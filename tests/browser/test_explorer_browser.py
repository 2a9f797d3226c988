"""The explorer in a real browser, in a page as strict as the report's: what it shows, and what it must not do."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import quote_plus

import pytest

from browser_page import violations, visit
from crossalpaca.evaluation.answered import Answered
from crossalpaca.records import Example, Fit, Prediction
from crossalpaca.report.explorer import Voice, payload, section

pytest.importorskip("playwright", reason="playwright is not installed; it comes with the extra dev")

from playwright.sync_api import Browser, Page, expect

LIGHT = (
    "--paper: #fdfdfb; --ink: #1d1d1b; --quiet: #5d5d58; --rule: #e2e2dc; --mid: #bdbdb5; --strong: #85857d; "
    "--better: #0b5c9e; --worse: #a23f00; --wash: #f3f3ee; "
)
DARK = (
    "--paper: #151617; --ink: #e8e8e4; --quiet: #a6a69f; --rule: #2c2e31; --mid: #4d5054; --strong: #7d8085; "
    "--better: #82bbf0; --worse: #f3a66f; --wash: #1e2022; "
)
PAGE_STYLE = (
    f":root {{ color-scheme: light dark; {LIGHT}}}"
    f"@media (prefers-color-scheme: dark) {{ :root {{ {DARK}}} }}"
    "* { box-sizing: border-box; } body { margin: 0; background: var(--paper); color: var(--ink); }"
    "main { max-width: 78rem; margin: 0 auto; padding: 0 1.25rem; }"
    ":focus-visible { outline: 2px solid var(--better); } .quiet { color: var(--quiet); }"
    ".better { color: var(--better); } .worse { color: var(--worse); }"
)
HOSTILE = (
    "</script><script>window.broken = 1</script>",
    '<img src="https://example.org/x.png" onerror="window.broken = 1">',
    "<style>body { display: none }</style>",
    "{{ 7 * 7 }} ${7 * 7} <!-- ]]> &amp; &lt;",
    "abc\u202edcba \u2066abc",
    "nul\0nul",
    "half \ud83d a pair \udc00",
    "long " * 20000,
)


def question(row: int, language: str, passage: str, asked: str, reference: str) -> Example:
    head = "Text: "
    whole, place = f"{head}{passage}\nQuestion: {asked}", (len(head), len(head) + len(passage))
    return Example(
        f"q{row}", "xquad", "", "p", language, "Answer.", whole, "span", (), (), (reference,), "quiz.json", place
    )


def option(row: int, task: str) -> Example:
    text = f"Option of {task} {row}?\nA. one\nB. two"
    return Example(
        f"o{row}", "mmlu", task, f"o{row}", "de", "Wähle.", text, "letter", ("A", "B"), ("one", "two"), ("A",), "x.csv"
    )


def told(model: str, examples: Sequence[Example], answers: Sequence[str], unended: Sequence[int] = ()) -> Voice:
    fit: Fit = "whole"
    predictions = [
        Prediction(example.id, model, text, row not in unended, (), (), (), 9, 3, fit)
        for row, (example, text) in enumerate(zip(examples, answers, strict=True))
    ]
    failing = frozenset({"q1"} if examples[0].language == "de" else ())
    return Voice(model, None, Answered(model, examples, predictions, "", "", failing=failing))


GERMAN = "1995 schrieb Bonn an Bonner; Bonn antwortete am 5. Mai. Die Straße blieb."
ARABIC = "Nikola Tesla هو مخترع ولد في قرية سميلجان سنة 1856"


def voices() -> list[Voice]:
    """Model `one` against `two`: on German 1 won, 1 lost, 1 both right, 1 both wrong; then lists of many and of odd."""
    german = [question(row, "de", GERMAN, f"Frage {row}?", "Bonn") for row in range(4)]
    arabic = [question(0, "ar", ARABIC, "أين ولد تسلا؟", "سميلجان"), question(1, "ar", ARABIC, "متى؟", "1856")]
    english = [question(row, "en", f"Text {text}", text, "Text") for row, text in enumerate(HOSTILE)]
    law = [option(row, "law") for row in range(60)] + [option(row, "logic") for row in range(60, 120)]
    return [
        told("one", german, ["Bonn", "Köln", "in Bonn", "Köln"], unended=[3]),
        told("two", german, ["Köln", "Bonn", "Bonn", "Köln"]),
        told("one", arabic, ["في سميلجان", "1856"]),
        told("two", arabic, ["Smiljan", "1857"]),
        told("one", english, HOSTILE),
        told("two", english, HOSTILE),
        told("one", law, ["A"] * 120),
        told("three", law, ["B"] * 120),
    ]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    made = section(payload(voices(), {"experiment": {"compare": [["one", "two"]]}}))
    styles = [PAGE_STYLE, *made.styles]
    allowed = f"script-src {' '.join(map(_hash, made.scripts))}; style-src {' '.join(map(_hash, styles))}"
    html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Items</title>'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; {allowed}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"{''.join(f'<style>{style}</style>' for style in styles)}</head><body><main><h1>Report</h1>{made.html}</main>"
        f"{''.join(f'<script>{script}</script>' for script in made.scripts)}</body></html>"
    )
    path = tmp_path_factory.mktemp("explorer") / "report.html"
    path.write_text(html, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page with the explorer closed; when a test ends, it has complained of nothing and asked for no other file."""
    with visit(browser, viewport={"width": 1440, "height": 1000}) as visited:
        visited.page.goto(address)
        yield visited.page
        assert visited.asked == {address}


@pytest.fixture
def explorer(page: Page) -> Page:
    """The page with the explorer open."""
    page.locator("#explorer > summary").click()
    expect(page.locator("#explorer-status")).to_contain_text("of 134 items")
    return page


def choose(explorer: Page, **filters: str) -> None:
    for name, value in filters.items():
        explorer.locator(f"#explorer-filters [name={name}]").select_option(value)


def counted(explorer: Page, number: int) -> None:
    expect(explorer.locator("#explorer-status")).to_have_text(f"{number} of 134 items.")


def test_nothing_is_unpacked_before_it_is_opened(page: Page) -> None:
    expect(page.locator("#explorer-data")).to_have_count(1)
    expect(page.locator("[role=option]")).to_have_count(0)
    page.locator("#explorer > summary").click()
    expect(page.locator("#explorer-data")).to_have_count(0)
    expect(page.locator("[role=option]")).to_have_count(50)


FILTERS: Sequence[tuple[dict[str, str], int]] = (
    ({}, 134),
    ({"language": "de"}, 124),
    ({"benchmark": "xquad"}, 14),
    ({"benchmark": "mmlu", "task": "logic"}, 60),
    ({"task": "law"}, 60),
    ({"language": "de", "benchmark": "xquad", "outcome": "won"}, 1),
    ({"language": "de", "outcome": "lost"}, 1),
    ({"language": "de", "outcome": "right"}, 1),
    ({"language": "de", "outcome": "wrong"}, 1),
    ({"language": "de", "outcome": "differ"}, 3),
    ({"audit": "failing"}, 1),
    ({"audit": "sound", "language": "de"}, 123),
    ({"a": "three", "b": "one", "outcome": "lost"}, 120),
    ({"a": "two", "b": "two"}, 14),
)


def test_filters_count_what_they_leave(explorer: Page) -> None:
    for filters, number in FILTERS:
        explorer.get_by_role("button", name="Clear").click()
        choose(explorer, **filters)
        counted(explorer, number)
        expect(explorer.locator("[role=option]")).to_have_count(min(number, 50))


def test_answers_that_did_not_end(explorer: Page) -> None:
    explorer.get_by_label("A or B did not end").check()
    counted(explorer, 1)
    expect(explorer.locator("#explorer-title")).to_have_text("q3")


def test_search_looks_through_prompt_references_and_answers_case_aside(explorer: Page) -> None:
    found = {"FRAGE 2": 1, "STRASSE": 4, "köln": 3, "تسلا": 1, "سميلجان": 2, "wähle": 120, "text: 1995": 4}
    for text, number in found.items():
        explorer.get_by_label("Text in prompt, references or answers").fill(text)
        counted(explorer, number)


def test_nothing_found_says_so_and_clear_brings_all_back(explorer: Page) -> None:
    explorer.get_by_label("Text in prompt, references or answers").fill("nowhere to be found")
    expect(explorer.locator("#explorer-status")).to_have_text("0 of 134 items. Clear a filter to see more.")
    expect(explorer.locator("#explorer-item")).to_be_empty()
    explorer.get_by_role("button", name="Clear").click()
    counted(explorer, 134)


def test_references_are_marked_as_whole_words_in_the_passage(explorer: Page) -> None:
    assert explorer.locator("#explorer-item mark").all_inner_texts() == ["Bonn", "Bonn"]  # and not in Bonner
    marks = "marks => marks.map(mark => mark.previousSibling.textContent.slice(-8))"
    assert explorer.locator("#explorer-item mark").evaluate_all(marks) == ["schrieb ", "Bonner; "]


def test_keys_walk_through_the_list_over_its_pages(explorer: Page) -> None:
    listed = explorer.locator("#explorer-list")
    listed.focus()
    title = explorer.locator("#explorer-title")
    for key, id in (("j", "q1"), ("ArrowDown", "q2"), ("k", "q1"), ("ArrowUp", "q0"), ("k", "q0"), ("End", "o119")):
        explorer.keyboard.press(key)
        expect(title).to_have_text(id)
        expect(explorer.locator("[aria-selected=true]")).to_have_count(1)
        assert explorer.locator("[aria-selected=true]").get_attribute("id") == listed.get_attribute(
            "aria-activedescendant"
        )
    expect(explorer.locator("#explorer-page")).to_have_text("101 to 134 of 134")
    explorer.keyboard.press("Home")
    expect(explorer.locator("#explorer-page")).to_have_text("1 to 50 of 134")
    explorer.keyboard.press("Tab")
    assert explorer.evaluate("document.activeElement.dataset.page") == "-1"


def test_buttons_step_and_keep_the_focus(explorer: Page) -> None:
    explorer.get_by_role("button", name="Next").focus()
    explorer.keyboard.press("Enter")
    explorer.keyboard.press("Enter")
    expect(explorer.locator("#explorer-title")).to_have_text("q2")
    assert explorer.evaluate("document.activeElement.textContent") == "Next"
    explorer.get_by_role("button", name="Later").click()
    expect(explorer.locator("#explorer-page")).to_have_text("51 to 100 of 134")


def test_on_a_narrow_screen_a_chosen_item_comes_into_view(explorer: Page) -> None:
    explorer.set_viewport_size({"width": 390, "height": 844})
    explorer.locator("[role=option]").nth(2).click()
    expect(explorer.locator("#explorer-title")).to_have_text("q2")
    expect(explorer.locator("#explorer-title")).to_be_in_viewport()


def test_a_link_opens_its_item_with_its_filters(explorer: Page, browser: Browser) -> None:
    choose(explorer, language="ar", a="two", b="one")
    explorer.locator("#explorer-filters [name=text]").fill("متى")
    counted(explorer, 1)
    link = explorer.get_by_role("link", name="Link to this item").get_attribute("href")
    assert link is not None
    expect(explorer).to_have_url(explorer.url.split("#")[0] + link)
    other = browser.new_page()
    other.goto(explorer.url.split("#")[0] + link)
    expect(other.locator("#explorer-title")).to_have_text("q1")
    counted(other, 1)
    assert other.locator("[name=a]").input_value() == "two"
    assert other.locator("[name=text]").input_value() == "متى"
    other.close()


def test_a_link_to_no_item_says_so(page: Page) -> None:
    page.goto(page.url + "#items?language=xx&task=none&item=" + quote_plus("xquad/de//gone"))
    expect(page.locator("#explorer-status")).to_have_text("The linked item is not among these. 134 of 134 items.")


def test_addresses_of_other_places_are_left_alone(explorer: Page) -> None:
    explorer.evaluate("location.hash = '#scores'")
    explorer.wait_for_timeout(400)
    assert explorer.url.endswith("#scores")


def test_hostile_texts_are_only_text(explorer: Page) -> None:
    choose(explorer, language="en")
    counted(explorer, len(HOSTILE))
    for row, text in enumerate(HOSTILE):
        explorer.locator("[role=option]").nth(row).click()
        expect(explorer.locator("#explorer-title")).to_have_text(f"q{row}")
        answer = explorer.locator(".answer .text").first
        more = explorer.locator(".answer button")
        assert more.count() == (2 if len(text) > 5000 else 0)
        if more.count():
            assert len(answer.inner_text()) < 5000
            more.first.click()
        named = {ord(character): f"[U+{ord(character):04X}]" for character in "\u202e\u2066\0\ud83d\udc00"}
        assert answer.text_content() == text.translate(named)
        assert answer.evaluate("element => element.children.length") == 0
    assert explorer.evaluate("[typeof window.broken, document.images.length]") == ["undefined", 0]


def test_each_text_has_its_language_and_its_direction(explorer: Page) -> None:
    choose(explorer, language="ar")
    counted(explorer, 2)
    texts = explorer.locator("#explorer-item .text")
    styles = "all => all.map(one => [one.textContent.slice(0, 6), one.lang, getComputedStyle(one).direction])"
    found = {text: (code, direction) for text, code, direction in texts.evaluate_all(styles)}
    assert {code for code, _ in found.values()} == {"ar"}
    assert found[ARABIC[:6]][1] == "rtl"  # though it begins with a Latin name
    assert found["في سمي"][1] == "rtl"
    assert found["Smilja"][1] == "ltr"
    isolated = "all => all.every(one => getComputedStyle(one).unicodeBidi === 'isolate')"
    assert texts.evaluate_all(isolated)
    glance = explorer.locator("[role=option] .glance").first
    assert glance.evaluate("one => [one.lang, getComputedStyle(one).direction]") == ["ar", "rtl"]
    explorer.locator("[role=option]").nth(1).click()
    expect(explorer.locator("#explorer-title")).to_have_text("q1")
    number = explorer.locator(".references .text")
    assert number.evaluate("one => getComputedStyle(one).direction") == "rtl"  # 1856 stands where the others begin


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_it_fits_its_width_and_axe_finds_nothing(explorer: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    explorer.set_viewport_size({"width": width, "height": 844})
    explorer.emulate_media(color_scheme=scheme)
    for filters, number in (({"language": "ar", "outcome": "won"}, 2), ({"language": "en", "outcome": "lost"}, 0)):
        choose(explorer, **filters)
        expect(explorer.locator("[role=option]")).to_have_count(number)
        assert explorer.evaluate("document.documentElement.scrollWidth") == width
        assert violations(explorer) == []
