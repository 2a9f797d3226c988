"""Vectors of sentences: what they are the mean of, and that nothing but the sentence matters to them."""

from __future__ import annotations

import string
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tiny_models import ENGLISH, GERMAN, Killed, byte_tokenizer, killed_after, tiny_model

from crossalpaca.errors import DataError
from crossalpaca.probing.retrieval import hits

if TYPE_CHECKING:
    from crossalpaca.decoding.local import LocalEngine
    from crossalpaca.probing.states import States

TEXTS = (*ENGLISH, *GERMAN)


def engine(kind: str = "Llama", *, bos: bool = True) -> LocalEngine:
    from crossalpaca.decoding.local import LocalEngine

    return LocalEngine(tiny_model(kind), byte_tokenizer(bos=bos))


def pooled(engine: LocalEngine, folder: Path, texts: Sequence[str] = TEXTS, size: int = 4) -> States:
    from crossalpaca.probing.states import pool

    return pool(engine, texts, size, folder, lambda *_: None)


@pytest.mark.parametrize("kind", ["Llama", "Qwen3"])
@pytest.mark.parametrize("size", [1, 3, 64])
def test_the_size_of_batches_changes_nothing(tmp_path: Path, kind: str, size: int) -> None:
    (tmp_path / "other").mkdir()
    one, other = pooled(engine(kind), tmp_path), pooled(engine(kind), tmp_path / "other", size=size)
    for layer in range(one.layers + 1):
        sides = [(states.layer(layer, ENGLISH), states.layer(layer, GERMAN)) for states in (one, other)]
        np.testing.assert_allclose(sides[0], sides[1], rtol=1e-5, atol=1e-5)  # float32, of values up to about 5
        found, expected = hits(*sides[1]), hits(*sides[0])
        assert all((found[place] == expected[place]).all() for place in expected)


def test_layer_0_is_the_mean_of_the_embeddings_without_the_special_token(tmp_path: Path) -> None:
    known = engine()
    ids = known.tokens.continuation(ENGLISH[0])
    table: Any = known.model.get_input_embeddings().weight
    expected = table[ids].mean(0).detach().numpy()
    np.testing.assert_allclose(pooled(known, tmp_path).layer(0, ENGLISH[:1])[0], expected, atol=1e-6)


@pytest.mark.parametrize("bos", [True, False])
def test_the_last_layer_is_the_mean_of_what_the_model_predicts_from(tmp_path: Path, bos: bool) -> None:
    import torch

    known = engine(bos=bos)
    ids = [0 if bos else 1, *known.tokens.continuation(GERMAN[1])]
    with torch.inference_mode():
        states = known.model.base_model(torch.tensor([ids])).last_hidden_state[0, 1:]
    found = pooled(known, tmp_path)
    np.testing.assert_allclose(found.layer(found.layers, GERMAN[1:2])[0], states.mean(0).numpy(), atol=2e-6)


def test_a_model_to_which_two_languages_are_one_finds_every_sentence_in_every_layer(tmp_path: Path) -> None:
    import torch

    known, other = engine(), [text.upper() for text in ENGLISH]
    table: Any = known.model.get_input_embeddings().weight
    with torch.no_grad():
        for letter in string.ascii_lowercase:
            upper, lower = (known.tokens.continuation(each)[0] for each in (letter.upper(), letter))
            table[upper] = table[lower]
    states = pooled(known, tmp_path, [*ENGLISH, *other])
    for layer in range(states.layers + 1):
        found = hits(states.layer(layer, ENGLISH), states.layer(layer, other))
        assert len(found) == 4
        assert all(each.all() for each in found.values())


def test_the_order_of_texts_and_repeated_ones_change_not_a_bit(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, other = pooled(engine(), tmp_path), pooled(engine(), tmp_path / "other", [*TEXTS[::-1], *ENGLISH])
    for layer in range(one.layers + 1):
        assert (one.layer(layer, TEXTS) == other.layer(layer, TEXTS)).all()


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_what_a_killed_run_left_is_not_computed_again_and_the_rest_is_the_same(tmp_path: Path, calls: int) -> None:
    from crossalpaca.probing.states import pool

    (tmp_path / "whole").mkdir()
    whole = pooled(engine(), tmp_path / "whole")
    with pytest.raises(Killed):
        pool(engine(), TEXTS, 4, tmp_path, killed_after(calls))
    left = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.npy")}
    (tmp_path / f"states-{calls + 1:05}.tmp").write_bytes(b"half")
    resumed = pooled(engine(), tmp_path)
    assert left
    assert all((tmp_path / name).stat().st_mtime_ns == time for name, time in left.items())
    assert [path.read_bytes() for path in resumed.paths] == [path.read_bytes() for path in whole.paths]


def test_a_sentence_beyond_the_window_is_named_before_anything_is_computed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1501 tokens does not fit the model's window of 1024: 'xxx"):
        pooled(engine(), tmp_path, [*TEXTS, "x" * 1500])
    assert not list(tmp_path.iterdir())
