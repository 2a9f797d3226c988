"""Answers that are decoded together, in rows: those to questions on one passage share its keys and values.

An answer sees the columns of its own prompt and those of its own tokens, each token at its own position. A step takes
one token of every answer that has not ended; no other is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from transformers.cache_utils import Cache

from crossalpaca.decoding.attention import Band, Places, added, bands, folded
from crossalpaca.decoding.cache import RowLayer
from crossalpaca.prefix_tree import common_prefix
from crossalpaca.tree_masks import Masks, layer_masks

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from crossalpaca.decoding.prefill import Prefilled

_ANSWERS = 8  # of a row: each adds a column a step, which all of them read past
_SHARED = 128  # tokens: prompts that share fewer, or less than half, are better off in rows of their own
_STEPS = 32  # that a cache has room for; then it is laid out anew, without the columns that nobody sees any more


@dataclass(slots=True)
class Answer:
    """An answer on its way.

    Attributes:
        request: index of the request.
        position: of the newest token in its sequence.
        limit: tokens of the answer at most.
        tokens: the answer so far, without what ends it.
        going: it has not ended.
    """

    request: int
    position: int
    limit: int
    tokens: list[int] = field(default_factory=list)
    going: bool = True

    def take(self, token: int, stop: frozenset[int]) -> None:
        """Adds the next token, which may end the answer."""
        if token in stop:
            self.going = False
            return
        self.tokens.append(token)
        self.going = len(self.tokens) < self.limit


Begun = tuple[Answer, Sequence[int]]
"""An answer with its first token, and the nodes of its prompt."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row that is to enter: the forest that holds its prompts, and its answers."""

    prefilled: Prefilled
    begun: Sequence[Begun]

    @property
    def nodes(self) -> list[int]:
        """The nodes of all prompts, in order."""
        return sorted({node for _, path in self.begun for node in path})


