"""The site as it is built: complete, without a warning, and without anything from elsewhere."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from built_site import ROOT, Site, read


def test_the_build_warns_of_nothing_and_is_quick(site: Site) -> None:
    assert "WARNING" not in site.said
    assert "Documentation built" in site.said
    assert site.cpu_seconds < 20


def test_every_page_is_in_the_navigation_once() -> None:
    # Not read by yaml.safe_load for tags of its own: there are none in ours.
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    named = list(_leaves(config["nav"]))
    assert sorted(named) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def _leaves(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    inner = nav.values() if isinstance(nav, dict) else nav
    return [leaf for each in inner for leaf in _leaves(each)]


def test_no_link_is_broken(site: Site) -> None:
    pages = {path.resolve(): read(path) for path in site.folder.rglob("*.html") if path.name != "404.html"}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            known = pages.get(target)
            if known is None or (parts.fragment and unquote(parts.fragment) not in known.ids):
                broken.append((path.parent.name, link))
    assert not broken


def test_nothing_is_loaded_from_elsewhere(site: Site) -> None:
    loaded = [address for path in site.folder.rglob("*.html") for address in read(path).loaded]
    assert loaded
    assert not [address for address in loaded if urlsplit(address).scheme or urlsplit(address).netloc]
    for sheet in site.folder.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet
    # The theme's script would fetch a drawing program for diagrams of this kind, and figures for a repository.
    pages = [path.read_text(encoding="utf-8") for path in site.folder.rglob("*.html")]
    assert not [page for page in pages if 'class="mermaid"' in page or 'data-md-component="source"' in page]


def test_generators_are_no_part_of_the_site(site: Site) -> None:
    assert not list(site.folder.rglob("*.py"))
    assert not (site.folder / "build").exists()
