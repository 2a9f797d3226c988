"""Laws: a file agrees with itself, the order of rows does not matter, and damage is found whatever surrounds it."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_files import as_bbh, as_csv, as_squad

from crossalpaca.benchmarks import BENCHMARKS
from crossalpaca.benchmarks.audit import CHECKS, Audit, audited

COMPARING = {check.id for check in CHECKS.values() if check.compares} | {"context-differs"}

text = st.text(st.sampled_from("abcdé 12\u200b,.()《是\U0001f600"), min_size=1, max_size=12)
squad_rows = st.lists(st.tuples(text, text, text, st.integers(-2, 14)), min_size=1, max_size=8).map(
    lambda rows: [(f"q{n}", context, question, gold, start) for n, (context, question, gold, start) in enumerate(rows)]
)
choice_rows = st.lists(st.tuples(*[text] * 5, st.sampled_from("ABCDE")), min_size=1, max_size=8)
bbh_rows = st.lists(st.tuples(text, text | st.sampled_from(["(A)", "Ja", "No", "Yes"])), min_size=1, max_size=8)


def counts(audit: Audit) -> dict[str, Counter[str]]:
    return {
        "found": Counter(finding.check for finding in audit.findings),
        "graves": Counter(finding.check for finding in audit.findings if finding.severity == "error"),
        "asked": Counter(audit.asked),
    }


def audit_text(name: str, content: str, benchmark: str, reference: str | None = None, language: str = "en") -> Audit:
    with tempfile.TemporaryDirectory() as folder:
        (path := Path(folder) / name).write_text(content, encoding="utf-8")
        english = None
        if reference is not None:
            (english := Path(folder) / f"en-{name}").write_text(reference, encoding="utf-8")
        task = {"bbh": "web_of_lies", "mmlu": "anatomy"}.get(benchmark)
        return audited(path, benchmark, language, task=task, reference=english)


files = st.tuples(squad_rows, choice_rows, bbh_rows).map(
    lambda rows: (
        ("x.json", as_squad(rows[0]), "xquad"),
        ("x_test.csv", as_csv([("What is this?", *"abcd", "A"), *rows[1]]), "mmlu"),
        ("x.json", as_bbh(rows[2]), "bbh"),
    )
)


@given(files)
def test_a_file_compared_with_itself_has_no_finding_of_a_comparison(made: Sequence[tuple[str, str, str]]) -> None:
    for name, content, benchmark in made:
        audit = audit_text(name, content, benchmark, content)
        assert not {finding.check for finding in audit.findings} & COMPARING


@given(files)
def test_a_check_is_asked_of_its_form_alone_and_compares_where_it_says_so(
    made: Sequence[tuple[str, str, str]],
) -> None:
    for name, content, benchmark in made:
        form = BENCHMARKS[benchmark].form.name
        alone = {CHECKS[check] for check in audit_text(name, content, benchmark, None, "de").asked}
        compared = {CHECKS[check] for check in audit_text(name, content, benchmark, content, "de").asked}
        assert {check.form for check in alone | compared} <= {form, "any"}
        assert not any(check.compares for check in alone)


@given(squad_rows, st.randoms(use_true_random=False))
def test_the_order_of_questions_does_not_matter(rows, rng: random.Random) -> None:
    shuffled = rng.sample(rows, len(rows))
    english = as_squad([(id, f"{context} here", question, gold, start) for id, context, question, gold, start in rows])
    for reference in (None, english):
        first = audit_text("x.json", as_squad(rows), "xquad", reference, "de")
        second = audit_text("x.json", as_squad(shuffled), "xquad", reference, "de")
        assert counts(first) == counts(second)
        assert first.failing == second.failing


@given(bbh_rows, choice_rows, st.randoms(use_true_random=False))
def test_the_order_of_other_rows_does_not_matter_without_english(tasks, choices, rng: random.Random) -> None:
    first = ("Was ist das, bitte sehr?", "eins", "zwei", "drei", "vier", "A")  # no header
    for name, render, benchmark, rows in (
        ("x.json", as_bbh, "bbh", list(dict(tasks).items())),
        ("x_test.csv", lambda rows: as_csv([first, *rows]), "mmlu", list({row[0]: row for row in choices}.values())),
    ):
        shuffled = rng.sample(rows, len(rows))
        audits = [audit_text(name, render(each), benchmark, None, "de") for each in (rows, shuffled)]
        assert counts(audits[0]) == counts(audits[1])


@given(squad_rows)
def test_every_finding_is_of_a_known_check_and_of_an_item_that_was_asked(rows) -> None:
    audit = audit_text("x.json", as_squad(rows), "xquad", as_squad(rows[:1]), "de")
    names = {row[0] for row in rows} | {"x.json"}
    for finding in audit.findings:
        assert finding.item in names
        assert finding.detail
        assert finding.severity in ("error", CHECKS[finding.check].severity)
    for check, number in Counter(finding.check for finding in audit.findings).items():
        assert number <= audit.asked[check]
    assert audit.failing <= names - {"x.json"}


@pytest.mark.parametrize(
    ("path", "benchmark"),
    [("xquad/xquad.en.json.gz", "xquad"), ("mlqa-dev/en.json.gz", "mlqa"), ("mmlu/dev", "mmlu"), ("bbh", "bbh")],
)
def test_official_files_agree_with_themselves(data_folder: Path, path: str, benchmark: str) -> None:
    audit = audited(data_folder / path, benchmark, "en", reference=data_folder / path)
    assert not {finding.check for finding in audit.findings} & COMPARING
