"""Whether a completion is evidently in another language than its item's.

Two kinds of evidence count. Neither speaks up where a text is short, so that the share of completions found is a lower
bound:

- **Script**: more than half of the letters, and at least ten, are of another script than the language's. A Chinese
  character counts for three letters, about what it stands for. Where the language is not written in Latin letters,
  Latin words that begin with a capital are left out: names keep their spelling.
- **Words**, for languages in Latin letters: among at least fifteen letters, the language identifier py3langid (naive
  Bayes over byte sequences, BSD-3-Clause, its model inside the package) gives the item's language less than 1 in 200.
  It chooses between that language and English; for English items, between English and all the known languages in
  Latin letters.

Languages of one script other than Latin are not told apart: Russian and Bulgarian, simplified and traditional Chinese.
"""

from __future__ import annotations

import re
from copy import copy
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from crossalpaca.languages import Language, languages
from crossalpaca.languages.scripts import SCRIPTS, letter_script

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LETTERS_OF_SCRIPT = 10
_LETTERS_OF_WORDS = 15
_OWN_PROBABILITY = 0.005
_LETTERS_A_CHINESE_CHARACTER = 3
_WORD = re.compile(r"[^\W\d_]+")


def off_target(completion: str, language: Language) -> bool:
    """True if the completion is evidently not in the language; False where it is, and where it is too short to tell."""
    if language.script not in SCRIPTS:
        return False
    own, foreign = _letters(completion, language.script)
    if foreign >= _LETTERS_OF_SCRIPT and foreign > own:
        return True
    return (
        language.script == "Latn"
        and own >= _LETTERS_OF_WORDS
        and _own_probability(completion, language.code) < _OWN_PROBABILITY
    )


def _letters(text: str, script: str) -> tuple[int, int]:
    """Letters of the script and letters of others, names in Latin letters left out of the others."""
    own = foreign = 0
    for match in _WORD.finditer(text):
        word = match.group()
        scripts = [letter_script(letter) for letter in word]
        name = word[0].isupper() and scripts[0] == "LATIN"
        for found in scripts:
            weight = _LETTERS_A_CHINESE_CHARACTER if found == "CJK" else 1
            if found in SCRIPTS[script]:
                own += weight
            elif not name:
                foreign += weight
    return own, foreign


@lru_cache(maxsize=2**16)  # scores by task, and over sound items, ask for the same completions again
def _own_probability(text: str, code: str) -> float:
    """How likely the text is in the language of the code rather than in those it is told from, 0 to 1."""
    latin = (language.code for language in languages().values() if language.script == "Latn")
    rivals = latin if code == "en" else ("en",)
    ranked = _identifier(tuple(sorted({code, *rivals}))).rank(text)
    return float(dict(ranked)[code])


@cache
def _identifier(codes: tuple[str, ...]) -> LanguageIdentifier:
    chosen = copy(identifier())
    chosen.set_languages(codes)
    return chosen


@cache
def identifier() -> LanguageIdentifier:
    """The identifier of all languages, which takes half a second to load; copy it to choose among some of them."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
