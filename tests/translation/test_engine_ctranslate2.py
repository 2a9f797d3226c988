"""CTranslate2 with a tiny model of random weights: what it says means nothing, but the way there and back is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossalpaca.errors import InputError
from crossalpaca.translation.engines import engine

TEXTS = ["The house is red.", "A cat sees a dog.", "Two words"]
NLLB_CODES = ["eng_Latn", "spa_Latn"]


def filled(spec: Any, size: int, width: int) -> None:
    """Random weights for every variable of a specification of one layer."""
    generator = np.random.default_rng(0)

    def of(*shape: int) -> Any:
        return generator.normal(0, 0.1, shape).astype(np.float32)

    def linear(layer: Any, rows: int, columns: int) -> None:
        layer.weight, layer.bias = of(rows, columns), of(rows)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(width, np.float32), np.zeros(width, np.float32)

    def attention(layer: Any, first: int) -> None:
        norm(layer.layer_norm)
        linear(layer.linear[0], first * width, width)
        for each in layer.linear[1:-1]:
            linear(each, 2 * width, width)
        linear(layer.linear[-1], width, width)

    for side in (spec.encoder, spec.decoder):
        embeddings = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        embeddings.weight = of(size, width)
        (layer,) = side.layer
        attention(layer.self_attention, 3)
        norm(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, 2 * width, width)
        linear(layer.ffn.linear_1, width, 2 * width)
        norm(side.layer_norm)
    attention(spec.decoder.layer[0].attention, 1)
    linear(spec.decoder.projection, size, width)


def converted(folder: Path, pieces: str, marks: list[str]) -> None:
    """A folder as the converters make them, with SentencePiece models of these file names."""
    specs = pytest.importorskip("ctranslate2", reason="the extra ctranslate2 is not installed").specs
    import sentencepiece

    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(TEXTS * 5), encoding="utf-8")
    for name in pieces.split(" "):
        prefix = str(folder / "trained")
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=prefix, vocab_size=40, minloglevel=2, hard_vocab_limit=False
        )
        (folder / "trained.model").rename(folder / name)
    model = sentencepiece.SentencePieceProcessor(model_file=str(folder / pieces.split(" ", maxsplit=1)[0]))
    vocabulary = [model.id_to_piece(number) for number in range(model.vocab_size())] + marks
    spec = specs.TransformerSpec.from_config(num_layers=1, num_heads=2)
    filled(spec, len(vocabulary), 16)
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.validate()
    spec.save(str(folder))


@pytest.mark.parametrize(
    ("pieces", "marks"),
    [
        ("source.spm target.spm", []),
        ("source.spm target.spm", [">>es<<"]),
        ("sentencepiece.bpe.model", NLLB_CODES),
        ("spiece.model", ["<2es>"]),
    ],
    ids=["OPUS-MT", "OPUS-MT of many targets", "NLLB", "MADLAD"],
)
def test_every_family(tmp_path: Path, pieces: str, marks: list[str]) -> None:
    converted(tmp_path, pieces, marks)
    made = engine(f"ctranslate2:{tmp_path}")
    translations = made.translate(TEXTS, "en", "es")
    assert len(translations) == len(TEXTS)
    assert translations == [made.translate([text], "en", "es")[0] for text in TEXTS]
    assert not any(mark in text for text in translations for mark in (*marks, "</s>", "▁"))
    assert made.one_sentence
    assert len(made.version("en", "es")) == 12


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("shared_vocabulary.json", None, "no source_vocabulary.json in its folder"),
        ("model.bin", b"no model", "the model cannot be loaded"),
        ("config.json", b"{", "not JSON"),
        ("source.spm", b"no pieces", "no SentencePiece model"),
        ("target.spm", None, r"target\.spm: is not there"),
    ],
)
def test_a_folder_that_is_not_whole_is_one_line(tmp_path: Path, file: str, content: bytes | None, said: str) -> None:
    converted(tmp_path, "source.spm target.spm", [])
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        engine(f"ctranslate2:{tmp_path}").translate(TEXTS, "en", "es")
    assert "\n" not in str(caught.value)


def test_a_language_that_nllb_does_not_have(tmp_path: Path) -> None:
    converted(tmp_path, "sentencepiece.bpe.model", NLLB_CODES)
    with pytest.raises(InputError, match="does not know the language xx"):
        engine(f"ctranslate2:{tmp_path}").translate(["a"], "en", "xx")
