"""The published files: their counts in every form, and the same items under the same ids in examples and audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from small_benchmarks import audit, read, refusal, write

from crossalpaca.benchmarks.audit import Audit
from crossalpaca.languages import language
from crossalpaca.records import Example

XQUAD = ("ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")
MLQA_DEV = {"ar": 517, "de": 512, "en": 1148, "es": 500, "zh": 504}
RELEASED = {"de": "German", "it": "Italian", "zh": "Chinese"}

Both = tuple[list[Example], Audit]


def both(benchmark: str, *paths: Path, code: str = "en", golds: Sequence[Path] = ()) -> Both:
    """Examples and audit of the same files, which must be of the same items."""
    examples = read(benchmark, *paths, code=code, golds=golds)
    found = audit(benchmark, *paths, code=code, golds=golds)
    assert found.items == len(examples) == len({example.id for example in examples})
    files = {path.name for path in paths}
    assert {finding.item for finding in found.findings} - files <= {example.id for example in examples}
    assert found.failing <= {example.id for example in examples}
    return examples, found


@pytest.fixture(scope="module")
def release(data_folder: Path):  # type: ignore[no-untyped-def]
    """The published translations, with their own golds and with those of the English originals."""

    @cache
    def read_release(benchmark: str, code: str, by_row: bool = False) -> Both:
        folder = data_folder / "crossalpaca-release" / RELEASED[code] / benchmark.upper()
        english = data_folder / ("bbh" if benchmark == "bbh" else "mmlu/test")
        golds = [path for path in sorted(english.iterdir()) if path.suffix in (".json", ".csv")] if by_row else []
        return both(benchmark, *sorted(folder.glob("*.csv.gz")), code=code, golds=golds)

    return read_release


# Official files


@pytest.mark.parametrize("code", XQUAD)
def test_xquad_has_1190_questions_on_240_passages_and_is_parallel(data_folder: Path, code: str) -> None:
    examples, found = both("xquad", data_folder / f"xquad/xquad.{code}.json.gz", code=code)
    english = read("xquad", data_folder / "xquad/xquad.en.json.gz")
    assert (len(examples), len({example.cluster for example in examples})) == (1190, 240)
    assert [(e.id, e.cluster) for e in examples] == [(e.id, e.cluster) for e in english]
    assert {(e.language, e.answer, e.labels, e.choices) for e in examples} == {(language(code).code, "span", (), ())}
    assert all(example.references and all(example.references) for example in examples)
    assert found.failing == frozenset()


@pytest.mark.parametrize(("code", "count"), MLQA_DEV.items())
def test_mlqa_dev_has_its_published_questions(data_folder: Path, code: str, count: int) -> None:
    examples, found = both("mlqa", data_folder / f"mlqa-dev/{code}.json.gz", code=code)
    english = read("mlqa", data_folder / "mlqa-dev/en.json.gz")
    assert (len(examples), found.failing) == (count, frozenset())
    assert {example.id for example in examples} <= {example.id for example in english}


def test_squad_it_keeps_the_items_in_which_the_audit_finds_errors(data_folder: Path) -> None:
    examples, found = both("squad_it", data_folder / "squad-it/SQuAD_it-test.json.gz", code="it")
    assert len(examples) == 7609
    assert (found.count("offset-mismatch"), found.count("gold-empty")) == (49, 6)
    assert len(found.failing) == 55
    by_id = {example.id: example for example in examples}
    assert all(by_id[finding.item].references for finding in found.found("offset-mismatch"))
    assert [e.id for e in examples if not e.references] == ["d250"]  # the other five have golds beside the empty one


@pytest.mark.parametrize(("split", "count"), [("test", 14042), ("dev", 285)])
def test_mmlu_has_its_published_questions_of_57_subjects(data_folder: Path, split: str, count: int) -> None:
    examples, _ = both("mmlu", *sorted((data_folder / "mmlu" / split).glob("*.csv")))
    assert (len(examples), len({example.task for example in examples})) == (count, 57)
    assert {(e.answer, e.labels, len(e.choices)) for e in examples} == {("letter", ("A", "B", "C", "D"), 4)}
    assert all(len(e.references) == 1 and e.references[0] in e.labels for e in examples)
    assert split == "test" or set(Counter(example.task for example in examples).values()) == {5}


def test_bbh_has_6511_items_of_27_tasks(data_folder: Path) -> None:
    examples, _ = both("bbh", *sorted((data_folder / "bbh").glob("*.json")))
    assert (len(examples), len({example.task for example in examples})) == (6511, 27)
    assert Counter(example.answer for example in examples) == {
        "letter": 4074,
        "yes-no": 937,
        "number": 500,
        "truth": 250,
        "validity": 250,
        "brackets": 250,
        "words": 250,
    }
    unlabelled = [e.id for e in examples if not e.labels and e.answer not in ("number", "brackets", "words")]
    assert unlabelled == ["snarks:89"]  # whose options the original has lost
    no_label = [e.id for e in examples if e.labels and e.references[0] not in e.labels]
    assert no_label == ["movie_recommendation:164", "ruin_names:100", "ruin_names:145"]  # as the audit says


# The published translations


@pytest.mark.parametrize(("code", "unread", "empty"), [("de", 0, 0), ("it", 52, 0)])
def test_translated_xquad_keeps_every_row(data_folder: Path, code: str, unread: int, empty: int) -> None:
    path = data_folder / f"crossalpaca-release/{RELEASED[code]}/XQUAD/xquad_{code.upper()}.csv.gz"
    examples, found = both("xquad", path, code=code)
    assert (len(examples), len({example.cluster for example in examples})) == (1190, 240)
    assert found.count("unparseable") == sum(not example.references for example in examples) == unread
    assert {e.id for e in examples if not e.references} <= found.failing
    english = read("xquad", data_folder / "xquad/xquad.en.json.gz")
    sizes = [Counter(example.cluster for example in each).values() for each in (examples, english)]
    assert list(sizes[0]) == list(sizes[1])  # the same passages in the same order


@pytest.mark.parametrize("code", RELEASED)
def test_translated_mmlu_has_the_english_letters_by_row(release, data_folder: Path, code: str) -> None:  # type: ignore[no-untyped-def]
    english = read("mmlu", *sorted((data_folder / "mmlu/test").glob("*.csv")))
    for by_row in (False, True):
        examples, found = release("mmlu", code, by_row)
        assert [(e.id, e.references) for e in examples] == [(e.id, e.references) for e in english]
        assert "key-changed" not in found.asked
    assert found.count("options-merged") == {"de": 24, "it": 9, "zh": 18}[code]


@pytest.mark.parametrize("code", RELEASED)
def test_translated_bbh_by_row_means_what_the_english_golds_mean(release, data_folder: Path, code: str) -> None:  # type: ignore[no-untyped-def]
    from crossalpaca.benchmarks.answers import canonical

    english = read("bbh", *sorted((data_folder / "bbh").glob("*.json")))
    own, before = release("bbh", code)
    examples, after = release("bbh", code, True)
    assert len(after.failing) < len(before.failing)
    assert after.count("label-changed") == 0
    for example, original, kept in zip(examples, english, own, strict=True):
        assert (example.id, example.answer) == (original.id, original.answer)
        if example.answer == "words":
            assert example.references == kept.references
            continue
        meant = canonical(original.references[0], original.answer, language("en"))
        assert canonical(example.references[0], example.answer, language(code)) == meant, example.id
        if len(example.labels) == 2 and example.answer != "letter":
            assert example.references[0] in example.labels, example.id


def test_german_navigate_can_be_won_with_golds_by_row(release) -> None:  # type: ignore[no-untyped-def]
    own, before = release("bbh", "de")
    examples, after = release("bbh", "de", True)
    navigate = [example for example in examples if example.task == "navigate"]
    assert {(e.labels, e.references) for e in navigate} == {(("Ja", "NEIN"), ("Ja",)), (("Ja", "NEIN"), ("NEIN",))}
    assert {e.references for e in own if e.task == "navigate"} == {("Ja",), ("NEIN",)}  # "No" means the label, too
    assert sum(item.startswith("navigate:") for item in before.failing) == 145
    assert sum(item.startswith("navigate:") for item in after.failing) == 0


# Counts


@pytest.mark.parametrize(
    ("name", "count", "expected"),
    [
        ("dev-context-de-question-de.json", 512, None),
        ("dev-context-de-question-en.json", 511, 512),
        ("dev-context-en-question-de.json", 1148, 512),
        ("dev-context-en-question-en.json", 1147, 1148),
        ("test-context-es-question-es.json", 5254, 5253),
        ("test-context-hi-question-en.json.gz", 4917, 4918),
        ("test-context-de-question-es.json", 7, None),
        ("mine.json", 7, None),
    ],
)
def test_mlqa_is_counted_where_its_name_says_what_it_is(
    tmp_path: Path, name: str, count: int, expected: int | None
) -> None:
    qas = [{"id": f"q{n}", "question": "Who?", "answers": []} for n in range(count)]
    path = write(tmp_path / name, {"data": [{"paragraphs": [{"context": "Anna.", "qas": qas}]}]})
    if expected is None:
        assert len(read("mlqa", path)) == count
    else:
        assert f"{count} questions, MLQA has {expected}" in refusal("mlqa", path)


def test_a_cut_file_is_refused_with_both_counts(tmp_path: Path, data_folder: Path) -> None:
    subjects = sorted((data_folder / "mmlu/dev").glob("*.csv"))
    cut = write(tmp_path / subjects[0].name, "q,1,2,3,4,A\n" * 4)
    assert "4 questions, MMLU has 5 a subject" in refusal("mmlu", cut, *subjects[1:])
    whole = [write(tmp_path / "more_test.csv", "q,1,2,3,4,A\n"), *subjects[1:]]
    assert "281 questions of all 57 subjects, MMLU has 14042 in test" in refusal("mmlu", *whole)
    items = [{"input": "1+1=", "target": "2"}] * 186
    for task, expected in (("navigate", 250), ("causal_judgement", 187), ("snarks", 178)):
        path = write(tmp_path / f"{task}.json", {"examples": items})
        assert f"186 items, BIG-Bench Hard has {expected} of {task}" in refusal("bbh", path)
        assert len(read("tasks", path)) == 186
