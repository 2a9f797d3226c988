"""The official files: no error but those that are truly in them, which are pinned here."""

from __future__ import annotations

from pathlib import Path

import pytest
from release_counts import DOCS

from crossalpaca.benchmarks.audit import CHECKS, Audit, audited

XQUAD = ("ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")


def errors(audit: Audit) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in audit.findings:
        if finding.severity == "error":
            found.setdefault(finding.check, []).append(finding.item)
    return found


@pytest.mark.parametrize("code", XQUAD)
def test_xquad_has_no_error(data_folder: Path, code: str) -> None:
    english = data_folder / "xquad/xquad.en.json.gz"
    for reference in (None, english):
        audit = audited(data_folder / f"xquad/xquad.{code}.json.gz", "xquad", code, reference=reference)
        assert (audit.items, audit.sound, audit.failing) == (1190, True, frozenset())
        assert audit.count("wrong-language") == 0
        assert audit.count("gold-ambiguous") > 80


def test_three_greek_questions_were_left_in_english(data_folder: Path) -> None:
    english = data_folder / "xquad/xquad.en.json.gz"
    for code in XQUAD[:3] + XQUAD[4:]:
        audit = audited(data_folder / f"xquad/xquad.{code}.json.gz", "xquad", code, reference=english)
        assert audit.count("untranslated") == (3 if code == "el" else 0)


@pytest.mark.parametrize("code", ["ar", "de", "en", "es", "zh"])
def test_mlqa_dev_has_no_error(data_folder: Path, code: str) -> None:
    english = data_folder / "mlqa-dev/en.json.gz"
    for reference in (None, english):
        audit = audited(data_folder / f"mlqa-dev/{code}.json.gz", "mlqa", code, reference=reference)
        assert errors(audit) == {}
        assert "row-count" not in audit.asked


EQUAL_OPTIONS = {
    "test": [
        "business_ethics:3",
        "electrical_engineering:22",
        "elementary_mathematics:114",
        "high_school_chemistry:141",
        "high_school_macroeconomics:184",
        "high_school_physics:100",
        "international_law:52",
        "public_relations:86",
        "sociology:198",
    ],
    "dev": ["high_school_biology:3"],
}


@pytest.mark.parametrize(("split", "items", "warned"), [("test", 14042, 5), ("dev", 285, 0)])
def test_mmlu_has_options_that_are_the_same_text(data_folder: Path, split: str, items: int, warned: int) -> None:
    folder = data_folder / "mmlu" / split
    audit = audited(folder, "mmlu", "en", reference=folder)
    assert audit.items == items
    assert errors(audit) == {"option-duplicate": EQUAL_OPTIONS[split]}
    # Those that case tells apart, such as the genotypes BB and Bb, are only pointed out.
    assert audit.count("option-duplicate") - len(EQUAL_OPTIONS[split]) == warned
    assert audit.asked["key-invalid"] == audit.asked["key-changed"] == items


def test_bbh_has_three_golds_that_are_no_label_and_two_contradictions(data_folder: Path) -> None:
    audit = audited(data_folder / "bbh", "bbh", "en", reference=data_folder / "bbh")
    assert audit.items == 6511
    assert errors(audit) == {"vocabulary-mixed": ["movie_recommendation:164", "ruin_names:100", "ruin_names:145"]}
    assert {f.item for f in audit.found("gold-contradicted")} == {"causal_judgement:105", "causal_judgement:120"}
    assert {finding.check for finding in audit.findings} == {"vocabulary-mixed", "gold-contradicted"}
    solved = audit.asked["expression-wrong"], audit.count("expression-unread")
    assert solved == (500, 0)
    assert audit.asked["not-sorted"] == audit.asked["unbalanced"] == 250


def test_squad_it_has_golds_beside_their_offset(data_folder: Path) -> None:
    audit = audited(data_folder / "squad-it/SQuAD_it-test.json.gz", "mlqa", "it")
    assert audit.items == 7609
    assert audit.count("offset-mismatch") > 0
    assert "5726487b5951b619008f6edf" in audit.failing


def test_the_documentation_explains_every_check_and_every_error_in_the_official_files() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for check in CHECKS.values():
        assert f"| `{check.id}` | {check.severity} |" in text
    pinned = [*EQUAL_OPTIONS["test"], *EQUAL_OPTIONS["dev"], "movie_recommendation:164", "ruin_names:100"]
    for item in [*pinned, "ruin_names:145", "causal_judgement:105", "causal_judgement:120"]:
        assert f"`{item}`" in text
