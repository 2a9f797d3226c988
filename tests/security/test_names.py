"""Names from files become names of folders and lines on a terminal."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from crossalpaca.benchmarks.published import published
from crossalpaca.errors import CrossAlpacaError, DataError, ExperimentError
from crossalpaca.grid import Grid
from crossalpaca.languages import language
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.instructions import read_instructions

EXPERIMENT = """
name: {name}
language: it
backbone: llama-7b
models: {{{model}: {{}}}}
evaluation: {{benchmarks: [{{benchmark: squad, name: {benchmark}, files: [a.json]}}]}}
"""
GOOD = {"name": "one", "model": "base", "benchmark": "qa"}
BAD = ["../up", "/etc", "a/b", ".hidden", "a\\\\b", "a\\0b", "a\\nb", "\\e[2Jb", "a:b", "n" * 65, "\\u202eb", ""]


def test_a_good_name_is_one() -> None:
    assert Grid.parse(EXPERIMENT.format(**GOOD)).name == "one"


@pytest.mark.parametrize("part", GOOD)
@pytest.mark.parametrize("name", BAD)
def test_a_name_that_could_climb_or_command_is_refused(part: str, name: str) -> None:
    with pytest.raises(ExperimentError):
        Grid.parse(EXPERIMENT.format(**GOOD | {part: f'"{name}"'}))


@pytest.mark.parametrize("part", ["name", "benchmark"])
@pytest.mark.parametrize("name", BAD)
def test_an_error_about_a_name_repeats_nothing_that_a_terminal_obeys(part: str, name: str) -> None:
    with pytest.raises(ExperimentError) as raised:
        Grid.parse(EXPERIMENT.format(**GOOD | {part: f'"{name}"'}))
    assert all(line.isprintable() for line in str(raised.value).split("\n"))


@pytest.mark.parametrize("name", ["a\\0b", "\\u202eb"])
def test_an_error_about_a_key_repeats_nothing_that_a_terminal_obeys(name: str) -> None:
    with pytest.raises(ExperimentError) as raised:
        Grid.parse(EXPERIMENT.format(**GOOD | {"model": f'"{name}"'}))
    assert all(line.isprintable() for line in str(raised.value).split("\n"))


@pytest.mark.parametrize("name", ["../secret.json", "/etc/passwd", "a/b.json", "..", ""])
def test_a_translated_benchmark_names_files_beside_its_report_alone(tmp_path: Path, name: str) -> None:
    report = {"read_as": "tasks", "published_files": [name], "kept_out": {}}
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    with pytest.raises(DataError, match="is no file beside it"):
        published(tmp_path)


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "text\n")
    return buffer.getvalue()


ESCAPE = "\x1b]0;owned\x07"
CONTENTS: dict[str, bytes] = {
    "a.zip": zipped(f"{ESCAPE}.en", "other.it"),
    "b.zip": zipped(f"{ESCAPE}.en", f"{ESCAPE}.it"),
    "c.tsv": f"en\tde\t{ESCAPE}\n".encode(),
    "d.jsonl": json.dumps({ESCAPE: "a"}).encode(),
    "e.tmx": '<tmx><tu><tuv lang="\x9b2J\u202e"><seg>a</seg></tuv></tu></tmx>'.encode(),
    "f.po": f'msgid "{ESCAPE}\nmsgstr "b"\n'.encode(),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_an_error_about_a_file_repeats_nothing_that_a_terminal_obeys(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(CONTENTS[name])
    try:
        pairs = sum(len(batch.pairs) for batch in read_batches([path], language("it")))
    except CrossAlpacaError as error:
        assert str(error).isprintable()
    else:
        assert pairs


@pytest.mark.parametrize("name", [f"{ESCAPE}.json", "two\nlines.json", "\u202eflipped.json", "\x9b2J.json"])
def test_an_error_shows_no_file_name_that_a_terminal_obeys(tmp_path: Path, name: str) -> None:
    with pytest.raises(CrossAlpacaError) as raised:
        list(read_instructions(tmp_path / name, "it"))
    assert str(raised.value).isprintable()
