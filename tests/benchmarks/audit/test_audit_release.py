"""The damage in the published translations: every count that is stated of them, and the table in the documentation."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from release_counts import DOCS, RELEASE, table

from crossalpaca.benchmarks.audit import Audit, audited


@pytest.fixture(scope="module")
def release(data_folder: Path):  # type: ignore[no-untyped-def]
    @cache
    def audit(benchmark: str, code: str, compared: bool = True) -> Audit:
        path, english, _, _ = RELEASE[benchmark, code]
        reference = data_folder / english if compared else None
        return audited(data_folder / "crossalpaca-release" / path, benchmark, code, reference=reference)

    return audit


@pytest.mark.parametrize(("benchmark", "code"), RELEASE)
def test_every_count_of_a_published_translation(release, benchmark: str, code: str) -> None:
    audit = release(benchmark, code)
    _, _, items, counts = RELEASE[benchmark, code]
    assert audit.items == items
    assert {check: found["count"] for check, found in audit.to_json()["checks"].items()} == counts


@pytest.mark.parametrize(
    ("code", "unparseable", "missing", "misplaced", "ambiguous"), [("it", 52, 413, 699, 83), ("de", 0, 0, 0, 119)]
)
def test_xquad(release, code: str, unparseable: int, missing: int, misplaced: int, ambiguous: int) -> None:
    audit = release("xquad", code, compared=False)
    assert audit.asked["unparseable"] == 1190
    assert audit.count("unparseable") == unparseable
    assert audit.count("gold-not-in-context") == missing
    assert audit.count("offset-mismatch") == misplaced
    assert audit.count("gold-ambiguous") == ambiguous
    assert audit.asked["gold-not-in-context"] == 1190 - unparseable
    assert audit.asked["offset-mismatch"] == 1190 - unparseable - missing


@pytest.mark.parametrize(("code", "sorted_rows", "folded"), [("de", 25, 37), ("it", 35, 35), ("zh", 184, 184)])
def test_word_sorting_golds_still_sorted(release, code: str, sorted_rows: int, folded: int) -> None:
    audit = release("bbh", code)
    assert audit.asked["not-sorted"] == 250
    assert 250 - audit.count("not-sorted") == sorted_rows
    assert 250 - audit.count("not-sorted-casefold") == folded


@pytest.mark.parametrize(("code", "same", "absent"), [("de", 3731, 394), ("it", 4071, 132), ("zh", 4071, 629)])
def test_lettered_golds(release, code: str, same: int, absent: int) -> None:
    audit = release("bbh", code)
    assert audit.asked["label-changed"] == audit.asked["gold-not-in-options"] == 4071
    assert 4071 - audit.count("label-changed") == same
    assert audit.count("gold-not-in-options") == absent
    alone = release("bbh", code, compared=False)
    assert "label-changed" not in alone.asked
    assert (alone.asked["gold-not-in-options"], alone.count("gold-not-in-options")) == (4071, absent)


@pytest.mark.parametrize(("code", "equal", "new"), [("de", 38, 24), ("it", 23, 9), ("zh", 31, 18)])
def test_mmlu_rows_with_equal_options(release, code: str, equal: int, new: int) -> None:
    audit = release("mmlu", code)
    assert audit.asked["option-duplicate"] == 14042
    assert (audit.count("option-duplicate"), audit.count("options-merged")) == (equal, new)
    assert release("mmlu", code, compared=False).count("option-duplicate") == equal


@pytest.mark.parametrize(
    ("code", "count", "words"), [("de", 145, {"'No'"}), ("it", 105, {"'Yes'"}), ("zh", 250, {"'No'", "'Yes'"})]
)
def test_navigate_items_that_cannot_be_won(release, code: str, count: int, words: set[str]) -> None:
    found = [f for f in release("bbh", code).found("vocabulary-mixed") if f.item.startswith("navigate:")]
    assert len(found) == count
    assert {finding.detail.split()[1].rstrip(",") for finding in found} == words


def test_labels_that_became_conjunctions(release) -> None:
    details = [finding.detail for finding in release("bbh", "de").found("label-changed")]
    assert "gold '(UND)', in English (E)" in details


def test_expressions_that_lost_a_not(release) -> None:
    lost = {"boolean_expressions:6", "boolean_expressions:178"}
    for code in ("de", "it"):
        assert {finding.item for finding in release("bbh", code).found("expression-wrong")} == lost
    chinese = {finding.item for finding in release("bbh", "zh").found("expression-wrong")}
    assert chinese == {f"boolean_expressions:{number}" for number in (32, 72, 87)}


def test_english_contexts_stripped_without_shifting_offsets(release) -> None:
    found = release("xquad", "en").found("offset-mismatch")
    assert len(found) == 5
    assert found[0].detail.startswith("'Nicholas E. Golovin' is at 88; at 89 stands 'icholas")


def test_the_documentation_has_these_counts() -> None:
    assert table() in DOCS.read_text(encoding="utf-8")
