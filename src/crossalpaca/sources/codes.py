"""Language codes as corpora write them: de, de-DE, DE_at, zh_CN, zh-Hant-HK, EN-us, and names such as German."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from crossalpaca.languages import Language

_CODE = re.compile(r"[a-z]{2}([-_][a-z]{2,4})?|[a-z]{3}[-_][a-z]{4}", re.IGNORECASE)
_REGIONS: Mapping[str, tuple[str, ...]] = {"Hans": ("cn", "sg"), "Hant": ("tw", "hk", "mo")}
"""Where a language is written in two scripts, the regions that write it in one of them."""


def looks_like_code(text: str) -> bool:
    """Whether a file's ending may be a language code: de, zh_CN, deu_Latn; but not txt."""
    return _CODE.fullmatch(text) is not None


def closeness(tag: str, language: Language) -> int | None:
    """How well a code or name stands for a language: 0 its own code, 1 an alias, 2 with a region or script; or None."""
    folded = tag.strip().replace("_", "-").casefold()
    names = [name.casefold() for name in (language.code, *language.aliases, language.name)]
    if folded in names:
        return min(names.index(folded), 1)
    base, *rest = folded.split("-")
    if base not in {name.partition("-")[0] for name in names[:-1]}:
        return None
    for part in rest:
        if len(part) == 4 and part.isalpha() and part != language.script.casefold():
            return None
        if len(part) == 2 and part not in _REGIONS.get(language.script, (part,)):
            return None
    return 2


def find_code(tags: Iterable[str], language: Language) -> str | None:
    """The tag that stands for a language best, the first of equals; None where none does."""
    ranked = [(rank, tag) for tag in tags if (rank := closeness(tag, language)) is not None]
    return min(ranked, key=lambda each: each[0])[1] if ranked else None
