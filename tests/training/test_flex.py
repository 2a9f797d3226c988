"""Forests mean the same to flex_attention as to sdpa: what each token sees, logits, and what is learnt."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
import transformers
from torch.nn.attention.flex_attention import create_mask

from crossalpaca.decoding.attention import added, use_rows
from crossalpaca.errors import BackboneError
from crossalpaca.prefix_tree import Forest, pack
from crossalpaca.training.encoding import Encoded
from crossalpaca.training.flex import (
    BLOCK,
    FLEX,
    block_masks,
    filled,
    flex_rows,
    rows_attention,
    sees,
    subtree_ends,
    why_not_flex,
    windows_of,
)
from crossalpaca.training.packing import Packing
from crossalpaca.training.trainer import row_loss, row_tensors
from crossalpaca.tree_masks import to_device, tree_masks

WINDOW = 4
LOG = logging.getLogger("flex")
KINDS: dict[str, dict[str, Any]] = {
    "Llama": {},
    "Qwen3": {"head_dim": 16},
    "Mistral": {"sliding_window": WINDOW},
    "Gemma3Text": {
        "head_dim": 16,
        "query_pre_attn_scalar": 8,  # another scale than that of the head's size
        "sliding_window": WINDOW,
        "layer_types": ["sliding_attention", "full_attention"],
    },
}


@dataclass(frozen=True)
class Config:
    """What masks depend on in a model's configuration."""

    sliding_window: int | None = None
    layer_types: tuple[str, ...] = ()

    def get_text_config(self) -> Config:
        return self


SEQUENCES = st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=9), min_size=1, max_size=12)
CONFIGS = st.builds(
    Config,
    st.none() | st.integers(1, 6),
    st.sampled_from(
        [(), ("full_attention",), ("sliding_attention",), ("full_attention", "sliding_attention")],
    ),
)


def by_kind(masks: Any) -> dict[str, Any]:
    return masks if isinstance(masks, dict) else {"": masks}


@settings(max_examples=50)
@given(sequences=SEQUENCES, capacity=st.integers(1, 60), config=CONFIGS)
def test_every_token_sees_what_the_dense_mask_says(sequences: list[list[int]], capacity: int, config: Config) -> None:
    for forest in pack(sequences, capacity):
        depths, nodes = torch.tensor(forest.depths), len(forest.tokens)
        found = {
            kind: create_mask(sees(subtree_ends(depths), depths, window), 1, 1, nodes, nodes, "cpu")
            for kind, window in windows_of(config).items()
        }
        expected = by_kind(tree_masks(forest, config))
        assert found.keys() == expected.keys()
        for kind, mask in expected.items():
            assert torch.equal(found[kind], mask), kind


@given(sequences=SEQUENCES, capacity=st.integers(1, 60))
def test_a_subtree_ends_after_the_last_descendant(sequences: list[list[int]], capacity: int) -> None:
    for forest in pack(sequences, capacity):
        last = list(range(len(forest.tokens)))
        for node in reversed(range(len(last))):
            if forest.parents[node] >= 0:
                last[forest.parents[node]] = max(last[forest.parents[node]], last[node])
        assert subtree_ends(torch.tensor(forest.depths)).tolist() == [node + 1 for node in last]


@settings(max_examples=20)
@given(lengths=st.lists(st.integers(1, 90), min_size=1, max_size=6), config=CONFIGS)
def test_blocks_that_are_skipped_are_those_in_which_nobody_sees_anything(lengths: list[int], config: Config) -> None:
    (forest,) = pack([[0, number, *range(length)] for number, length in enumerate(lengths)], 10_000)
    nodes = len(forest.tokens)
    inputs = {"input_ids": torch.tensor([forest.tokens]), "position_ids": torch.tensor([forest.depths])}
    given_model = filled(inputs, windows_of(config))
    size = given_model["input_ids"].shape[1]
    assert size % BLOCK == 0
    assert size - nodes < BLOCK
    for kind, mask in by_kind(tree_masks(forest, config)).items():
        alone = torch.eye(size, dtype=torch.bool)  # what fills the row up sees itself, so that no softmax is empty
        alone[:nodes, :nodes] = mask[0, 0]
        seen = alone.view(size // BLOCK, BLOCK, size // BLOCK, BLOCK).any(3).any(1)
        assert torch.equal(by_kind(given_model["attention_mask"])[kind].to_dense()[0, 0].bool(), seen)


def test_attention_that_trees_cannot_be_computed_with_is_refused() -> None:
    with pytest.raises(BackboneError, match="chunked_attention"):
        windows_of(Config(8, ("chunked_attention",)))


def random_model(kind: str, implementation: str = "sdpa", **changes: Any) -> Any:
    """A model of two layers whose heads are as small as kernels take them, two query heads to a key head."""
    common = {
        "vocab_size": 60,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "initializer_range": 0.2,  # at the usual 0.02 attention hardly matters
        "pad_token_id": 0,
    }
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**common | KINDS.get(kind, {}) | changes)
    return transformers.AutoModelForCausalLM.from_config(config, attn_implementation=implementation).eval()


