"""BIG-Bench Hard taken apart: what each task's input holds besides text, and which tasks do not survive translation.

Headers, labels and answer words are those of the language files. Expressions and brackets stay. In the five tasks
about English itself the material stays English and only the instruction is translated: so their golds stay true, but
what they measure is no longer the language, and they are kept out of averages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crossalpaca.benchmarks.answers import folded
from crossalpaca.benchmarks.forms.rows import Row
from crossalpaca.languages import Language
from crossalpaca.translation.benchmarks.choices import merged
from crossalpaca.translation.benchmarks.drafts import Draft, Parts, Refused, answer_words, filled, option_parts
from crossalpaca.translation.collation import collated, disputed, sortable
from crossalpaca.translation.items import Unit


@dataclass(frozen=True, slots=True)
class Handling:
    """What is special about the inputs of a task.

    Attributes:
        kept: a pattern of what stays as it is.
        options_kept: the options are names, or material in English.
        titles: options with a capital are names of people, books or positions, which stay wherever they occur.
        names: words with a capital that occur again are people and things of a puzzle, and none may change.
        listed: the options are words that many items share, so each is translated by itself, the same everywhere.
        terms: a pattern with one group: words that must stay different, though the options do not show them.
        named: what tells an option from the others must occur in the text above the options.
        excluded: why the task is kept out of averages.
    """

    kept: str = ""
    options_kept: bool = False
    titles: bool = False
    names: bool = False
    listed: bool = False
    terms: str = ""
    named: bool = False
    excluded: str = ""


_COLOURS = (
    "red|orange|yellow|green|blue|brown|magenta|fuchsia|mauve|teal|turquoise|burgundy|silver|gold|black|grey|purple"
    "|pink"
)
_ENTITIES = Handling(titles=True, names=True, named=True)
HANDLING: Mapping[str, Handling] = {
    "disambiguation_qa": Handling(
        r"(?<=Sentence: ).+", True, excluded="pronouns that are ambiguous in English are not in other languages"
    ),
    "dyck_languages": Handling(r"[][(){}<>](?:[ ]?[][(){}<>])*"),
    "formal_fallacies": Handling(names=True),
    "geometric_shapes": Handling(listed=True),
    "hyperbaton": Handling(options_kept=True, excluded="the order of adjectives is English grammar"),
    "logical_deduction_five_objects": _ENTITIES,
    "logical_deduction_seven_objects": _ENTITIES,
    "logical_deduction_three_objects": _ENTITIES,
    "movie_recommendation": Handling(r"(?<=similar to ).+(?=:)", True),
    "multistep_arithmetic_two": Handling(r"(?s:.+)"),
    "penguins_in_a_table": Handling(r"\b[A-Z]\w+(?:, \d+){3}(?: [A-Z]\w+(?:, \d+){3})*", titles=True, names=True),
    "reasoning_about_colored_objects": Handling(
        listed=True,
        terms=rf"\b(?:{_COLOURS}) ((?!and\b|or\b|nor\b)[a-z]+(?: (?!and\b|or\b|on\b|to\b)[a-z]+)*)(?=,|\.| and )",
    ),
    "ruin_names": Handling(r"(?<=: )'.+'", True, excluded="the puns are on English spelling"),
    "salient_translation_error_detection": Handling(
        r"(?<=Source: ).+|(?<=Translation: ).+", excluded="the translations to judge are into English"
    ),
    "snarks": Handling(options_kept=True, excluded="irony in single English sentences is lost or gained on the way"),
    "sports_understanding": Handling(r'(?<=")[A-Z][\w.\'’-]+(?: [A-Z][\w.\'’-]+)+'),
    "temporal_sequences": Handling(names=True),
    "tracking_shuffled_objects_five_objects": _ENTITIES,
    "tracking_shuffled_objects_seven_objects": _ENTITIES,
    "tracking_shuffled_objects_three_objects": _ENTITIES,
    "web_of_lies": Handling(names=True),
}
"""Tasks with anything special; the others are text above options.