def arrivals(prefilled: Prefilled, begun: Sequence[Begun]) -> Iterator[Arrival]:
    """The answers of one forest in rows, of which neighbours share the most; those on one passage stand in one row."""
    row: list[Begun] = []
    for answer, path in begun:
        shared = common_prefix(row[0][1], path) if row else 0
        if row and (len(row) == _ANSWERS or shared < _SHARED or 2 * shared < len(path)):
            yield Arrival(prefilled, row)
            row = []
        row.append((answer, path))
    if row:
        yield Arrival(prefilled, row)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as it is to be laid out.

    Attributes:
        answers: those of it that have not ended.
        visible: [answers, columns], which columns each sees.
        positions: [columns], of each column's token in its sequence.
        layers: keys and values [heads, columns of the source, size] of each layer.
        columns: [columns], their places in the source.
    """

    answers: Sequence[Answer]
    visible: torch.Tensor
    positions: torch.Tensor
    layers: Sequence[tuple[torch.Tensor, torch.Tensor]]
    columns: torch.Tensor


def _entering(arrival: Arrival) -> _Row:
    nodes = torch.tensor(arrival.nodes)
    visible = torch.stack([torch.isin(nodes, torch.tensor(path)) for _, path in arrival.begun])
    positions = torch.tensor(arrival.prefilled.forest.depths)[nodes]
    layers = [(keys[0], values[0]) for keys, values in arrival.prefilled.layers]
    return _Row([answer for answer, _ in arrival.begun], visible, positions, layers, nodes)


class Rows:
    """The answers that have not ended, and their cache.

    Rows stand in the order of their lengths and end at the same column, so that a few of them at a time can be
    attended to without the columns that only longer ones have.

    Args:
        model: what decodes them; it attends in rows (see `attention.use_rows`).
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self.answers: list[Answer] = []
        self._rows: list[int] = []  # of each answer
        self._visible = torch.zeros(0, 0, dtype=torch.bool)  # [answers, columns]
        self._positions = torch.zeros(0, 0, dtype=torch.long)  # [rows, columns]
        self._used = 0  # columns
        self._bands: Sequence[Band] = ()
        self._cache: Any = None

    @property
    def columns(self) -> int:
        """Columns of the cache over all rows, with the room for tokens to come."""
        return self._positions.numel()

    @property
    def crowded(self) -> bool:
        """There is no room for another step."""
        fullest = max((self._rows.count(row) for row in set(self._rows)), default=0)
        return self._used + fullest > self._positions.shape[1]

    def regroup(self, arriving: Sequence[Arrival]) -> None:
        """Lets rows enter, and those whose answers have ended leave: the cache is laid out anew, without columns that
        nobody sees."""
        rows = sorted([*self._staying(), *map(_entering, arriving)], key=lambda row: len(row.columns))
        answers = [answer for row in rows for answer in row.answers]
        used = len(rows[-1].columns)
        steps = min(_STEPS, max(answer.limit - len(answer.tokens) for answer in answers))
        room = used + steps * max(len(row.answers) for row in rows)
        self._cache = self._laid_out(rows, used, room)
        self._visible = torch.cat([_aligned(row.visible, used, room) for row in rows])
        self._positions = torch.stack([_aligned(row.positions, used, room) for row in rows])
        self._bands = bands([len(row.columns) for row in rows])
        self.answers, self._used = answers, used
        self._rows = [place for place, row in enumerate(rows) for _ in row.answers]

    def _staying(self) -> Iterator[_Row]:
        for row in sorted(set(self._rows)):
            own = [number for number, other in enumerate(self._rows) if other == row]
            columns = self._visible[own].any(0).nonzero().squeeze(-1)
            layers = [(layer.buffers[0][row], layer.buffers[1][row]) for layer in self._cache.layers]
            visible, positions = self._visible[own][:, columns], self._positions[row, columns]
            yield _Row([self.answers[number] for number in own], visible, positions, layers, columns)

    def _laid_out(self, rows: Sequence[_Row], used: int, room: int) -> Any:
        columns = [row.columns.to(self.model.device) for row in rows]

        def lay(number: int, part: int) -> torch.Tensor:
            like = rows[0].layers[number][part]
            buffer = like.new_zeros(len(rows), like.shape[0], room, like.shape[2])
            for place, (row, chosen) in enumerate(zip(rows, columns, strict=True)):
                buffer[place, :, used - len(chosen) : used] = row.layers[number][part][:, chosen]
            return buffer

        return Cache(layers=[RowLayer(lay(n, 0), lay(n, 1), used) for n in range(len(rows[0].layers))])

    def step(self, stop: frozenset[int]) -> None:
        """Computes the next token of every answer; those that end with it leave."""
        device = self.model.device
        places = self._places()
        masks = self._extend(places)
        on_device = replace(places, rows=places.rows.to(device), ranks=places.ranks.to(device))
        for layer in self._cache.layers:
            layer.places = on_device
        output = self.model(
            input_ids=torch.tensor([[answer.tokens[-1] for answer in self.answers]], device=device),
            attention_mask=masks,
            position_ids=torch.tensor([[answer.position for answer in self.answers]], device=device),
            cache=self._cache,
            use_cache=True,
            places=on_device,
        )
        for answer, token in zip(self.answers, output.logits[0].argmax(-1).tolist(), strict=True):
            answer.position += 1
            answer.take(token, stop)
        going = [number for number, answer in enumerate(self.answers) if answer.going]
        if len(going) < len(self.answers):
            self.answers, self._rows = [self.answers[n] for n in going], [self._rows[n] for n in going]
            self._visible = self._visible[going]

    def _places(self) -> Places:
        ranks, seen = [], dict.fromkeys(self._rows, 0)
        for row in self._rows:
            ranks.append(seen[row])
            seen[row] += 1
        return Places(torch.tensor(self._rows), torch.tensor(ranks), self._used, max(seen.values()), self._bands)

    def _extend(self, places: Places) -> Masks:
        """Adds a column for each answer's newest token, and gives the step's masks."""
        columns = places.start + places.ranks
        newest = torch.tensor([answer.position for answer in self.answers])
        self._visible[torch.arange(len(columns)), columns] = True
        self._positions[places.rows, columns] = newest
        self._used = places.end
        visible = torch.zeros(len(self._positions), places.width, places.end, dtype=torch.bool)
        visible[places.rows, places.ranks] = self._visible[:, : places.end]
        queries = torch.zeros(visible.shape[:2], dtype=torch.long)
        queries[places.rows, places.ranks] = newest
        device, config = self.model.device, self.model.config
        keys = self._positions[:, : places.end]
        masks = layer_masks(visible.to(device), queries.to(device), keys.to(device), config)
        text = config.get_text_config()
        group = text.num_attention_heads // (getattr(text, "num_key_value_heads", None) or text.num_attention_heads)
        dtype = self.model.dtype
        if isinstance(masks, dict):
            return {kind: folded(added(mask, dtype), group) for kind, mask in masks.items()}
        return folded(added(masks, dtype), group)


def _aligned(values: torch.Tensor, used: int, room: int) -> torch.Tensor:
    """Values [..., n] that end at column `used`, with zeros around them: [..., room]."""
    return torch.nn.functional.pad(values, (used - values.shape[-1], room - used))