def adapted(model: Any) -> Any:
    """With LoRA layers that already matter, in the attention that training chooses."""
    from peft import LoraConfig, get_peft_model

    use_rows(model)
    config = LoraConfig(r=2, lora_dropout=0.2, target_modules=["q_proj", "k_proj", "v_proj"], task_type="CAUSAL_LM")
    found = get_peft_model(model, config)
    for name, weights in found.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.3)
    return found.eval()


def demonstrations() -> list[Encoded]:
    """Two openings, ways that part early and late, and some three hundred distinct tokens."""
    found = []
    for number in range(9):
        opening = [5 + number % 2, *range(20, 40), *range(30, 50 - 3 * (number % 3))]
        tokens = (*opening, *((number * 7 + place * place) % 60 for place in range(24)))
        found.append(Encoded(str(number), tokens, len(opening)))
    return found


def logits(model: Any, forest: Forest, masks: Any = None) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(
            input_ids=torch.tensor([forest.tokens]),
            position_ids=torch.tensor([forest.depths]),
            attention_mask=masks or tree_masks(forest, model.config),
            logits_to_keep=torch.arange(len(forest.tokens)),
            use_cache=False,
        ).logits[0]
    return found


def learnt(model: Any, row_tokens: int = 512) -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradient of the packed demonstrations."""
    device, total = next(model.parameters()).device, 0.0
    for row in Packing(row_tokens).rows(demonstrations()):
        tensors = {name: to_device(value, device) for name, value in row_tensors(row, model.config).items()}
        loss = row_loss(model, tensors)
        torch.autograd.backward(loss)
        total += float(loss.detach())
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return total, found


def require_same(
    found: tuple[float, dict[str, torch.Tensor]], expected: tuple[float, dict[str, torch.Tensor]], within: float
) -> None:
    assert found[0] == pytest.approx(expected[0], rel=within)
    assert found[1].keys() == expected[1].keys()
    for name, gradient in expected[1].items():
        assert float((found[1][name] - gradient).norm() / gradient.norm()) < within, name


@pytest.fixture
def uncompiled() -> Iterator[None]:
    """flex_attention's own arithmetic, operation by operation; kernels take a minute to compile."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.compiler.set_stance("force_eager"):
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def backward_on_cpu(uncompiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the arithmetic be differentiated: torch refuses it on CPU because it has no compiled kernel for it."""
    monkeypatch.setattr("torch.nn.attention.flex_attention._validate_device", lambda *_: None)


pytestmark = pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("row_tokens", [90, 512])
@pytest.mark.parametrize("kind", KINDS)
def test_logits_of_packed_rows_are_those_of_sdpa(kind: str, row_tokens: int) -> None:
    model = random_model(kind)
    for forest in pack([each.tokens for each in demonstrations()], row_tokens):
        expected = logits(model, forest)
        with flex_rows(model):
            found = logits(model, forest)
        assert found.shape == expected.shape
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("uncompiled")
def test_a_cap_on_scores_is_kept_as_the_model_itself_has_it() -> None:
    capped = {"attn_logit_softcapping": 0.5, "head_dim": 16, "sliding_window": WINDOW}
    model = random_model("Gemma2", "eager", **capped)
    (forest,) = pack([each.tokens for each in demonstrations()], 512)
    # The eager implementation adds its masks to the scores.
    scores = {kind: added(mask, torch.float32) for kind, mask in by_kind(tree_masks(forest, model.config)).items()}
    expected = logits(model, forest, scores)
    with flex_rows(model):
        found = logits(model, forest)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    uncapped = random_model("Gemma2", "eager", **capped | {"attn_logit_softcapping": None})
    assert not torch.allclose(logits(uncapped, forest, scores), expected, atol=1e-2)


@pytest.mark.usefixtures("uncompiled")
def test_afterwards_the_model_attends_as_before() -> None:
    model = adapted(random_model("Llama"))
    (forest,) = pack([each.tokens for each in demonstrations()], 512)
    before, name = logits(model, forest), model.config._attn_implementation
    with pytest.raises(RuntimeError, match="stopped"), flex_rows(model):
        assert model.config._attn_implementation == FLEX
        raise RuntimeError("stopped")
    assert model.config._attn_implementation == name
    assert torch.equal(logits(model, forest), before)


@pytest.mark.usefixtures("backward_on_cpu")
@pytest.mark.parametrize("row_tokens", [90, 512])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_learnt_is_what_sdpa_learns(kind: str, row_tokens: int) -> None:
    model = adapted(random_model(kind))
    expected = learnt(model, row_tokens)
    with flex_rows(model):
        require_same(learnt(model, row_tokens), expected, 1e-5)


@pytest.mark.usefixtures("backward_on_cpu")
def test_a_model_that_learns_the_same_is_taken_as_it_was_and_without_a_random_number() -> None:
    model = adapted(random_model("Gemma3Text"))
    name, random = model.config._attn_implementation, torch.get_rng_state()
    model.train()
    assert why_not_flex(model) is None
    assert torch.equal(torch.get_rng_state(), random)
    assert model.config._attn_implementation == name
    assert all(module.training for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.usefixtures("backward_on_cpu")
def test_after_the_proof_nothing_is_compiled_again_and_torch_does_not_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted where functions are traced as for kernels and then run as they are; past a limit torch leaves kernels."""
    from torch._dynamo import config, reset
    from torch._dynamo.utils import counters

    compiler = torch.compile
    monkeypatch.setattr("torch.compile", lambda function, **_: compiler(function, backend="eager"))
    monkeypatch.setattr("transformers.integrations.flex_attention.WrappedFlexAttention._is_flex_compiled", False)
    monkeypatch.setattr("transformers.integrations.flex_attention.WrappedFlexAttention._instance", None)
    reset()
    counters.clear()
    model = adapted(random_model("Gemma3Text"))
    with torch.compiler.set_stance("default"):
        assert why_not_flex(model) is None
        compiled = counters["frames"]["total"]
        with flex_rows(model):
            for row_tokens in (512, 60, 250, 150):
                learnt(model, row_tokens)
                with torch.no_grad():
                    for row in Packing(row_tokens).rows(demonstrations()):
                        row_loss(model, row_tensors(row, model.config))
    assert 0 < compiled < config.recompile_limit
    assert counters["frames"]["total"] == compiled
    reset()


@pytest.mark.usefixtures("backward_on_cpu")
def test_dropout_within_attention_stays_with_sdpa() -> None:
    model = adapted(random_model("Llama", attention_dropout=0.1))
    assert "does not support `dropout`" in (why_not_flex(model) or "")


@pytest.mark.usefixtures("backward_on_cpu")
def test_a_wrong_mask_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Causal only, as if a row were one sequence."""
    monkeypatch.setattr("crossalpaca.training.flex.subtree_ends", lambda depths: torch.full_like(depths, len(depths)))
    assert "other gradients than sdpa" in (why_not_flex(adapted(random_model("Llama"))) or "")


def test_on_cpu_torch_has_no_backward() -> None:
    with torch.compiler.set_stance("force_eager"):
        assert "backward on CPU" in (why_not_flex(adapted(random_model("Llama"))) or "")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="flex_attention's backward kernels need CUDA")
@pytest.mark.parametrize("kind", KINDS)
def test_kernels_on_cuda_learn_what_sdpa_learns(kind: str) -> None:
    model = adapted(random_model(kind)).to("cuda")
    assert why_not_flex(model) is None
    for row_tokens in (90, 512):
        expected = learnt(model, row_tokens)
        with flex_rows(model):
            require_same(learnt(model, row_tokens), expected, 1e-3)


def test_one_mask_serves_where_all_layers_are_alike_and_one_a_type_where_not() -> None:
    depths = torch.arange(BLOCK)
    assert not isinstance(block_masks(depths, windows_of(Config())), dict)
    mixed = block_masks(depths, windows_of(Config(WINDOW, ("full_attention", "sliding_attention"))))
    assert isinstance(mixed, dict)
    assert set(mixed) == {"full_attention", "sliding_attention"}


@pytest.mark.parametrize(("device", "shared"), [("cpu", True), ("cuda", False)])
def test_elsewhere_than_on_cuda_and_for_plain_rows_nothing_is_chosen(device: str, shared: bool) -> None:
    model: Any = SimpleNamespace(device=torch.device(device))  # it has nothing that could be asked
    with rows_attention(model, Packing(512, shared=shared), LOG) as chosen:
        assert chosen is None


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("reason", [None, "there is no compiler"])
def test_on_cuda_what_was_chosen_is_logged_with_its_reason(
    reason: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model = adapted(random_model("Llama"))
    before = model.config._attn_implementation
    monkeypatch.setattr("crossalpaca.training.flex.why_not_flex", lambda _: reason)
    monkeypatch.setattr(type(model.get_base_model()), "device", torch.device("cuda"))
    with caplog.at_level("INFO", logger="flex"), rows_attention(model, Packing(512), LOG):
        assert model.config._attn_implementation == (before if reason else FLEX)
    assert (reason or FLEX) in caplog.text