`draft` takes boolean_expressions and word_sorting apart in ways of their own.
"""

EXCLUDED: Mapping[str, str] = {task: each.excluded for task, each in HANDLING.items() if each.excluded}
"""Tasks that are kept out of averages, and why."""

_LETTERED = re.compile(r"(\([A-Z]\)[ ]*)(.*?)([ ]*)")
_LISTED = re.compile(r"(-[ ]*)(.*?)([ ]*)")
_TRUTH = re.compile(r"\b(True|False)\b")
_CAPITALISED = re.compile(r"(?<![\w'])[A-ZÀ-Þ]\w+")
_MIDDLE = re.compile(r"(?<=[a-z,;] )[A-ZÀ-Þ]\w+")


def draft(row: Row, source: Language, target: Language) -> Draft:
    """The input without headers, labels, answer words and what its task keeps."""
    handling = HANDLING.get(row.task, Handling())
    gold = answer_words(row.gold.strip(), source, target) or row.gold.strip()
    if row.task == "boolean_expressions":
        stays = _TRUTH.sub(lambda match: target.answers[match[0].lower()], row.question)
        return Draft(Unit(()), (stays,), (), gold)
    if row.task == "word_sorting":
        return _sorting(row)
    body, lines = _parted(row.question, source)
    texts: list[str] = []
    parts: list[str | int] = []
    header = f"{source.labels['question']}: "
    if body.startswith(header):
        parts.append(f"{target.labels['question']}: ")
    parts.append(0)
    texts.append(body.removeprefix(header))
    if lines:
        parts.append(f"\n{target.labels['options']}:")
    options: list[Parts] = []
    for mark, option, end in lines:
        words = option if handling.options_kept else answer_words(option, source, target)
        options.append(option_parts(option, words, texts))
        parts += [f"\n{mark}", *options[-1], end]
    titles = [option for _, option, _ in lines if handling.titles and _is_title(option)]
    kept = "|".join(filter(None, (handling.kept, _any_of(titles))))
    terms = sorted(set(re.findall(handling.terms, body))) if handling.terms else []
    unit = Unit(
        (*texts, *terms), kept, _any_of(_names(row.question, titles) if handling.names else ()), handling.listed
    )
    return Draft(unit, tuple(parts), tuple(options), gold, len(terms))


def _is_title(option: str) -> bool:
    """A name, of a person, a book or a position, and no sentence about one, as logical_deduction has them."""
    return option[:1].isupper() and re.search(r"\b(?:is|are|was|were|finished)\b", option) is None


def _parted(question: str, source: Language) -> tuple[str, list[tuple[str, str, str]]]:
    """What stands above the options, and the mark, text and end of each option's line."""
    header = f"\n{source.labels['options']}:"
    body, found, rest = question.rpartition(header)
    options = []
    for line in rest.strip("\n").split("\n") if found else []:
        match = _LETTERED.fullmatch(line) or _LISTED.fullmatch(line)
        if match is None:
            return question, []
        options.append((match[1], match[2], match[3]))
    return (body, options) if options else (question, [])


def _names(text: str, titles: Sequence[str]) -> list[str]:
    """Words with a capital that occur twice, once or more inside a sentence: the people and things of a puzzle."""
    for title in titles:
        text = text.replace(title, "")
    counts = Counter(_CAPITALISED.findall(text))
    return sorted({word for word in _MIDDLE.findall(text) if counts[word] > 1})


def _any_of(words: Sequence[str]) -> str:
    """A pattern of whole words, the longest first; empty where there are none."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)" if ordered else ""


def _sorting(row: Row) -> Draft:
    """The instruction, the word before the list, and each word of the list by itself."""
    instruction, _, words = row.question.rpartition("List:")
    return Draft(Unit((instruction.strip(), "List", *words.split()), alone=True), (0, " ", 1, ": "), (), row.gold)


def finished(row: Row, draft: Draft, texts: tuple[str, ...], source: Language) -> Row | Refused:
    """The translated row, or why it is none."""
    if row.task == "word_sorting":
        return _sorted(row, draft, texts)
    originals = tuple(option for _, option, _ in _parted(row.question, source)[1])
    options = tuple(filled(parts, texts) for parts in draft.options)
    if twins := merged(originals, options):
        return Refused("options-merged", twins)
    if draft.terms and (twins := _merged_terms(draft.unit.texts[-draft.terms :], texts[-draft.terms :])):
        return Refused("terms-merged", twins)
    if HANDLING.get(row.task, Handling()).named and (stranger := _stranger(texts[0], options)):
        return Refused("option-not-in-text", stranger)
    return replace(row, question=filled(draft.question, texts), gold=draft.gold)


def _merged_terms(originals: Sequence[str], terms: Sequence[str]) -> str:
    """Two words that have become one, and are no singular and plural; empty where there are none."""
    singular = tuple(re.sub(r"s\b", "", original) for original in originals)
    return merged(singular, tuple(terms))


def _sorted(row: Row, draft: Draft, texts: tuple[str, ...]) -> Row | Refused:
    """The row of a list with its gold sorted again."""
    words = [sortable(*pair) for pair in zip(texts[2:], draft.unit.texts[2:], strict=True)]
    doubled = [word for word, count in Counter(words).items() if count > 1]
    if doubled:
        return Refused("words-merged", f"{doubled[0]!r} twice")
    if disputed(words):
        return Refused("order-disputed", "a dictionary may order accented letters in another way")
    return replace(row, question=filled(draft.question, texts) + " ".join(words), gold=" ".join(collated(words)))


def _stranger(body: str, options: Sequence[str]) -> str:
    """A word that tells an option from another and of which the text has no form; empty where there is none.

    Forms of a word begin alike: with all but two of its letters, and at least four.
    """
    words = [re.findall(r"[^\W\d_]{4,}", folded(option)) for option in options]
    joined = [" ".join(each) for each in words]
    text = folded(body)
    for each in words:
        for stem in sorted({word[: max(4, len(word) - 2)] for word in each}):
            if stem not in text and not all(stem in option for option in joined):
                return f"{stem!r}"
    return ""
