"""The report written in a form by its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import reports
from crossalpaca.errors import InputError
from crossalpaca.report.formats import FORMATS, write


@pytest.fixture
def made() -> dict[str, Any]:
    return reports.report(
        reports.alpacas(["de"], seeds=(42, 43)), languages=["de"], compare=[("de-CrossAlpaca", "de-Alpaca")]
    )


@pytest.mark.parametrize("form", FORMATS)
def test_a_form_writes_what_it_names_and_nothing_else(made: dict[str, Any], form: str, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    written = write(made, form, folder)
    assert sorted(written) == sorted(folder.iterdir())
    alike = [path for path in written if path.suffix != ".pdf"]  # the objects of a PDF are numbered as they come
    first = [path.read_bytes() for path in alike]
    assert write(made, form, folder) == written
    assert [path.read_bytes() for path in alike] == first


def test_the_data_alone_read_back_as_they_were(made: dict[str, Any], tmp_path: Path) -> None:
    (path,) = write(made, "json", tmp_path)
    assert json.loads(path.read_text(encoding="utf-8")) == made


def test_the_tables_for_a_paper_hold_scores_differences_and_findings(made: dict[str, Any], tmp_path: Path) -> None:
    (path,) = write(made, "latex", tmp_path)
    source = path.read_text(encoding="utf-8")
    for caption in ("Scores in per cent", "Paired differences in points", "From strict to lenient"):
        assert rf"\caption{{{caption}" in source


def test_an_unknown_form_is_refused_with_the_nearest(made: dict[str, Any], tmp_path: Path) -> None:
    forms = "csv, figures, html, json, latex, markdown"
    with pytest.raises(InputError, match=rf"--format latx: unknown \(did you mean latex\?\); one of {forms}"):
        write(made, "latx", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_that_cannot_be_written_is_one_line(made: dict[str, Any], form: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match=r"taken: cannot be written .*; name another folder with --out") as told:
        write(made, form, taken)
    assert "\n" not in str(told.value)
