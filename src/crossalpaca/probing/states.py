"""Sentences as vectors: the mean of a model's hidden states over the sentence's own tokens, in every layer.

The text is read alone, without a prompt template, behind one special token that is no part of the mean: the tokenizer's
BOS, or its EOS where there is no BOS. It is put there even where the tokenizer would not, because the first position of
a decoder takes up attention that goes nowhere and has states of a size of its own (Sun et al. 2024, "Massive
Activations in Large Language Models", arXiv 2402.17762), which would outweigh the words in a mean.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from crossalpaca.decoding.local import LocalEngine
from crossalpaca.errors import DataError

TOKENS_AT_ONCE = 1024  # the states of all layers at once are what takes memory; more is not faster on a processor

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts that go through the model together: their tokens, the special one first, and the file of their states."""

    tokens: Sequence[Sequence[int]]
    path: Path


@dataclass(frozen=True, slots=True)
class States:
    """The vectors of texts on disk, in batches: layer by layer they are read back, so that one layer is in memory.

    Attributes:
        places: text to its row among all batches.
        paths: of the batches, each a file of [layers + 1, batch, width] in float32.
    """

    places: dict[str, int]
    paths: Sequence[Path]

    @property
    def layers(self) -> int:
        """Layers of the model; there is one more set of vectors, that of the embeddings."""
        return int(np.load(self.paths[0], mmap_mode="r").shape[0]) - 1

    def layer(self, number: int, texts: Sequence[str]) -> Matrix:
        """The vectors [texts, width] of one layer: 0 are the embeddings, the last one is behind the final norm."""
        whole = np.concatenate([np.load(path, mmap_mode="r")[number] for path in self.paths])
        found: Matrix = whole[[self.places[text] for text in texts]]
        return found


def pool(
    engine: LocalEngine, texts: Sequence[str], size: int, folder: Path, progress: Callable[[int, int], None]
) -> States:
    """The vectors of texts, each distinct one computed once; each finished batch is on disk before the next begins.

    Batches depend on the texts alone, neither on their order nor on what an earlier run left in `folder`.

    Args:
        engine: the model.
        texts: sentences.
        size: texts that go through the model together at most.
        folder: for the vectors; batches that are there are not computed again.
        progress: told at the start and after each batch how many of how many texts are done.

    Raises:
        DataError: a sentence does not fit the model's window.
    """
    ordered, tokens = _by_length(engine, texts)
    batches = list(_batches(tokens, size, folder))
    left = [batch for batch in batches if not batch.path.exists()]
    done = len(ordered) - sum(len(batch.tokens) for batch in left)
    progress(done, len(ordered))
    for batch in left:
        _write(batch.path, _pooled(engine.model, batch.tokens))
        done += len(batch.tokens)
        progress(done, len(ordered))
    return States({text: place for place, text in enumerate(ordered)}, [batch.path for batch in batches])


def _by_length(engine: LocalEngine, texts: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """The distinct texts and their tokens, the shortest first, so that little is padded."""
    tokenizer: Any = engine.tokens.tokenizer
    before = tokenizer.bos_token_id
    first = tokenizer.eos_token_id if before is None else before
    tokens = {text: [first, *engine.tokens.continuation(text)] for text in texts}
    ordered = sorted(tokens, key=lambda text: (len(tokens[text]), text))
    longest = ordered[-1]
    if len(tokens[longest]) > engine.window:
        raise DataError(
            f"a sentence of {len(tokens[longest])} tokens does not fit the model's window of {engine.window}: "
            f"{longest[:60]!r}; leave it out of the files to probe with"
        )
    return ordered, [tokens[text] for text in ordered]


def _batches(tokens: Sequence[Sequence[int]], size: int, folder: Path) -> Iterator[Batch]:
    """Batches of at most `size` texts and `TOKENS_AT_ONCE` tokens with the padding, or of one text that has more."""
    held: list[Sequence[int]] = []
    number = 0
    for each in tokens:
        if held and (len(held) == size or (len(held) + 1) * len(each) > TOKENS_AT_ONCE):
            yield Batch(held, folder / f"states-{number:05}.npy")
            held, number = [], number + 1
        held.append(each)
    yield Batch(held, folder / f"states-{number:05}.npy")


@torch.inference_mode()
def _pooled(model: Any, tokens: Sequence[Sequence[int]]) -> Matrix:
    """[layers + 1, batch, width]: means over each text's tokens but the first; sums are made in float32."""
    longest = max(map(len, tokens))
    device = model.device
    ids = torch.tensor([[*each, *[0] * (longest - len(each))] for each in tokens], device=device)
    # Padding stands behind the text, where a decoder's tokens do not look.
    mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in tokens], device=device)
    found = model.get_decoder()(input_ids=ids, attention_mask=mask, use_cache=False, output_hidden_states=True)
    own = mask.clone()
    own[:, 0] = 0
    shares = own / own.sum(1, keepdim=True).clamp(min=1)
    means = [torch.einsum("bt,btw->bw", shares, states.float()) for states in found.hidden_states]
    pooled: Matrix = torch.stack(means).cpu().numpy()
    return pooled


def _write(path: Path, array: Matrix) -> None:
    """Writes a file that is there whole or not at all."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
