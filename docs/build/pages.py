"""MkDocs hook: what a page asks for by `<!-- made: NAME -->` is made from the code and the committed results.

Nothing that is made is kept: a page shows what the schema, the command line and the result files say when it is built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from made_commands import commands
from made_design import detectable
from made_from_code import adding, language_file, layers
from made_performance import performance
from made_results import results, steps
from made_schema import schema
from mkdocs.exceptions import PluginError

ROOT = Path(__file__).resolve().parents[2]
_MARK = re.compile(r"^<!-- made: (\S+) -->$", re.MULTILINE)

MADE: Mapping[str, Callable[[], str]] = {
    "adding": lambda: adding(ROOT / "CONTRIBUTING.md"),
    "commands": commands,
    "detectable": lambda: detectable(ROOT / "results" / "german-small" / "report.json"),
    "language-file": language_file,
    "layers": lambda: layers(ROOT),
    "performance": lambda: performance(ROOT / "bench"),
    "quickstart-steps": lambda: steps(ROOT / "results" / "quickstart" / "steps.json"),
    "results": lambda: results(ROOT / "results"),
    "schema": schema,
}
"""What pages may ask for."""


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Fills in what the page asks for; MkDocs calls this for every page.

    Raises:
        PluginError: nothing of that name is made.
    """

    def filled(mark: re.Match[str]) -> str:
        if mark[1] not in MADE:
            raise PluginError(
                f"{page.file.src_uri}: nothing is made that is called {mark[1]!r}; see docs/build/pages.py"
            )
        return MADE[mark[1]]()

    return _MARK.sub(filled, markdown)
