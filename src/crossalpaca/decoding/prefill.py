"""Prompts, and the continuations whose likelihood is asked, computed as prefix trees: each distinct prefix once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

from crossalpaca.decoding.attention import Blocks
from crossalpaca.prefix_tree import Forest, common_prefix, pack
from crossalpaca.tree_masks import Masks, to_device, tree_masks

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_BRANCHES = 512  # nodes of a forest beyond its first branch: a mask costs the square, small forests share less


Layers = Sequence[tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True, slots=True)
class Branch:
    """One way through a tree: a prompt, or a prompt and a continuation but for its last token.

    Attributes:
        request: index of the request.
        continuation: index of the continuation; None for the prompt alone.
        tokens: what goes through the model.
        targets: the continuation's tokens; the last `len(targets)` of `tokens` give their likelihoods.
    """

    request: int
    continuation: int | None
    tokens: Sequence[int]
    targets: Sequence[int]


def branches(prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[Sequence[int]]]) -> list[Branch]:
    """The branches of requests: each prompt, and each continuation that is not empty."""
    found: list[Branch] = []
    for request, (prompt, texts) in enumerate(zip(prompts, continuations, strict=True)):
        found.append(Branch(request, None, prompt, ()))
        for number, targets in enumerate(texts):
            if targets:
                found.append(Branch(request, number, [*prompt, *targets[:-1]], targets))
    return found


def trunk(planted: Sequence[Branch]) -> int:
    """How many tokens all branches begin with, of those of which nothing is asked: the template, mostly."""
    first = planted[0].tokens
    shared = min(common_prefix(first, branch.tokens) for branch in planted)
    return min(shared, *(len(branch.tokens) - max(len(branch.targets), 1) for branch in planted))


def forests(planted: Sequence[Branch]) -> Iterator[Forest]:
    """The forests that hold every branch; their members are indices of branches."""
    return pack([branch.tokens for branch in planted], _BRANCHES, beyond_first=True)


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A forest that went through the model.

    Attributes:
        forest: the trees.
        layers: keys and values [1, heads, nodes, size] of each layer.
        first: branch of a prompt, to the token that greedily follows it.
        nats: branch of a continuation, to its negative log-likelihood.
    """

    forest: Forest
    layers: Layers
    first: Mapping[int, int]
    nats: Mapping[int, float]

    def beginning(self, length: int) -> Layers:
        """Keys and values of the first nodes, which are the trunk of all forests of the same branches."""
        return [(keys[:, :, :length].clone(), values[:, :, :length].clone()) for keys, values in self.layers]


def prefill(
    model: PreTrainedModel, forest: Forest, planted: Sequence[Branch], begun: Layers | None = None
) -> Prefilled:
    """Computes a forest in one forward pass, and the logits of the nodes that anything is asked of.

    `begun` has the keys and values of the trunk, which then is not computed again.
    """
    asked = {
        index: path[-len(planted[index].targets) :] if planted[index].targets else path[-1:]
        for index, path in forest.members.items()
    }
    nodes = sorted({node for path in asked.values() for node in path})
    cache: Any = DynamicCache()
    for number, (keys, values) in enumerate(begun or ()):
        cache.update(keys, values, number)
    logits = _forward(model, forest, nodes, cache)
    places = {node: place for place, node in enumerate(nodes)}
    prompts = [index for index in asked if not planted[index].targets]
    greedy = logits[[places[asked[index][0]] for index in prompts]].argmax(-1).tolist()
    layers = [(layer.keys, layer.values) for layer in cache.layers]
    return Prefilled(forest, layers, dict(zip(prompts, greedy, strict=True)), _nats(logits, places, asked, planted))


def _forward(model: PreTrainedModel, forest: Forest, nodes: Sequence[int], cache: Any) -> torch.Tensor:
    """Logits [nodes, vocabulary] of some nodes, in float32; what the cache holds already is not computed."""
    device, known = model.device, cache.get_seq_length()
    masks = to_device(_rows_from(known, tree_masks(forest, model.config)), device)
    widest = masks["full_attention"] if isinstance(masks, dict) else masks
    output = model(
        input_ids=torch.tensor([forest.tokens[known:]], device=device),
        attention_mask=masks,
        position_ids=torch.tensor([forest.depths[known:]], device=device),
        cache=cache,
        use_cache=True,
        logits_to_keep=torch.tensor(nodes, device=device) - known,
        blocks=Blocks.of(widest[0, 0]),
    )
    logits: torch.Tensor = output.logits[0]
    return logits.float()


def _rows_from(first: int, masks: Masks) -> Masks:
    if isinstance(masks, dict):
        return {kind: mask[:, :, first:] for kind, mask in masks.items()}
    return masks[:, :, first:]


def _nats(
    logits: torch.Tensor, places: Mapping[int, int], asked: Mapping[int, Sequence[int]], planted: Sequence[Branch]
) -> dict[int, float]:
    continued = [index for index in asked if planted[index].targets]
    rows = [places[node] for index in continued for node in asked[index]]
    if not rows:
        return {}
    targets = torch.tensor([token for index in continued for token in planted[index].targets], device=logits.device)
    totals = logits.logsumexp(-1)  # not log_softmax: that would copy the whole vocabulary for every node
    each = (totals[rows] - logits[rows, targets]).tolist()
    found: dict[int, float] = {}
    start = 0
    for index in continued:
        end = start + len(asked[index])
        found[index] = float(sum(each[start:end]))
        start = end
    return found
