"""The command: exit codes, the three ways to print, one line for what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

import reports
from crossalpaca.cli import linting
from crossalpaca.errors import InputError
from crossalpaca.report.linter import lint_published, markdown
from crossalpaca.report.published import published

BROKEN = "base, xquad (de), exact_match"


def command(*arguments: object) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    linting.register(app)
    return CliRunner().invoke(app, ["lint", *map(str, arguments)])


@pytest.fixture
def content() -> dict[str, Any]:
    made = reports.report(reports.alpacas(["de"]), languages=["de"])
    for score in made["scores"]:
        score["interval"] = [0.0, 1.0]
    return made


@pytest.fixture
def run_folder(tmp_path: Path, content: dict[str, Any]) -> Path:
    (tmp_path / "report.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path


def broken(folder: Path, content: dict[str, Any]) -> Path:
    score = next(each for each in content["scores"] if each["model"] == "base" and each["metric"] == "exact_match")
    score["interval"] = [2.0, 3.0]
    (folder / "report.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_a_folder_and_its_file_are_one(run_folder: Path) -> None:
    by_folder, by_file = command(run_folder), command(run_folder / "report.json")
    assert (by_folder.exit_code, by_folder.output) == (by_file.exit_code, by_file.output) == (0, by_file.output)
    assert by_folder.output == "0 errors, 0 warnings\n"


def test_an_error_gives_exit_code_1_and_its_line(run_folder: Path, content: dict[str, Any]) -> None:
    result = command(broken(run_folder, content))
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == "1 errors, 0 warnings"
    assert result.output.splitlines()[1].startswith(f"error    interval    {BROKEN}: ")


def test_findings_as_json(run_folder: Path, content: dict[str, Any]) -> None:
    result = command(broken(run_folder, content), "--json")
    found = json.loads(result.output)
    assert (result.exit_code, found["errors"], found["warnings"]) == (1, 1, 0)
    assert [(each["rule"], each["where"]) for each in found["findings"]] == [("interval", BROKEN)]


def test_the_paper_in_markdown_is_what_the_library_finds() -> None:
    result = command("--paper", "--markdown")
    assert result.exit_code == 1
    assert result.output == markdown(lint_published(published()))
    assert result.output.count("\n") == 2 + len(lint_published(published()))


def test_nothing_found_is_said_in_markdown_too(run_folder: Path) -> None:
    assert command(run_folder, "--markdown").output == "Nothing found.\n"


def test_names_from_outside_do_not_reach_the_terminal_raw(run_folder: Path, content: dict[str, Any]) -> None:
    content["experiment"]["compare"] = [["base", "\x1b[31mred"]]
    (run_folder / "report.json").write_text(json.dumps(content), encoding="utf-8")
    result = command(run_folder)
    assert result.exit_code == 1
    assert "red" in result.output
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.json", None, "is not there"),
        ("cut.json", '{"scores": [', "not JSON"),
        ("list.json", "[]", "is not a report"),
        ("other.json", '{"name": 1}', "experiment: Field required"),
        ("page.json", "<!doctype html>", "is a web page"),
    ],
)
def test_what_is_no_report_is_one_line_with_its_path(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    error = command(path).exception
    assert isinstance(error, InputError)
    assert error.exit_code == 2
    assert str(error).count(str(path)) == 1
    assert message in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize("arguments", [[], ["report.json", "--paper"], ["--paper", "--json", "--markdown"]])
def test_one_thing_is_linted_and_printed_in_one_way(arguments: list[str]) -> None:
    error = command(*arguments).exception
    assert isinstance(error, InputError)
    assert str(error).startswith("lint: ")
