"""Folders made by CTranslate2's converters: NLLB, MADLAD and OPUS-MT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from crossalpaca.errors import InputError
from crossalpaca.sources.files import read_json
from crossalpaca.store import file_sha256
from crossalpaca.translation.engines import missing
from crossalpaca.translation.limits import Limits

LIMITS = Limits(texts=64, size=16_000)
_END = "</s>"
_BEAM = 4
_NLLB = {"ar": "arb_Arab", "ca": "cat_Latn", "de": "deu_Latn", "el": "ell_Grek", "en": "eng_Latn", "es": "spa_Latn"}
_NLLB |= {"fr": "fra_Latn", "hi": "hin_Deva", "it": "ita_Latn", "pt": "por_Latn", "ro": "ron_Latn", "ru": "rus_Cyrl"}
_NLLB |= {"th": "tha_Thai", "tr": "tur_Latn", "vi": "vie_Latn", "zh-Hans": "zho_Hans", "zh-Hant": "zho_Hant"}
_MADLAD = {"zh-Hans": "zh", "zh-Hant": "zh_Hant"}


@dataclass(frozen=True)
class CTranslate2:
    """A model in a folder, with its SentencePiece models beside it; which family it is shows in their names."""

    folder: Path
    limits: Limits = LIMITS
    price: float = 0.0
    keeps_markup: bool = False
    one_sentence: bool = True  # NLLB drops sentences of longer texts

    @property
    def name(self) -> str:
        """The folder's name is part of it."""
        return f"ctranslate2/{self.folder.resolve().name}"

    def version(self, source: str, target: str) -> str:
        """A hash of the weights."""
        return self._hash

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        """One batch, by beam search."""
        before, prefix = self._marks(source, target)
        end = [] if self._config.get("add_source_eos") else [_END]
        pieces = [[*before, *self._encoder.encode(text, out_type=str), *end] for text in texts]
        answers = self._model.translate_batch(
            pieces, target_prefix=[prefix] * len(pieces) if prefix else None, beam_size=_BEAM
        )
        found = [[token for token in answer.hypotheses[0][len(prefix) :] if token != _END] for answer in answers]
        return [str(self._decoder.decode(tokens)).strip() for tokens in found]

    def _marks(self, source: str, target: str) -> tuple[list[str], list[str]]:
        """What tells the model the languages: before the source, and at the target's beginning."""
        if (self.folder / "source.spm").is_file():  # OPUS-MT: a pair, or many targets of a group
            words = self._vocabulary
            code = next((mark for mark in (f">>{target}<<", f">>{_NLLB.get(target, '')[:3]}<<") if mark in words), None)
            return ([code] if code else []), []
        if (self.folder / "sentencepiece.bpe.model").is_file():
            for language in (source, target):
                if language not in _NLLB:
                    raise InputError(f"{self.name}: does not know the language {language}")
            return [_NLLB[source]], [_NLLB[target]]
        return [f"<2{_MADLAD.get(target, target)}>"], []

    @cached_property
    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = read_json(self.folder / "config.json")
        return config

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        for name in ("source_vocabulary.json", "shared_vocabulary.json"):
            if (self.folder / name).is_file():
                return frozenset(read_json(self.folder / name))
        raise InputError(f"{self.name}: no source_vocabulary.json in its folder; convert the model with CTranslate2 4")

    @cached_property
    def _hash(self) -> str:
        return file_sha256(self.folder / "model.bin")[:12]

    @cached_property
    def _model(self) -> Any:
        import ctranslate2

        try:
            return ctranslate2.Translator(str(self.folder))
        except (RuntimeError, ValueError) as error:
            raise InputError(f"{self.name}: the model cannot be loaded ({error}); convert it again") from None

    @cached_property
    def _encoder(self) -> Any:
        return _pieces(self.folder, ("source.spm", *_SHARED))

    @cached_property
    def _decoder(self) -> Any:
        return _pieces(self.folder, ("target.spm", *_SHARED))


_SHARED = ("sentencepiece.bpe.model", "spiece.model", "sentencepiece.model")


def engine(argument: str) -> CTranslate2:
    """The engine of a folder.

    Raises:
        InputError: it holds no converted model with its SentencePiece model, or the library is not installed.
    """
    folder = Path(argument)
    for name in ("model.bin", "config.json"):
        if not argument or not (folder / name).is_file():
            raise InputError(
                f"ctranslate2:{argument}: no {name} there; name a folder that ct2-transformers-converter made"
            )
    if not any((folder / name).is_file() for name in ("source.spm", *_SHARED)):
        raise InputError(f"ctranslate2:{argument}: copy the model's SentencePiece file there, such as source.spm")
    try:
        import ctranslate2  # noqa: F401
    except ImportError:
        raise missing("ctranslate2", "ctranslate2") from None
    return CTranslate2(folder)


def _pieces(folder: Path, names: Sequence[str]) -> Any:
    """The SentencePiece model of the first of these names.

    Raises:
        InputError: it is not there, or no model.
    """
    import sentencepiece

    path = next((folder / name for name in names if (folder / name).is_file()), folder / names[0])
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError):
        raise InputError(f"{path}: is not there, or no SentencePiece model; copy it from the original model") from None
