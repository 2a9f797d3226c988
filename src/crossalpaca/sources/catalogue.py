"""Known parallel corpora and instruction sets: what they hold, under which licence, and where they are kept.

A list for people, and for the licences in cards. Nothing here downloads: files are given to an experiment by path, or
as `hub:OWNER/NAME@COMMIT:PATH`. What could not be checked against the publisher's page is named in `unverified`; an
empty text says that it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Corpus:
    """A collection of sentence pairs with English.

    Attributes:
        id: what it is called here.
        name: its name and version.
        languages: codes of the languages beside English, of those that the project knows.
        pairs: language to the rough number of pairs, where known.
        licence: as its publisher states it.
        home: its page.
        hub: `owner/name` on the hub.
        refused: why it must not be trained on; empty where it may.
        unverified: fields that were not checked.
    """

    id: str
    name: str
    languages: tuple[str, ...]
    licence: str
    home: str
    hub: str = ""
    pairs: Mapping[str, int] = field(default_factory=dict)
    refused: str = ""
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstructionSet:
    """Instruction-following demonstrations in Alpaca form.

    Attributes:
        id: what it is called here.
        language: code.
        paper: the set that the paper used for this language.
        licence, home, hub, unverified: as for `Corpus`.
        note: what to know before using it.
    """

    id: str
    language: str
    paper: bool
    licence: str
    home: str
    hub: str = ""
    note: str = ""
    unverified: tuple[str, ...] = ()


_OPUS = "https://opus.nlpl.eu"
_EUROPEAN = ("de", "el", "es", "it", "ro")
_WIDE = ("ar", "de", "el", "es", "hi", "it", "ro", "ru", "th", "tr", "vi", "zh-Hans")

CORPORA: Mapping[str, Corpus] = {
    corpus.id: corpus
    for corpus in (
        Corpus(
            "news-commentary",
            "News Commentary, the paper's corpus",
            ("ar", "de", "es", "hi", "it", "ru", "zh-Hans"),
            "",
            f"{_OPUS}/News-Commentary",
            "Helsinki-NLP/news_commentary",
            {"ar": 83_000, "de": 223_000, "es": 239_000, "it": 40_000, "zh-Hans": 69_000},
            unverified=("languages", "home"),
        ),
        Corpus(
            "opus-100",
            "OPUS-100, a sample of OPUS",
            _WIDE,
            "unknown",
            f"{_OPUS}/opus-100.php",
            "Helsinki-NLP/opus-100",
            dict.fromkeys(("ar", "de", "es", "it", "zh-Hans"), 1_000_000),
            unverified=("home", "pairs"),
        ),
        Corpus(
            "tatoeba",
            "Tatoeba, short sentences by volunteers",
            _WIDE,
            "CC BY 2.0 FR",
            "https://tatoeba.org/downloads",
            unverified=("licence", "home"),
        ),
        Corpus(
            "newstest",
            "WMT news test sets 2009-2019",
            ("de", "es", "it", "ru", "zh-Hans"),
            "research use",
            "https://github.com/Helsinki-NLP/OPUS-MT-testsets",
            pairs={"de": 29_000, "es": 13_000, "it": 2_500},
            unverified=("licence",),
        ),
        Corpus(
            "europarl",
            "Europarl, proceedings of the European Parliament",
            _EUROPEAN,
            "no restriction known to its publisher",
            "https://www.statmt.org/europarl/",
            pairs={"de": 1_900_000, "es": 1_900_000, "it": 1_900_000},
            unverified=("licence", "pairs"),
        ),
        Corpus(
            "un",
            "United Nations Parallel Corpus v1.0",
            ("ar", "es", "ru", "zh-Hans"),
            "free with attribution to the United Nations, no warranty",
            "https://conferences.unite.un.org/uncorpus",
            unverified=("home",),
        ),
        Corpus(
            "ted2020",
            "TED2020, subtitles of talks",
            _WIDE,
            "CC BY-NC-ND 4.0 (the talks)",
            f"{_OPUS}/TED2020.php",
            unverified=("languages",),
        ),
        Corpus(
            "flores-200",
            "FLORES-200, a test set for translation",
            _WIDE,
            "CC BY-SA 4.0",
            "https://github.com/facebookresearch/flores",
            pairs=dict.fromkeys(_WIDE, 1_012),
            refused="it measures alignment and translation; a model that was trained on it cannot be measured with it",
            unverified=("home",),
        ),
    )
}

_ALPACA = "CC BY-NC 4.0 (Alpaca)"

INSTRUCTION_SETS: Mapping[str, InstructionSet] = {
    each.id: each
    for each in (
        InstructionSet(
            "stanford-alpaca",
            "en",
            True,
            "CC BY-NC 4.0",
            "https://github.com/tatsu-lab/stanford_alpaca",
            "tatsu-lab/alpaca",
        ),
        InstructionSet(
            "traditional-chinese-alpaca",
            "zh-Hant",
            True,
            "research use",
            "https://github.com/ntunlplab/traditional-chinese-alpaca",
            note="Traditional Chinese by gpt-3.5-turbo",
        ),
        InstructionSet(
            "alpaca-chinese",
            "zh-Hans",
            False,
            "",
            "https://github.com/carbonz0/alpaca-chinese-dataset",
            note="Simplified Chinese",
        ),
        InstructionSet(
            "yasbok",
            "ar",
            True,
            "unknown",
            "https://huggingface.co/datasets/Yasbok/Alpaca_arabic_instruct",
            "Yasbok/Alpaca_arabic_instruct",
        ),
        InstructionSet(
            "camoscio",
            "it",
            True,
            "",
            "https://github.com/teelinsan/camoscio",
            "teelinsan/camoscio_cleaned",
            "by gpt-3.5-turbo; the hub has a cleaned version of it",
        ),
        InstructionSet(
            "guanaco",
            "es",
            True,
            "GPL-3.0",
            "https://huggingface.co/datasets/JosephusCheung/GuanacoDataset",
            "JosephusCheung/GuanacoDataset",
            "several languages in one; descriptions of it name en, zh, ja and de, not es: look before you use it",
            ("licence",),
        ),
        InstructionSet(
            "alpaca-spanish",
            "es",
            False,
            "",
            "https://huggingface.co/datasets/bertin-project/alpaca-spanish",
            "bertin-project/alpaca-spanish",
        ),
        InstructionSet(
            "german-alpaca",
            "de",
            True,
            _ALPACA,
            "https://github.com/thisserand/alpaca-lora-finetune-language",
            note="12,000 rows by DeepL, aligned with their English originals",
            unverified=("licence",),
        ),
        InstructionSet(
            "alpaca-greek",
            "el",
            False,
            _ALPACA,
            "https://huggingface.co/datasets/iamshnoo/alpaca-cleaned-greek",
            "iamshnoo/alpaca-cleaned-greek",
            unverified=("licence",),
        ),
        InstructionSet(
            "alpaca-hindi",
            "hi",
            False,
            _ALPACA,
            "https://huggingface.co/datasets/iamshnoo/alpaca-cleaned-hindi",
            "iamshnoo/alpaca-cleaned-hindi",
            unverified=("licence",),
        ),
        InstructionSet(
            "ru-turbo-alpaca",
            "ru",
            False,
            "CC BY 4.0",
            "https://huggingface.co/datasets/IlyaGusev/ru_turbo_alpaca",
            "IlyaGusev/ru_turbo_alpaca",
            "29,822 rows by gpt-3.5-turbo, whose terms forbid competing models; a field `label` rates some of them",
        ),
        InstructionSet(
            "turkish-alpaca",
            "tr",
            False,
            "Apache-2.0",
            "https://huggingface.co/datasets/TFLai/Turkish-Alpaca",
            "TFLai/Turkish-Alpaca",
        ),
        InstructionSet(
            "vi-alpaca",
            "vi",
            False,
            "",
            "https://huggingface.co/datasets/bkai-foundation-models/vi-alpaca",
            "bkai-foundation-models/vi-alpaca",
        ),
    )
}
