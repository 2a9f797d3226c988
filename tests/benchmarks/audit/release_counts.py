"""What the audit counts in the published translations, compared with the English originals, and the table of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# (benchmark, language): (path below the release, path of the English original, items, counts by check)
RELEASE: Mapping[tuple[str, str], tuple[str, str, int, Mapping[str, int]]] = {
    ("xquad", "en"): (
        "English/XQUAD/xquad_EN.csv.gz",
        "xquad/xquad.en.json.gz",
        1190,
        {"offset-mismatch": 5, "gold-ambiguous": 127},
    ),
    ("xquad", "de"): (
        "German/XQUAD/xquad_DE.csv.gz",
        "xquad/xquad.en.json.gz",
        1190,
        {"gold-ambiguous": 119, "invisible-characters": 44},
    ),
    ("xquad", "it"): (
        "Italian/XQUAD/xquad_IT.csv.gz",
        "xquad/xquad.en.json.gz",
        1190,
        {
            "header-changed": 1,
            "id-changed": 816,
            "id-duplicate": 14,
            "unparseable": 52,
            "keys-changed": 230,
            "gold-not-in-context": 413,
            "offset-mismatch": 699,
            "gold-ambiguous": 83,
            "invisible-characters": 40,
        },
    ),
    ("mmlu", "de"): (
        "German/MMLU",
        "mmlu/test",
        14042,
        {
            "option-duplicate": 38,
            "options-merged": 24,
            "numbers-lost": 363,
            "untranslated": 2,
            "invisible-characters": 1204,
        },
    ),
    ("mmlu", "it"): (
        "Italian/MMLU",
        "mmlu/test",
        14042,
        {
            "option-duplicate": 23,
            "options-merged": 9,
            "numbers-lost": 183,
            "untranslated": 2,
            "invisible-characters": 218,
        },
    ),
    ("mmlu", "zh"): (
        "Chinese/MMLU",
        "mmlu/test",
        14042,
        {"option-duplicate": 31, "options-merged": 18, "numbers-lost": 274, "invisible-characters": 112},
    ),
    ("bbh", "de"): (
        "German/BBH",
        "bbh",
        6511,
        {
            "header-changed": 27,
            "label-changed": 340,
            "gold-not-in-options": 394,
            "vocabulary-mixed": 501,
            "not-sorted": 225,
            "not-sorted-casefold": 213,
            "unbalanced": 3,
            "expression-wrong": 2,
            "expression-unread": 10,
            "gold-contradicted": 2,
            "untranslated": 1,
            "invisible-characters": 11,
        },
    ),
    ("bbh", "it"): (
        "Italian/BBH",
        "bbh",
        6511,
        {
            "gold-not-in-options": 132,
            "vocabulary-mixed": 455,
            "not-sorted": 215,
            "not-sorted-casefold": 215,
            "unbalanced": 35,
            "expression-wrong": 2,
            "expression-unread": 1,
            "gold-contradicted": 2,
            "invisible-characters": 37,
        },
    ),
    ("bbh", "zh"): (
        "Chinese/BBH",
        "bbh",
        6511,
        {
            "header-changed": 27,
            "gold-not-in-options": 629,
            "vocabulary-mixed": 440,
            "not-sorted": 66,
            "not-sorted-casefold": 66,
            "unbalanced": 14,
            "expression-wrong": 3,
            "expression-unread": 80,
            "gold-contradicted": 3,
            "wrong-language": 2,
            "invisible-characters": 68,
        },
    ),
}


def table() -> str:
    """The counts as the table of docs/audit.md: a row a check, a column a file or folder, empty where all is well."""
    from crossalpaca.benchmarks.audit import CHECKS

    keys = list(RELEASE)
    lines = [
        "| check | " + " | ".join(f"{benchmark} {code}" for benchmark, code in keys) + " |",
        "|---" * (len(keys) + 1) + "|",
        "| items | " + " | ".join(str(RELEASE[key][2]) for key in keys) + " |",
    ]
    for check in CHECKS:
        counts = [RELEASE[key][3].get(check) for key in keys]
        if any(counts):
            lines.append(f"| `{check}` | " + " | ".join("" if c is None else str(c) for c in counts) + " |")
    return "\n".join(lines)


DOCS = Path(__file__).parents[3] / "docs/audit.md"
