"""Answers that are decoded together, in rows: those to questions on one passage share its keys and values.

An answer sees the columns of its own prompt and those of its own tokens, each token at its own position. A step takes
one token of every answer that has not ended; no other is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from transformers.cache_utils import Cache

from crossalpaca.decoding.attention import Places, folded
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


class Rows:
    """The answers that have not ended, and their cache.

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
        kept = {row: self._seen(row) for row in sorted(set(self._rows))}
        nodes = [torch.tensor(arrival.nodes) for arrival in arriving]
        places = {row: place for place, row in enumerate(kept)}
        rows = [places[row] for row in self._rows]
        for place, arrival in enumerate(arriving, start=len(kept)):
            rows += [place] * len(arrival.begun)
        answers = [*self.answers, *(answer for arrival in arriving for answer, _ in arrival.begun)]
        used = max(map(len, (*kept.values(), *nodes)))
        fullest = max(map(rows.count, set(rows)))
        room = used + fullest * min(_STEPS, max(answer.limit - len(answer.tokens) for answer in answers))
        self._cache = self._laid_out(kept, arriving, nodes, (used, room))
        self._visible, self._positions = self._marks(kept, arriving, nodes, room)
        self.answers, self._rows, self._used = answers, rows, used

    def _seen(self, row: int) -> torch.Tensor:
        """The columns of a row that an answer sees."""
        own = [number for number, other in enumerate(self._rows) if other == row]
        return self._visible[own].any(0).nonzero().squeeze(-1)

    def _marks(
        self, kept: dict[int, torch.Tensor], arriving: Sequence[Arrival], nodes: Sequence[torch.Tensor], room: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What each answer sees of the new layout, and the positions of its columns."""
        visible = []
        for number, row in enumerate(self._rows):
            visible.append(_padded(self._visible[number, kept[row]], room))
        for arrival, columns in zip(arriving, nodes, strict=True):
            for _, path in arrival.begun:
                visible.append(_padded(torch.isin(columns, torch.tensor(path)), room))
        positions = [_padded(self._positions[row, columns], room) for row, columns in kept.items()]
        for arrival, columns in zip(arriving, nodes, strict=True):
            positions.append(_padded(torch.tensor(arrival.prefilled.forest.depths)[columns], room))
        return torch.stack(visible), torch.stack(positions)

    def _laid_out(
        self,
        kept: dict[int, torch.Tensor],
        arriving: Sequence[Arrival],
        nodes: Sequence[torch.Tensor],
        size: tuple[int, int],
    ) -> Any:
        """A cache of the kept rows, with the columns that they see, and of those that arrive."""
        used, room = size
        device = self.model.device
        old = [layer.buffers for layer in self._cache.layers] if kept else []
        new = [arrival.prefilled.layers for arrival in arriving]
        staying = list(kept)
        index = torch.stack([_padded(columns, used) for columns in kept.values()]).to(device) if kept else None
        nodes = [columns.to(device) for columns in nodes]

        def lay(number: int, part: int) -> torch.Tensor:
            like = old[number][part] if kept else new[0][number][part]
            buffer = like.new_zeros(len(kept) + len(new), like.shape[1], room, like.shape[3])
            if index is not None:
                at = index[:, None, :, None].expand(-1, like.shape[1], -1, like.shape[3])
                buffer[: len(kept), :, :used] = old[number][part][staying].gather(2, at)
            for place, (states, columns) in enumerate(zip(new, nodes, strict=True), start=len(kept)):
                buffer[place, :, : len(columns)] = states[number][part][0][:, columns]
            return buffer

        layers: list[Any] = [RowLayer(lay(n, 0), lay(n, 1), used) for n in range(len(old) or len(new[0]))]
        return Cache(layers=layers)

    def step(self, stop: frozenset[int]) -> None:
        """Computes the next token of every answer; those that end with it leave."""
        device = self.model.device
        places = self._places()
        masks = self._extend(places)
        on_device = Places(places.rows.to(device), places.ranks.to(device), places.start, places.width)
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
        return Places(torch.tensor(self._rows), torch.tensor(ranks), self._used, max(seen.values()))

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
        if isinstance(masks, dict):
            return {kind: folded(mask, text) for kind, mask in masks.items()}
        return folded(masks, text)


def _padded(values: torch.Tensor, length: int) -> torch.Tensor:
    """Values [n] with zeros behind them, [length]."""
    return torch.nn.functional.pad(values, (0, length - len(values)))
