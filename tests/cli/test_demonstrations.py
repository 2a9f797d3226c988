"""`crossalpaca demonstrations`, called in this process: what it writes, what it refuses, and the paper's sizes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.cli import main
from crossalpaca.cli.demonstrations import join_pairs
from crossalpaca.demonstrations.build import ALPACA, DEMONSTRATIONS, REPORT
from crossalpaca.demonstrations.card import CARD
from crossalpaca.records import Demonstration, read_jsonl

NEWSTESTS = range(2009, 2020)


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["crossalpaca", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Three corpora of 40 pairs and 30 instructions."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for name, thing in (("a", "train"), ("b", "ship"), ("c", "plane")):
        for code, line in (
            ("en", f"The {thing} number {{}} leaves at noon."),
            ("de", f"{thing} Nummer {{}} geht mittags."),
        ):
            text = "".join(line.format(n) + "\n" for n in range(40))
            (folder / f"{name}.{code}").write_text(text, encoding="utf-8")
    rows = [{"instruction": f"Nenne die Zahl {n}.", "input": "", "output": f"Sie ist {n}."} for n in range(30)]
    (folder / "alpaca.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


def building(sources: Path, out: Path, *more: str | Path, names: str = "abc") -> list[str | Path]:
    bitext = [part for name in names for part in ("--bitext", sources / f"{name}.en", sources / f"{name}.de")]
    return [
        "demonstrations",
        "--language",
        "de",
        *bitext,
        "--instructions",
        sources / "alpaca.json",
        "--out",
        out,
        *more,
    ]


def test_what_is_built_is_the_same_twice_and_for_any_order_of_bitext(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, order in (("one", "abc"), ("two", "abc"), ("three", "cab")):
        assert call(monkeypatch, *building(sources, tmp_path / name, "--translation-count", "41", names=order)) == 0
    one, two, three = (contents(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two == three
    assert set(one) == {DEMONSTRATIONS, ALPACA, REPORT, CARD}
    made = list(read_jsonl(tmp_path / "one" / DEMONSTRATIONS, Demonstration))
    assert [d.direction for d in made] == [None] * 30 + ["en-x"] * 21 + ["x-en"] * 20
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_may_hold_the_same_and_nothing_else(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = building(sources, out, "--translation-count", "20")
    (tmp_path / "out").mkdir()  # an empty one is as good as none
    assert call(monkeypatch, *arguments) == call(monkeypatch, *arguments) == 0
    before = contents(tmp_path)
    for more in (["--seed", "1"], ["--translation-count", "22"], ["--wording", "mixed"]):
        assert call(monkeypatch, *arguments, *more) == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith(f"crossalpaca: {out}: is there already")
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    assert call(monkeypatch, *arguments) == 2
    (out / "notes.txt").unlink()
    assert contents(tmp_path) == before


@pytest.mark.parametrize("there", ["folder", "file"])
def test_what_is_not_ours_is_never_touched(
    there: str, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    if there == "folder":
        out.mkdir()
    path = out / "thesis.txt" if there == "folder" else out
    path.write_text("years of work", encoding="utf-8")
    assert call(monkeypatch, *building(sources, out)) == 2
    assert path.read_text(encoding="utf-8") == "years of work"


def test_two_files_may_be_named_with_a_comma(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = f"{sources / 'a.en'},{sources / 'a.de'}"
    arguments = ["demonstrations", "-l", "de", "--bitext", pair, "--translation-count", "10", "-o"]
    assert call(monkeypatch, *arguments, tmp_path / "comma") == 0
    spaced = ["demonstrations", "-l", "de", "--bitext", sources / "a.en", sources / "a.de", "--translation-count", "10"]
    assert call(monkeypatch, *spaced, "-o", tmp_path / "spaced") == 0
    assert contents(tmp_path / "comma") == contents(tmp_path / "spaced")


@given(arguments=st.lists(st.sampled_from(["--bitext", "a.en", "a.de", "b.tmx", "--seed", "7", "-o"]), max_size=8))
def test_joining_keeps_every_argument_in_order(arguments: list[str]) -> None:
    assert [part for argument in join_pairs(arguments) for part in argument.split("\0")] == arguments


def test_json_is_the_report_with_the_folder(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, *building(sources, out, "--translation-count", "40%", "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"out": str(out)} | json.loads((out / REPORT).read_text(encoding="utf-8"))
    assert told["mixture"]["translations"] == {"en-x": 6, "x-en": 6}


def test_controls_are_as_large_as_the_model(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for control in ("mis-paired", "repeated"):
        arguments = building(sources, tmp_path / control, "--translation-count", "40", "--control", control)
        assert call(monkeypatch, *arguments) == 0
        assert capsys.readouterr().out.startswith("70 demonstrations: ")


def test_leaks_are_removed_and_told(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    question = {"id": "q", "context": "Kein Text.", "question": "Nenne die Zahl 7!", "answers": ["7"]}
    own = tmp_path / "own.jsonl"
    own.write_text(json.dumps(question) + "\n", encoding="utf-8")
    assert call(monkeypatch, *building(sources, tmp_path / "out", "--against", f"squad={own}")) == 0
    assert "1 that leak were removed" in capsys.readouterr().out
    kept = read_jsonl(tmp_path / "out" / DEMONSTRATIONS, Demonstration)
    assert "Nenne die Zahl 7." not in {d.instruction for d in kept}


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--directions", "en-de"], "--directions en-de: not one of both, en-x, x-en"),
        (["--wording", "german"], "--wording german: not one of english, source, target, mixed"),
        (["--control", "mispaired"], "--control mispaired: not one of mis-paired, repeated (did you mean mis-paired?)"),
        (["--leaks", "keep"], "--leaks keep: not one of remove, report"),
        (["--translation-count", "many"], "'many' is no count of translations"),
        (["--translation-count", "1000"], "120 pairs read"),
        (["--against", "xqad=f"], "--against xqad=f: is not BENCHMARK=FILE (did you mean xquad?)"),
        (["--against", "xquad=none.json"], "none.json: is not there"),
        (["--bitext", "none.en", "none.de", "--translation-count", "1"], "none.en: is not there"),
        (["--language", "xx"], "unknown language 'xx'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    more: list[str],
    complaint: str,
    sources: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, *building(sources, out, *more)) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("crossalpaca: ") and complaint in line
    assert {path.name for path in tmp_path.iterdir()} == {"sources"}


def test_translations_need_bitext(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = building(sources, tmp_path / "out", "--translation-count", "10", names="")
    assert call(monkeypatch, *arguments) == 2
    assert "give --bitext" in capsys.readouterr().err
    assert call(monkeypatch, *arguments, "--control", "repeated") == 0


def test_nothing_is_built_of_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "demonstrations", "--language", "de", "--out", tmp_path / "out") == 2
    assert "nothing to build" in capsys.readouterr().err


# Real data


@pytest.fixture(scope="module")
def german(data_folder: Path) -> list[str | Path]:
    """newstest 2009 to 2019 and Tatoeba."""
    folder = data_folder / "parallel"
    files = [(folder / f"de-en/newstest{year}.en.gz", folder / f"de-en/newstest{year}.de.gz") for year in NEWSTESTS]
    files.append((folder / "tatoeba.de-en.en", folder / "tatoeba.de-en.de"))
    return [part for english, other in files for part in ("--bitext", english, other)]


def test_the_corpora_at_hand_give_the_papers_german_demonstrations(
    data_folder: Path,
    german: list[str | Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    parallel = data_folder / "parallel"
    benchmarks = [
        *(f"xquad={data_folder / f'xquad/xquad.{code}.json.gz'}" for code in ("de", "en")),
        f"mmlu={data_folder / 'mmlu/test'}",
        f"bbh={data_folder / 'bbh'}",
        *(f"flores={parallel / f'flores200.devtest.{code}'}" for code in ("de", "en")),
    ]
    against = [part for entry in benchmarks for part in ("--against", entry)]
    arguments = ["demonstrations", "-l", "de", *german, "--translation-count", "20000", *against, "--json", "-o"]
    assert call(monkeypatch, *arguments, tmp_path / "out") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["mixture"]["translations"] == {"en-x": 10000, "x-en": 10000}
    assert report["leaks"]["demonstrations"] == report["translations"]["dropped"]["leak"]["count"] < 10


def test_ten_thousand_chinese_pairs_do_not_give_the_papers_twenty_thousand(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = data_folder / "parallel/news-commentary.en-zh.10k.jsonl"
    arguments = ["demonstrations", "-l", "zh-Hans", "--bitext", file, "--translation-count", "20000", "-o"]
    assert call(monkeypatch, *arguments, tmp_path / "out") == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "news-commentary.en-zh.10k.jsonl" in line
    assert "usable sentence pairs for en-x, 10000 are asked; of 10000 pairs read" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("code", ["de", "zh"])
def test_flores_is_refused_under_its_own_name_and_under_another(
    code: str, data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = [data_folder / f"parallel/flores200.devtest.{each}" for each in ("en", code)]
    other = [tmp_path / f"news.{each}" for each in ("en", code)]
    for source, copy in zip(own, other, strict=True):
        copy.write_bytes(source.read_bytes())
    ending = ["--translation-count", "20", "--against", f"flores={own[0]}", "-o", tmp_path / "out"]
    for files in (own, other):
        assert call(monkeypatch, "demonstrations", "-l", code, "--bitext", *files, *ending) == 2
        assert "FLORES" in capsys.readouterr().err.splitlines()[-1]
