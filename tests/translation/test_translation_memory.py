from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from crossalpaca.cli.memory import app
from crossalpaca.errors import CrossAlpacaError, DataError, InputError, StoreError
from crossalpaca.translation.memory import Entry, Memory, Scope, memory_path
from crossalpaca.translation.memory_tmx import read_tmx, write_tmx

HERE = Path(__file__).parent
SCOPE = Scope("engine", "1", "en", "es")
TEXT = st.text(st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from("<>&\r\n\t\0\x85'\"")), max_size=20)
CODES = st.sampled_from(["en", "zh-Hant"])
SCOPES = st.builds(Scope, TEXT, TEXT, CODES, CODES, st.sampled_from(["text", "html"]))
ENTRIES = st.lists(st.builds(Entry, SCOPES, TEXT, TEXT, st.floats(0, 1e3)), max_size=8)


@settings(max_examples=40)
@given(ENTRIES)
def test_what_is_kept_is_found_and_survives_tmx(entries: list[Entry]) -> None:
    with TemporaryDirectory() as folder:
        first = Memory(Path(folder) / "one.sqlite")
        first.keep(entries)
        for entry in reversed(entries):  # of two answers to one text the first stays
            known = next(each for each in entries if (each.scope, each.text) == (entry.scope, entry.text))
            assert first.found(entry.scope, [entry.text]) == {entry.text: known.translation}
        kept = list(first.entries())
        path = Path(folder) / "all.tmx"
        assert write_tmx(path, kept) == len(kept) == len({(entry.scope, entry.text) for entry in entries})
        second = Memory(Path(folder) / "two.sqlite")
        assert second.keep(read_tmx(path)) == len(kept)
        assert list(second.entries()) == kept
        assert second.keep(read_tmx(path)) == 0


def test_other_readers_find_what_tmx_holds(tmp_path: Path) -> None:
    from defusedxml.ElementTree import parse

    path = tmp_path / "all.tmx"
    write_tmx(path, [Entry(SCOPE, "a < b & c", "ä", 0.5)])
    root = parse(path).getroot()
    assert (root.tag, root.get("version")) == ("tmx", "1.4")
    assert [seg.text for seg in root.iter("seg")] == ["a < b & c", "ä"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('<?xml version="1.0"?>\n<!DOCTYPE tmx [<!ENTITY a "b">]>\n<tmx version="1.4"/>', r":2: declares entities"),
        ('<?xml version="1.0"?>\n<tmx><body>\n<tu></body>', r":3: not XML"),
        ("<html/>", "not TMX, its root is 'html'"),
        ("", "not XML"),
        ("<tmx><body>\n<tu><tuv><seg>a</seg></tuv></tu>\n</body></tmx>", r":2: the unit that ends here has no x-cost"),
    ],
)
def test_bad_tmx_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "bad.tmx"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said) as caught:
        list(read_tmx(path))
    assert "\n" not in str(caught.value)


def test_entities_of_files_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "outside.tmx"
    path.write_text('<!DOCTYPE tmx [<!ENTITY a SYSTEM "file:///etc/hostname">]><tmx>&a;</tmx>', encoding="utf-8")
    with pytest.raises(DataError, match="declares entities"):
        list(read_tmx(path))


def test_a_file_that_is_no_memory_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    path.write_bytes(b"this is text, and no database " * 50)
    with pytest.raises(StoreError, match="cannot be used"):
        Memory(path)
    with pytest.raises(StoreError, match="cannot be made"):
        Memory(path / "below/memory.sqlite")


def test_the_place_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CROSSALPACA_MEMORY", str(tmp_path / "mine.sqlite"))
    assert memory_path() == tmp_path / "mine.sqlite"
    monkeypatch.delenv("CROSSALPACA_MEMORY")
    assert memory_path().name == "translations.sqlite"


def lines_until(process: subprocess.Popen[str], count: int) -> list[str]:
    """What the process says until the given number of segments is done."""
    lines: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line.strip())
        if line.startswith("done") and int(line.split()[1]) >= count:
            return lines
    return lines


def started(memory: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "translate_until_killed.py"), str(memory), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(HERE)})


def test_a_killed_run_pays_for_no_finished_segment_twice(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    finished: set[str] = set()
    for stop in (30, 60, 90):
        process = started(path, 400)
        said = lines_until(process, len(finished) + stop)
        process.kill()
        rest, _ = process.communicate()
        asked = {line for line in (*said, *rest.split("\n")) if line.startswith("text-")}
        assert asked.isdisjoint(finished)
        finished = {entry.text for entry in Memory(path).entries()}
        told = max(int(line.split()[1]) for line in said if line.startswith("done"))
        assert len(finished) >= told >= stop
    process = started(path, 400)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert {line for line in out.split("\n") if line.startswith("text-")}.isdisjoint(finished)
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_processes_at_once_ask_for_each_text_once(tmp_path: Path) -> None:
    processes = [started(tmp_path / "memory.sqlite", 200) for _ in range(3)]
    asked = [line for each in processes for line in each.communicate(timeout=60)[0].split("\n") if "text-" in line]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(asked) == len(set(asked)) == 200


def test_commands(tmp_path: Path) -> None:
    memory, copy, file = tmp_path / "a.sqlite", tmp_path / "b.sqlite", tmp_path / "a.tmx"
    Memory(memory).keep([Entry(SCOPE, "a", "b", 0.25), Entry(SCOPE, "aa", "bb", 0.5)])

    def answer(*arguments: str) -> dict[str, object]:
        result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0
        found: dict[str, object] = json.loads(result.stdout)
        return found

    assert answer("export", str(file), "--memory", str(memory)) == {"file": str(file), "segments": 2}
    assert answer("import", str(file), "--memory", str(copy)) == {"memory": str(copy), "segments": 2, "new": 2}
    scope = {"engine": "engine", "version": "1", "source": "en", "target": "es", "form": "text"}
    assert answer("stats", "--memory", str(copy))["scopes"] == [scope | {"segments": 2, "characters": 3, "cost": 0.75}]
    assert "0.75" in CliRunner().invoke(app, ["stats", "--memory", str(copy)]).stdout
    for arguments, error in (
        (["export", str(file), "--memory", str(memory)], InputError),
        (["export", str(tmp_path / "no/a.tmx"), "--memory", str(memory)], InputError),
        (["stats", "--memory", str(tmp_path / "none.sqlite")], InputError),
        (["import", str(tmp_path / "none.tmx"), "--memory", str(copy)], DataError),
    ):
        result = CliRunner().invoke(app, arguments)
        assert isinstance(result.exception, error)
        assert isinstance(result.exception, CrossAlpacaError)
