"""A page in a real browser, watched for what it complains of and what it asks for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@dataclass(slots=True)
class Visit:
    """A page that is open.

    Attributes:
        page: Playwright's.
        complaints: errors in the console, among them refusals by the page's policy, and errors that nothing caught.
        asked: every address that was asked for, without fragments; what a page holds itself is not asked for.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser; skips the test where there is none."""
    pytest.importorskip("playwright", reason="playwright is not installed; it comes with the extra dev")
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, **settings: Any) -> Iterator[Visit]:
    """A page of its own, without an address so far; when the test ends, it must not have complained.

    Args:
        browser: to open it in.
        settings: of its context, such as `viewport` and `color_scheme`.
    """
    context = browser.new_context(**settings)
    visited = Visit(context.new_page())
    context.on("console", lambda said: visited.complaints.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda found: visited.complaints.append(str(found.error)))
    context.on("request", lambda request: _note(visited, request.url))
    yield visited
    context.close()
    assert not visited.complaints, visited.complaints


def _note(visited: Visit, url: str) -> None:
    if not url.startswith(("data:", "blob:")):
        visited.asked.add(urldefrag(url).url)


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds: the rule, and the first element that breaks it."""
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed; it comes with dev")
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    response = Axe().run(page).response
    assert response["passes"], "axe looked at nothing"
    return [(each["id"], each["nodes"][0]["html"]) for each in response["violations"]]
