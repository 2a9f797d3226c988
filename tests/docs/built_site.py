"""A built site as tests look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Page(HTMLParser):
    """One built page: text, ids, links, what it loads, and the cells of its tables.

    Attributes:
        text: all text, in order.
        links: targets of links.
        loaded: addresses of style sheets, scripts, icons, images and frames.
        rows: the texts of each row of a table, with the heading that it stands under.
    """

    text: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._heading, self._within = "", ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if "src" in given or (tag == "link" and given.get("rel") not in ("canonical", "next", "prev")):
            self.loaded.append(given.get("src") or given["href"])
        if tag in ("h2", "h3"):
            self._within, self._heading = "heading", ""
        if tag == "tr":
            self.rows.append((self._heading, []))
        if tag in ("td", "th"):
            self._within = "cell"
            self.rows[-1][1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h2", "h3", "td", "th"):
            self._within = ""

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._within == "heading":
            self._heading += data.replace("¶", "")
        elif self._within == "cell":
            self.rows[-1][1][-1] += data


@dataclass(frozen=True)
class Site:
    """A built site.

    Attributes:
        folder: where it is.
        said: what the build printed.
        cpu_seconds: what it took.
    """

    folder: Path
    said: str
    cpu_seconds: float

    def page(self, name: str) -> Page:
        """A page by its name in docs/, without the ending."""
        return read(self.folder / name / "index.html")


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page
