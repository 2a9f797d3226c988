"""Charts in a page: what its HTML holds."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from crossalpaca.report.charts import CHARTS
from crossalpaca.report.charts.embedding import bundle, csp_hashes, figure, figures, init_script, script_json


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
