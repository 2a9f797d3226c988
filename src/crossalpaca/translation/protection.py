"""What never passes through an engine: code, formulae, URLs, tags, placeholders, times, dates, option letters.

Two kinds: `CUTS` part a text (line breaks, list marks, fences of code) so that what stands between them is translated
by itself; `PIECES` stand inside sentences, where a marker takes their place. Both are patterns without groups.
"""

from __future__ import annotations

import re
from functools import lru_cache

STAND_IN = "Zq"  # how the words begin that stand in for pieces where an engine keeps no markup
_SIGN = r"[=<>≤≥≠≈±×÷·∙→⇒∈∪∩∧∨¬∀∃√∑∫^_\\|{}~@#]"
_TERM = r"[-−]?(?:\d[\d.,]*[A-Za-z]?|[A-Za-z](?![A-Za-z])|\([-+*/^\w., ]{1,40}\))"
_TAIL = r"(?:[ ]?[-+*/^−×÷·=<>≤≥][ ]?" + _TERM + r"(?:\([-+*/^\w., ]{1,40}\)|\)){0,3})*"

CUTS = "|".join(
    (
        r"```(?s:.*?)(?:```|\Z)",
        r"[ ]*(?:[^\S ][ ]*)+(?:(?:[-*•]|\d{1,3}[.)]|[A-Z][.)]|#{1,6})[ ]+)?",  # line breaks, and list marks after them
        r"[ ]{2,}",
        r"\A(?:[-*•]|\d{1,3}[.)]|#{1,6})[ ]+",
    )
)

# The alternatives are grouped by how they begin, so that most places in a text are passed by at a glance, and what
# they may hold is bounded, so that no text takes more than a time in proportion to its length.
_SYMBOLS = (
    r"`[^`\n]+`",
    r"\$\$[^$]+\$\$|\$[^$\n]{0,200}[\\^_{}=+*/()][^$\n]{0,200}\$|\\\([^\n]{1,400}?\\\)|\\\[[^\n]{1,400}?\\\]",
    r"<[/!?]?[A-Za-z][^<>\n]*>|&#?\w+;",
    r"\{\{?[^{}\n]*\}?\}|\$\{[^}\n]*\}|%\(\w+\)[a-z]|%[sdfi]\b|\[[A-Z][A-Z0-9 _]*\]|_{2,}|\([A-Z]\)",
)
_BEGUN = (
    r"(?:https?://|www\.)[^\s<>\"']*[^\s<>\"'.,;:!?)\]]",
    r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+",
    r"\d{1,4}(?:[/-]\d{1,2}){1,2}(?:[/-]\d{2,4})?(?![\w/])|MM/DD/YYYY|DD/MM/YYYY|MMDDYYYY",
    r"\d{1,2}(?::\d\d){0,2}[ ]?(?:[ap]\.m\.|[ap]m\b)|\d{1,2}(?::\d\d){1,2}",
    r"\w+\((?!s\)|es\))(?:[^()\n]|\([^()\n]{0,60}\)){0,120}\)" + _TAIL,
)
_FORMULAE = (
    r"(?<![\w.])" + _TERM + _TAIL[:-1] + "+(?![A-Za-z])",
    r"(?<![^\s(\"'])[^\s\"']{0,60}" + _SIGN + r"[^\s\"']*[^\s.,;:!?\"')]" + _TAIL + r"|(?<!\S)" + _SIGN + r"+(?!\S)",
)
_WORDS = (
    r"(?:I{1,3}|IV)(?=[ ]only\b|(?:,|,? and|,? or)[ ](?:I{1,3}|IV)\b)|(?:I{2,3}|IV)\b",
    r"(?<!['’.(-])[b-hj-z](?![\w'’-]|\.\w)|(?<=\w[ ])a(?=[ ](?:is|are|and|or|divides)\b|[,;)])",
    r"(?<!\.)[B-HJ-Z]\b(?!['’-]|\.\w)|(?<=[a-z,;][ ])A\b(?!-)|A(?=[ ](?:and|or)[ ][B-Z]\b)",
    r"(?=[A-Za-z]*\d)(?=[a-z0-9]*[A-Z])[A-Za-z0-9]+\b|[a-z]+[A-Z][A-Za-z]*\b",
    r"\w+\.(?:py|js|ts|java|cpp|sh|txt|csv|json|xml|html?|css|exe|jpe?g|png|gif|pdf|docx?|xlsx?|com|org|net)\b",
)

PIECES = "|".join(
    (
        rf"(?=[`$\\<&{{%\[_(])(?:{'|'.join(_SYMBOLS)})",
        rf"(?<!\w)(?=\w)(?:{'|'.join(_BEGUN)})",
        *_FORMULAE,
        rf"(?<!\w)(?=\w)(?:{'|'.join(_WORDS)})",
        STAND_IN + r"[a-z]*",
    )
)

NUMBER = r"\d+(?:[.,]\d+)*"


@lru_cache(maxsize=256)
def protected(also: str = "") -> re.Pattern[str]:
    """What stays as it is inside a sentence; `also` is a pattern of more, without groups, which goes first."""
    return re.compile(f"{also}|{PIECES}" if also else PIECES)


_CODE = re.compile(
    r"\s*(?:.*[;{}]|\}.*|(?:def|class) \w+.*:|(?:import|from) [\w.]+(?: import .+)?|#include.*|</?\w[^>]*>.*"
    r"|(?:for|while|if|elif|else|try|except|with)\b(?:.*[=<>()\[\]].*)?:|[ \t]+return\b.*|[\w.\[\]]+ [-+*/]?= .+"
    r"|[\w.]+\(.*\)|(?:SELECT|INSERT|UPDATE|DELETE|CREATE|FROM|WHERE|GROUP BY|ORDER BY|JOIN|LEFT JOIN)\b.*|#.*|//.*)\s*"
)


def is_code(text: str) -> bool:
    """Whether a text is a program: two lines of three, or more, are written like one."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and 3 * sum(_CODE.fullmatch(line) is not None for line in lines) >= 2 * len(lines)
