"""Demonstrations about the English language itself: a rhyme, a spelling or a synonym does not survive translation."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ABOUT: Mapping[str, str] = {
    "sound": r"rhym\w*|alliterat\w*|syllabl\w*|haikus?|limericks?|sonnets?|tongue[- ]twisters?|homophones?|homonyms?"
    r"|pronounc\w*|pronunciation|onomatopoeia\w*|iambic|puns?|wordplay|play on words",
    "spelling": r"spell(?:ed)?\b(?! out| of)|spellings?|misspell\w*|typos?|capitali[sz]\w*|upper ?case|lower ?case|"
    r"hyphenat\w*|apostrophes?|proofread\w*",
    "grammar": r"grammar|grammatical\w*|punctuat\w*|commas?|semi-?colons?|(?:past|present|future|perfect|verb) tense"
    r"|tenses|(?:passive|active) (?:voice|form|sentence)|(?:first|second|third)[- ]person|parts? of speech"
    r"|plurals?|singular|adjectives?|adverbs?|nouns?|pronouns?|verbs?|prepositions?|conjunctions?|conjugat\w*"
    r"|gerunds?|infinitives?|subordinate clauses?|compound sentences?|run-on|sentence fragments?|contractions?"
    r"|articles? (?:a|an|the)",
    "words": r"synonyms?|synonymous|antonyms?|prefix\w*|suffix\w*|etymolog\w*|idioms?|slang|portmanteaus?|thesaurus"
    r"|(?:rare|opposite|compound|root|single|one|new) words?|word (?:that|which) (?:means|starts|begins|ends)"
    r"|(?:replace|substitute|change|find|use|swap) (?:the|a|an) word|the words? ['\"]\w+|vocabulary words?",
    "letters": r"anagrams?|acronyms?|abbreviat\w*|palindromes?|letters? (?:of the alphabet|['\"]?[a-z]['\"]?(?!\w))"
    r"|(?:start|begin|end)(?:s|ing)? with (?:the )?(?:letter|['\"]?[a-z]['\"]?(?![\w']))|vowels?|consonants?"
    r"|alphabet\w*|unscramble\w*|scrabble|crossword\w*|hangman|word search|number of (?:letters|characters|words)",
    "translation": r"translat\w*|(?:in|into|to|from) (?:english|spanish|french|german|italian|latin|chinese|japanese"
    r"|arabic)(?! (?:cuisine|food|culture|history|literature|restaurants?|people))"
    r"|english (?:language|words?|sentences?|phrases?)",
}
_REASONS = {f"about {name}": re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for name, pattern in _ABOUT.items()}


def about_english(instruction: str) -> str | None:
    """Why the task that an instruction sets is about the English language, or about another one; None where it is not.

    Words are looked for in the instruction alone: a text to summarise may speak of grammar.
    """
    return next((reason for reason, pattern in _REASONS.items() if pattern.search(instruction)), None)
