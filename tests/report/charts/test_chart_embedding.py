"""Charts in a page: what the HTML holds, and what a browser makes of it under a strict policy."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from crossalpaca.report.charts import CHARTS
from crossalpaca.report.charts.embedding import bundle, csp_hashes, figure, figures, init_script, script_json, styles

COLOURS = """
:root { --paper: #fdfdfb; --ink: #1d1d1b; --quiet: #5d5d58; --strong: #85857d; }
@media (prefers-color-scheme: dark) { :root { --paper: #151617; --ink: #e8e8e4; --quiet: #a6a69f; --strong: #7d8085; } }
body { background: var(--paper); color: var(--ink); margin: 1rem; overflow-wrap: anywhere; }
"""


def _page(report: dict[str, Any]) -> str:
    scripts, style = [bundle(), init_script()], COLOURS + styles()
    policy = f"script-src {' '.join(csp_hashes(scripts))}; style-src {' '.join(csp_hashes([style]))}; img-src data:"
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Charts</title>'
        f'<link rel="icon" href="data:,">'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; {policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
        f"<body><main><h1>Charts</h1><h2>All</h2>{''.join(figures(report).values())}</main>"
        f"{''.join(f'<script>{script}</script>' for script in scripts)}</body></html>"
    )


class _Scripts(HTMLParser):
    """The texts of a page's script elements, as a browser would cut them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._inside = tag == "script"
        if self._inside:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!-- <script", "&lt; \u2028 'x' \"y\"", "]]>"])
def test_no_text_in_the_data_ends_the_element(text: str, whole_report: dict[str, Any]) -> None:
    spec = CHARTS["losses"].draw(whole_report)
    assert spec is not None
    parser = _Scripts()
    parser.feed(figure(CHARTS["losses"], spec | {"description": text}))
    assert [json.loads(script)["description"] for script in parser.texts] == [text]
    assert json.loads(script_json(text)) == text


def test_figures_are_those_that_the_report_has_something_for(main_report: dict[str, Any]) -> None:
    found = figures(main_report)
    assert list(found) == ["by-language", "ladder", "losses"]
    assert all(f'id="chart-{name}"' in html and "<noscript>" in html for name, html in found.items())


def test_hashes_are_of_the_exact_texts() -> None:
    digest = base64.b64encode(hashlib.sha256("ä".encode()).digest()).decode()
    assert csp_hashes(["ä"]) == [f"'sha256-{digest}'"]


def test_scripts_can_stand_inline_and_ask_for_no_network() -> None:
    for script in (bundle(), init_script()):
        assert "</script" not in script.lower() and "<!--" not in script
    assert "fetch(" not in init_script()
    looks = re.search(r"const LOOKS = (.*);", init_script())
    assert looks is not None and set(json.loads(looks[1])) == {"light", "dark"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, whole_report: dict[str, Any], tmp_path: Path) -> Iterator[Any]:
    """Opens the page at a width and in a scheme; any error, refusal by the policy or request fails the test."""
    file = tmp_path / "page.html"
    file.write_text(_page(whole_report), encoding="utf-8")
    troubles: list[str] = []

    def at(width: int, scheme: str = "light") -> Any:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.on("console", lambda message: message.type == "error" and troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: request.url.startswith("file:") or troubles.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("#chart-by-language svg")
        return page

    yield at
    assert troubles == []


def _draw_all(page: Any) -> None:
    for name in CHARTS:
        page.locator(f"#chart-{name}").scroll_into_view_if_needed()
        page.wait_for_selector(f"#chart-{name} svg")


@pytest.mark.parametrize("width", [390, 1440])
def test_all_charts_are_drawn_and_fit(opened: Any, width: int) -> None:
    page = opened(width)
    assert page.locator("#chart-losses svg").count() == 0  # far below the screen
    _draw_all(page)
    wider = "[...document.querySelectorAll('.drawing')].filter(e => e.scrollWidth > e.clientWidth).length"
    assert page.evaluate(wider) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_violations_are_found_by_axe(opened: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(1440)
    _draw_all(page)
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
    assert page.get_by_role("img", name=CHARTS["by-language"].title).count() == 1


def test_a_choice_changes_the_chart_and_outlives_a_change_of_colours(opened: Any) -> None:
    page = opened(1440)
    page.locator("#chart-by-language select").select_option("EM")
    page.wait_for_selector("#chart-by-language svg >> text=EM, in per cent")
    page.locator("#chart-by-language select").select_option("Contains")
    page.wait_for_selector("#chart-by-language svg >> text=Contains, in per cent")
    assert (
        page.locator("#chart-by-language svg >> text=MMLU").count() == 0
    )  # nothing is drawn for what was not measured
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("#chart-by-language svg path[fill='#82bbf0']")
    assert page.locator("#chart-by-language svg >> text=Contains, in per cent").count() == 1
    assert page.locator("#chart-by-language select").input_value() == "Contains"


def test_a_dot_tells_its_value_interval_items_and_seeds(opened: Any) -> None:
    page = opened(1440)
    page.locator("#chart-by-language .mark-symbol path").first.hover()
    page.wait_for_selector("#vg-tooltip-element.visible")
    said = page.locator("#vg-tooltip-element").inner_text()
    assert all(word in said for word in ("model", "value", "95% interval", "items", "by seed", "240", "42: "))
