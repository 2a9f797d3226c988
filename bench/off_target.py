"""How often `off_target_language` speaks up: wrongly, on texts in the language, and rightly, on texts in another.

Run: .venv/bin/python bench/off_target.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.languages import language
from crossalpaca.languages.off_target import off_target
from crossalpaca.sources.files import read_lines

OUT = Path(__file__).parent / "results/off_target.json"
TATOEBA = {"de": "de-en", "es": "en-es", "it": "en-it", "zh": "en-zh", "ar": "ar-en"}
FLORES = ("ar", "de", "en", "es", "it", "zh")
XQUAD = ("ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")


def share(texts: Iterable[str], code: str) -> dict[str, Any]:
    """Of how many texts it is said that they are not in the language."""
    known = list(texts)
    spoken = language(code)
    found = sum(off_target(text, spoken) for text in known)
    return {"texts": len(known), "found": found, "share": round(found / len(known), 5)}


def golds(data: Path, benchmark: str, name: str, code: str) -> list[str]:
    """The first gold of every question that has one."""
    examples = read_examples(BENCHMARKS[benchmark], [data / name], language(code), benchmark)
    return [example.references[0] for example in examples if example.references]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with parallel/, xquad/ and squad-it/")
    data: Path = parser.parse_args().data
    tatoeba = {code: list(read_lines(data / f"parallel/tatoeba.{pair}.{code}")) for code, pair in TATOEBA.items()}
    tatoeba["en"] = list(read_lines(data / "parallel/tatoeba.de-en.en"))
    flores = {code: list(read_lines(data / f"parallel/flores200.devtest.{code}")) for code in FLORES}
    answers = {code: golds(data, "xquad", f"xquad/xquad.{code}.json.gz", code) for code in XQUAD}
    others = [code for code in XQUAD if code != "en"] + ["it"]
    result = {
        "name": "off_target",
        "false_alarms": {
            "tatoeba": {code: share(texts, code) for code, texts in tatoeba.items()},
            "flores200": {code: share(texts, code) for code, texts in flores.items()},
            "xquad_golds": {code: share(texts, code) for code, texts in answers.items()},
            "squad_it_golds": {"it": share(golds(data, "squad_it", "squad-it/SQuAD_it-test.json.gz", "it"), "it")},
        },
        "found": {
            "flores200_english": {code: share(flores["en"], code) for code in others},
            "tatoeba_english": {code: share(tatoeba["en"], code) for code in others},
            "xquad_english_golds": {code: share(answers["en"], code) for code in others},
            "flores200_as_english": {code: share(flores[code], "en") for code in FLORES if code != "en"},
        },
        "versions": {"py3langid": version("py3langid")},
        "command": "python bench/off_target.py --data ../shared/data",
        "date": datetime.now(UTC).date().isoformat(),
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
