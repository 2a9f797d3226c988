"""Charts as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from crossalpaca.errors import InputError
from crossalpaca.report.charts.files import figures, write_figures


@pytest.fixture(scope="module")
def written(main_report: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of a report without comparisons, in every format."""
    return write_figures(main_report | {"differences": []}, tmp_path_factory.mktemp("figures"))


def test_equal_reports_give_equal_files(main_report: dict[str, Any], written: list[Path], tmp_path: Path) -> None:
    again = write_figures(main_report | {"differences": []}, tmp_path, ["svg"])
    first = [path for path in written if path.suffix == ".svg"]
    assert [path.name for path in first] == [path.name for path in again]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_every_format_is_what_its_name_says(written: list[Path]) -> None:
    assert [path.name for path in written][:3] == ["by-language.svg", "by-language.png", "by-language.pdf"]
    starts = {".svg": b"<svg", ".png": b"\x89PNG", ".pdf": b"%PDF"}
    assert all(path.read_bytes().startswith(starts[path.suffix]) for path in written)


def test_a_file_says_title_measure_and_every_language(written: list[Path]) -> None:
    tree = ElementTree.parse(written[0])
    texts = {text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {"What each model reached in its language, benchmark by benchmark", "Answer found, in per cent"} <= texts
    assert {"English", "German", "Spanish", "Simplified Chinese", "XQuAD", "MLQA", "MMLU", "BBH"} <= texts
    assert {"base", "Alpaca", "CrossAlpaca"} <= texts


def test_the_ladder_has_a_figure_for_each_pair(main_report: dict[str, Any]) -> None:
    names = [name for name, _ in figures(main_report) if name.startswith("ladder")]
    assert names == [
        "ladder-1-de-CrossAlpaca-de-Alpaca",
        "ladder-2-es-CrossAlpaca-es-Alpaca",
        "ladder-3-zh-Hans-CrossAlpaca-zh-Hans-Alpaca",
    ]


def test_names_of_models_cannot_leave_the_folder(main_report: dict[str, Any]) -> None:
    odd = [entry | {"model": "../../x", "baseline": "y/\0z"} for entry in main_report["differences"]]
    names = [name for name, _ in figures(main_report | {"differences": odd})]
    assert "ladder-1-x-y-z" in names


def test_an_unknown_format_is_refused_before_anything_is_written(main_report: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'gif': choose from svg, png, pdf"):
        write_figures(main_report, tmp_path / "new", ["svg", "gif"])  # type: ignore[list-item]
    assert not (tmp_path / "new").exists()
