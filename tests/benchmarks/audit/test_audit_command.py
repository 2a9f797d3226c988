"""The command: exit codes, the JSON, the table for people, one line for what cannot be used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_files import as_bbh, as_squad

from crossalpaca.cli import main

SOUND = [("q1", "Ein Hund.", "Wer bellt da?", "Hund", 4)]
BROKEN = [*SOUND, *((f"q{n}", "Ein Hund.", "Wer?", f"Ka\x1b[31m[/tze]{n}", 4) for n in range(2, 8))]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["crossalpaca", "audit", *map(str, arguments)])
        with pytest.raises(SystemExit) as exited:
            main()
        captured = capsys.readouterr()
        return int(exited.value.code or 0), captured.out, captured.err

    return command


def test_a_sound_file(run, write) -> None:
    code, out, err = run(write("x.json", as_squad(SOUND)), "--benchmark", "xquad", "--language", "de")
    assert (code, err) == (0, "")
    assert out.startswith("1 items, 0 with an error")


def test_warnings_alone_are_no_failure(run, write) -> None:
    path = write("x.json", as_squad([("q1", "Hund und Hund", "?", "Hund", 0)]))
    code, out, _ = run(path, "--benchmark", "xquad", "--language", "de")
    assert code == 0
    assert "warning  gold-ambiguous" in out


def test_a_broken_file_as_a_table_with_three_examples(run, write) -> None:
    code, out, err = run(write("x.json", as_squad(BROKEN)), "--benchmark", "xquad", "-l", "de")
    assert (code, err) == (1, "")
    assert "error    gold-not-in-context          6 of 7" in out
    assert [f"q{n}:" in out for n in range(2, 8)] == [True] * 3 + [False] * 3
    assert "\x1b" not in out


def test_a_broken_file_as_json(run, write) -> None:
    code, out, _ = run(write("x.json", as_squad(BROKEN)), "--benchmark", "xquad", "-l", "de", "--json")
    result = json.loads(out)
    assert (code, result["items"]) == (1, 7)
    assert result["checks"]["gold-not-in-context"] == {
        "count": 6,
        "severity": "error",
        "errors": 6,
        "of": 7,
        "items": [f"q{n}" for n in range(2, 8)],
    }
    assert result["asked"]["gold-not-in-context"] == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.json", "--benchmark", "xquad", "--language", "de"], "is not there"),
        (["page.json", "--benchmark", "xquad", "--language", "de"], "is a web page"),
        (["navigate.json", "--benchmark", "bhb", "--language", "de"], "unknown benchmark 'bhb' (did you mean bbh?)"),
        (["navigate.json", "--benchmark", "bbh", "--language", "xx"], "unknown language 'xx'"),
        (["navigate.json", "--benchmark", "bbh", "--language", "de", "--task", "x"], "unknown task 'x'"),
        (["navigate.json", "--benchmark", "bbh", "--language", "de", "--reference", "page.json"], "is a web page"),
    ],
)
def test_what_cannot_be_used_is_one_line(run, write, monkeypatch, arguments: list[str], message: str) -> None:
    write("page.json", "<!doctype html>")
    monkeypatch.chdir(write("navigate.json", as_bbh([("x", "Ja")])).parent)
    code, out, err = run(*arguments, "--json")
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_the_command_imports_no_torch() -> None:
    code = "import sys; import crossalpaca.cli, crossalpaca.benchmarks.audit; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_the_release_by_command(run, data_folder: Path) -> None:
    path = data_folder / "crossalpaca-release/Italian/XQUAD/xquad_IT.csv.gz"
    code, out, _ = run(path, "--benchmark", "xquad", "--language", "it", "--json")
    found = json.loads(out)
    assert (code, found["items"]) == (1, 1190)
    counts = {check: found["checks"][check]["count"] for check in ("unparseable", "gold-not-in-context")}
    assert counts == {"unparseable": 52, "gold-not-in-context": 413}
