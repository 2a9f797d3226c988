"""What a page needs to show the charts by itself: no network, no eval, no other file.

The page holds the figures, then the libraries and the script that draws them. Vega's expressions run in its
interpreter, so a policy of `default-src 'none'` with the hashes of the scripts and styles is enough:

    script-src {csp_hashes([bundle(), init_script()])}; style-src {csp_hashes([styles()])}

Without scripts a figure says that its values are in the tables. Static images of all charts would nearly double the
page.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from crossalpaca.report.charts import CHARTS
from crossalpaca.report.charts.chart import NOTHING_PUBLISHED, Chart, Published, Report, Spec
from crossalpaca.report.charts.theme import config

if TYPE_CHECKING:
    from jinja2 import Template

_EXPOSED = "window.vegaEmbed = vegaEmbed;"
_LOOKS = "/* looks */ {}"


def figures(report: Report, published: Published = NOTHING_PUBLISHED) -> dict[str, str]:
    """The HTML of each chart that the report has something for, by its id, in the order of the page."""
    drawn = ((chart, chart.draw(report, published)) for chart in CHARTS.values())
    return {chart.id: figure(chart, spec) for chart, spec in drawn if spec is not None}


def figure(chart: Chart, spec: Spec) -> str:
    """One chart as a `figure` element: title, caption, room for controls and drawing, and the spec as data."""
    from markupsafe import Markup

    # Safe to put in as it is: `script_json` leaves nothing in it that HTML knows.
    return _template().render(chart=chart, data=Markup(script_json(spec)))  # noqa: S704


def script_json(value: Any) -> str:
    """JSON that can stand in a `script` element: no text in it can end the element or open a comment."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


@cache
def bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, as vl-convert carries them; it makes `vegaEmbed` known."""
    import vl_convert

    return vl_convert.javascript_bundle(_EXPOSED)


@cache
def init_script() -> str:
    """The script that draws the figures; it stands behind them and behind the bundle."""
    looks = {"light": config(), "dark": config(dark=True)}
    return _text("embed.js").replace(_LOOKS, script_json(looks))


def styles() -> str:
    """The style sheet of figures and tooltips; colours are the page's variables."""
    return _text("embed.css")


def csp_hashes(texts: Iterable[str]) -> list[str]:
    """The sources of a Content-Security-Policy that allow inline scripts or styles of exactly these texts."""
    digests = (hashlib.sha256(text.encode("utf-8")).digest() for text in texts)
    return [f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests]


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("crossalpaca", "report/charts")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("figure.html.j2")
