"""LoRA layers computed in one go are peft's own layers: same outputs, same gradients, and a dropout that is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import Linear

from crossalpaca.training.lora import dropped, fused_adapters

IN, OUT = 24, 40
A, B = (f"base_model.model.adapted.lora_{name}.default.weight" for name in "AB")


class Plain(torch.nn.Module):
    """Two layers, one of which LoRA adapts."""

    def __init__(self, *, bias: bool) -> None:
        super().__init__()
        self.before = torch.nn.Linear(IN, IN)
        self.adapted = torch.nn.Linear(IN, OUT, bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.adapted(self.before(x).tanh())
        return found


def model(*, bias: bool = True, dropout: float = 0.0, dtype: torch.dtype = torch.float32, **more: Any) -> PeftModel:
    """With a B that matters: a fresh one is zero."""
    torch.manual_seed(3)
    config = LoraConfig(r=4, lora_alpha=12, lora_dropout=dropout, target_modules=["adapted"], **more)
    made: PeftModel = get_peft_model(Plain(bias=bias).to(dtype), config)
    for name, parameter in made.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(parameter)
    made.train()
    return made


def layer(of: PeftModel) -> Linear:
    (found,) = (each for each in of.modules() if isinstance(each, Linear))
    return found


def learnt(of: PeftModel, x: torch.Tensor) -> Iterator[torch.Tensor]:
    """The output, and the gradients of the input and of what is trained."""
    entering = x.clone().requires_grad_()
    found = of(entering)
    yield found.detach()
    trained = [parameter for parameter in of.parameters() if parameter.requires_grad]
    yield from torch.autograd.grad((found.float() ** 2).sum(), [entering, *trained])


@pytest.mark.parametrize("shape", [(1, 7, IN), (5, IN), (2, 1, IN)])
@pytest.mark.parametrize("bias", [True, False])
def test_outputs_and_gradients_are_those_of_peft(shape: tuple[int, ...], bias: bool) -> None:
    made, x = model(bias=bias), torch.randn(shape)
    expected = list(learnt(made, x))
    with fused_adapters(made):
        found = list(learnt(made, x))
    for each, other in zip(found, expected, strict=True):
        assert each.dtype == other.dtype
        torch.testing.assert_close(each, other, rtol=1e-5, atol=1e-5)


def test_16_bit_models_learn_in_float32_and_come_as_near_as_16_bits_allow() -> None:
    made, x = model(dtype=torch.bfloat16), torch.randn(9, IN).bfloat16()
    expected = list(learnt(made, x))
    with fused_adapters(made):
        found = list(learnt(made, x))
    assert [each.dtype for each in found] == [each.dtype for each in expected]
    assert {each.dtype for each in found[2:]} == {torch.float32}
    for each, other in zip(found, expected, strict=True):
        assert float((each - other).float().norm() / other.float().norm()) < 0.02


def test_dropout_gives_the_gradient_of_what_was_kept_and_scaled() -> None:
    made, x = model(dropout=0.4, bias=False), torch.randn(6, IN)
    with fused_adapters(made):
        torch.manual_seed(8)
        output, of_x, of_first, of_second = learnt(made, x)
    torch.manual_seed(8)
    kept, share = dropped(torch.Size((6, IN)), 0.4, torch.float32)
    adapted, entering = layer(made), x.clone().requires_grad_()
    first, second = made.get_parameter(A), made.get_parameter(B)
    inner = made.get_base_model().before(entering).tanh()  # type: ignore[operator]
    expected = adapted.get_base_layer()(inner) + (inner * kept / share) @ first.T @ second.T * 3
    torch.testing.assert_close(output, expected.detach(), rtol=1e-5, atol=1e-5)
    wanted = torch.autograd.grad((expected**2).sum(), [entering, first, second])
    for each, other in zip((of_x, of_first, of_second), wanted, strict=True):
        torch.testing.assert_close(each, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("rate", [0.0, 0.05, 0.5, 0.9])
def test_values_are_dropped_at_the_rate(rate: float, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    kept, share = dropped(torch.Size((333, 301)), rate, dtype)
    assert kept.dtype == dtype
    assert set(kept.flatten().tolist()) <= {0.0, 1.0}
    assert share == pytest.approx(1 - rate, abs=2**-17)
    deviation = (rate * (1 - rate) / kept.numel()) ** 0.5
    assert float(kept.double().mean()) == pytest.approx(1 - rate, abs=5 * deviation + 1e-9)


def test_the_same_seed_drops_the_same_values_and_another_draw_others() -> None:
    shape = torch.Size((50, 3))
    torch.manual_seed(1)
    first, second = (dropped(shape, 0.5, torch.bfloat16)[0] for _ in range(2))
    torch.manual_seed(1)
    assert torch.equal(dropped(shape, 0.5, torch.bfloat16)[0], first)
    assert not torch.equal(first, second)


def test_nothing_is_dropped_where_nothing_is_learnt() -> None:
    made, x = model(dropout=0.5), torch.randn(4, IN)
    made.eval()
    expected = made(x)
    with made.disable_adapter():
        plain = made(x)
    with fused_adapters(made), torch.no_grad():
        torch.testing.assert_close(made(x), expected)
        with made.disable_adapter():
            assert torch.equal(made(x), plain)


def test_what_is_more_than_an_adapter_over_plain_weights_is_left_to_peft() -> None:
    for made in (model(use_dora=True), model(lora_bias=True)):
        before = layer(made).forward
        with fused_adapters(made):
            assert layer(made).forward == before
    made = model()
    with pytest.raises(ZeroDivisionError), fused_adapters(made):
        assert "forward" in vars(layer(made))
        raise ZeroDivisionError
    assert "forward" not in vars(layer(made))
