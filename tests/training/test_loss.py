"""The loss of chunks is torch's cross-entropy over everything, and its gradient torch's own."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.training.loss import cross_entropy

VOCABULARY = 11


def plain(logits: torch.Tensor, places: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    losses = torch.nn.functional.cross_entropy(logits[places].float(), targets, reduction="none")
    return (losses * weights).sum()


@settings(deadline=None, max_examples=60)
@given(
    nodes=st.integers(1, 70),
    learnt=st.lists(st.tuples(st.integers(0, 69), st.integers(0, VOCABULARY - 1), st.integers(1, 5)), max_size=90),
    above=st.floats(0.01, 3),
    seed=st.integers(0, 9),
)
def test_loss_and_gradient_are_those_of_all_targets_at_once(
    nodes: int, learnt: list[tuple[int, int, int]], above: float, seed: int
) -> None:
    places, targets, weights = (torch.tensor([each[i] for each in learnt], dtype=torch.long) for i in range(3))
    given_ = (places % nodes, targets, weights.float())
    logits = torch.randn(nodes, VOCABULARY, generator=torch.Generator().manual_seed(seed)).mul_(4).requires_grad_()
    found, expected = cross_entropy(logits, *given_), plain(logits, *given_)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    (of_found,), (of_expected,) = (torch.autograd.grad(each * above, logits) for each in (found, expected))
    torch.testing.assert_close(of_found, of_expected, rtol=1e-5, atol=1e-5)


def test_order_changes_nothing() -> None:
    logits = torch.randn(40, VOCABULARY)
    places, targets, weights = torch.randint(40, (60,)), torch.randint(VOCABULARY, (60,)), torch.rand(60)
    order = torch.randperm(60)
    shuffled = cross_entropy(logits, places[order], targets[order], weights[order])
    torch.testing.assert_close(shuffled, cross_entropy(logits, places, targets, weights), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_16_bit_logits_have_a_loss_in_float32_and_a_gradient_of_their_own_precision(dtype: torch.dtype) -> None:
    logits = torch.randn(20, VOCABULARY).to(dtype).requires_grad_()
    given_ = torch.arange(20), torch.randint(VOCABULARY, (20,)), torch.ones(20)
    found = cross_entropy(logits, *given_)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, plain(logits, *given_), rtol=1e-5, atol=1e-5)
    (of_found,), (of_plain,) = (torch.autograd.grad(each, logits) for each in (found, plain(logits, *given_)))
    assert of_found.dtype == dtype
    torch.testing.assert_close(of_found, of_plain, rtol=2e-2, atol=2e-3)


def test_no_gradient_is_made_where_none_is_asked_for() -> None:
    logits = torch.randn(5, VOCABULARY, requires_grad=True)
    with torch.no_grad():
        found = cross_entropy(logits, torch.arange(5), torch.arange(5), torch.ones(5))
    assert not found.requires_grad
    assert float(found) > 0
