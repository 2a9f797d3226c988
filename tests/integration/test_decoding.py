"""The local engine answers what the model alone answers, whatever shares its batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import generated, require_generated, require_likelihoods

from crossalpaca.decoding.requests import Decoded, Request
from crossalpaca.errors import RunError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from crossalpaca.decoding.local import LocalEngine

pytestmark = pytest.mark.integration

MakeModel = Callable[..., "PreTrainedModel"]

LIMIT = 12
PASSAGE = (
    "La biblioteca del paese apre ogni mattina alle nove, e chi arriva presto trova ancora posto vicino alla finestra. "
    "Nel pomeriggio i ragazzi fanno i compiti, mentre gli anziani leggono il giornale e parlano del tempo. "
)
OTHER = "The train to the coast leaves twice a day, and in summer it is full of children with buckets and towels. " * 5
PROMPTS = (
    f"{PASSAGE}Domanda: quando apre la biblioteca?\nRisposta:",
    f"{PASSAGE}Domanda: chi legge il giornale?\nRisposta:",
    f"{PASSAGE}Domanda: chi legge il giornale?\nRisposta: gli",  # goes on from the one before it
    f"{PASSAGE}Domanda: chi legge il giornale?\nRisposta:",  # and the same again
    PASSAGE,
    f"{OTHER}Question: when is it full?\nAnswer:",
    f"{OTHER}{PASSAGE}",
    "Ciao",
    "C",
    OTHER[:70],
)
CONTINUATIONS: tuple[tuple[str, ...], ...] = (
    (" alle nove", " a", ""),
    (" gli anziani, ogni giorno della settimana",),
    (),
    (" i ragazzi", " gli anziani"),
    ("", ""),
    (" in summer", " never", " i", " when children go to the coast with their towels"),
    (" e",),
    (" a tutti",),
    ("iao",),
    ("x", " in winter"),
)


def requests(limits: Sequence[int] = (LIMIT,) * len(PROMPTS)) -> list[Request]:
    return [
        Request(f"r{number}", prompt, continuations, limit)
        for number, (prompt, continuations, limit) in enumerate(zip(PROMPTS, CONTINUATIONS, limits, strict=True))
    ]


@pytest.fixture(scope="module", params=["llama", "qwen3", "mistral", "gemma3"])
def engine(
    request: pytest.FixtureRequest, make_model: MakeModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> LocalEngine:
    from crossalpaca.decoding.local import LocalEngine

    return LocalEngine(make_model(request.param), tiny_tokenizer)


def test_completions_are_those_of_generate_one_prompt_at_a_time(engine: LocalEngine) -> None:
    asked = requests()
    answers = engine.decode(asked)
    assert len({answer.completion for answer in answers}) > len(PROMPTS) // 2  # the model does look at its prompt
    require_generated(engine, asked, answers)


def test_likelihoods_are_those_of_a_plain_forward(engine: LocalEngine) -> None:
    asked = requests()
    require_likelihoods(engine, asked, engine.decode(asked))


def test_prompts_of_one_batch_fill_several_forests(engine: LocalEngine) -> None:
    """What the tests above need in order to mean something."""
    from crossalpaca.decoding import prefill
    from crossalpaca.prefix_tree import pack

    forests = list(pack([engine.tokens.prompt(prompt) for prompt in PROMPTS], prefill._BRANCHES))
    assert len(forests) > 1
    assert any(len(forest.members) > 2 for forest in forests)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_answers_do_not_depend_on_order_or_size_of_the_batch(engine: LocalEngine, size: int) -> None:
    asked = requests()
    together = engine.decode(asked)
    order = [*range(1, len(asked), 2), *range(0, len(asked), 2)][::-1]
    apart: dict[str, Decoded] = {}
    for start in range(0, len(order), size):
        batch = [asked[index] for index in order[start : start + size]]
        apart |= {request.id: answer for request, answer in zip(batch, engine.decode(batch), strict=True)}
    for request, answer in zip(asked, together, strict=True):
        other = apart[request.id]
        assert (answer.completion, answer.ended) == (other.completion, other.ended)
        assert answer.bits == pytest.approx(other.bits, abs=1e-4)


def test_each_request_has_its_own_limit(engine: LocalEngine) -> None:
    limits = [1, 12, 3, 2, 7, 1, 5, 12, 4, 9]
    asked = requests(limits)
    answers = engine.decode(asked)
    assert all(answer.completion_tokens <= limit for answer, limit in zip(answers, limits, strict=True))
    require_generated(engine, asked, answers)
    require_likelihoods(engine, asked, answers)


def test_nothing_follows_the_end_of_an_answer(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [generated(engine, prompt, LIMIT) for prompt in PROMPTS]
    places = {
        token: {tokens.index(token) for tokens in free if token in tokens}
        for token in {t for tokens in free for t in tokens}
    }
    end = max(places, key=lambda token: (len(places[token]), token))  # comes in several answers, at various places
    assert len(places[end]) > 1
    monkeypatch.setattr(engine, "tokens", replace(engine.tokens, stop=engine.tokens.stop | {end}))
    answers = engine.decode(requests())
    assert {answer.completion_tokens for answer in answers if answer.ended} == places[end]
    for answer, tokens in zip(answers, free, strict=True):
        kept = tokens[: tokens.index(end)] if end in tokens else tokens
        assert answer.completion == engine.tokens.tokenizer.decode(kept, skip_special_tokens=True)
        assert (answer.completion_tokens, answer.ended) == (len(kept), len(kept) < LIMIT)


def test_what_the_model_calls_its_end_ends_an_answer(
    make_model: MakeModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    from crossalpaca.decoding.local import LocalEngine

    model = make_model("llama")
    first = generated(LocalEngine(model, tiny_tokenizer), PROMPTS[0], LIMIT)[0]
    assert model.generation_config is not None
    model.generation_config.eos_token_id = [first, 7]
    engine = LocalEngine(model, tiny_tokenizer)
    assert engine.tokens.stop == {1, first, 7}
    answer = engine.decode([Request("r", PROMPTS[0], (), LIMIT)])[0]
    assert (answer.completion, answer.completion_tokens, answer.ended) == ("", 0, True)


def test_a_prompt_beyond_the_window_is_refused_by_name(engine: LocalEngine) -> None:
    asked = [Request("short", "Ciao", (), 4), Request("long", PASSAGE * 40, (), 4)]
    with pytest.raises(RunError, match=r"long: \d+ tokens do not fit the window of 2048"):
        engine.decode(asked)


SHORT_WINDOWS: dict[str, dict[str, Any]] = {
    "mistral": {"sliding_window": 16},
    "gemma3": {"sliding_window": 16},
    "qwen3": {"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 1},
}


@pytest.mark.parametrize("kind", SHORT_WINDOWS)
def test_a_sliding_window_shorter_than_the_prompt_is_kept_to_or_refused(
    kind: str, make_model: MakeModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    from crossalpaca.decoding.local import LocalEngine

    engine = LocalEngine(make_model(kind, **SHORT_WINDOWS[kind]), tiny_tokenizer)
    try:
        answers = engine.decode(requests())
    except RunError as error:
        assert "window" in str(error)  # refused in words is honest too
        return
    require_likelihoods(engine, requests(), answers)
    require_generated(engine, requests(), answers)


def failing(times: int, original: Callable[..., None]) -> Callable[..., None]:
    """A method that fails to allocate a number of times before it does what it does."""
    left = [times]

    def method(*arguments: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        original(*arguments)

    return method


def test_where_an_allocation_fails_less_is_tried_and_the_answers_are_the_same(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crossalpaca.decoding.memory import Budget
    from crossalpaca.decoding.rows import Rows

    expected = engine.decode(requests())
    monkeypatch.setattr(engine, "budget", Budget(1024))
    monkeypatch.setattr(Rows, "regroup", failing(3, Rows.regroup))
    found = engine.decode(requests())
    assert engine.budget.columns == 128
    for one, other in zip(expected, found, strict=True):
        assert (one.completion, one.ended) == (other.completion, other.ended)
        assert one.bits == pytest.approx(other.bits, abs=1e-4)


def test_a_memory_that_holds_not_even_one_prompt_is_told(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    from crossalpaca.decoding.memory import Budget
    from crossalpaca.decoding.rows import Rows

    monkeypatch.setattr(engine, "budget", Budget(8))
    monkeypatch.setattr(Rows, "regroup", failing(99, Rows.regroup))
    with pytest.raises(RunError, match="does not hold even one prompt"):
        engine.decode(requests())


def test_other_failures_are_no_want_of_memory(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    from crossalpaca.decoding.rows import Rows

    def broken(*arguments: Any) -> None:
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(Rows, "regroup", broken)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        engine.decode(requests())


@pytest.mark.parametrize("columns", [1, 300, 10_000])
def test_answers_do_not_depend_on_the_budget(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    from crossalpaca.decoding.memory import Budget

    asked = requests([1, 12, 3, 2, 7, 1, 5, 12, 4, 9])
    monkeypatch.setattr(engine, "budget", Budget(columns))
    require_generated(engine, asked, engine.decode(asked))


def test_answers_may_be_longer_than_the_room_that_a_cache_is_made_with(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crossalpaca.decoding import rows

    monkeypatch.setattr(rows, "_STEPS", 3)
    asked = requests()
    require_generated(engine, asked, engine.decode(asked))


def test_questions_on_one_passage_share_a_row(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    from crossalpaca.decoding import rows

    monkeypatch.setattr(rows, "_SHARED", 16)
    asked = requests()
    require_generated(engine, asked, engine.decode(asked))


def test_likelihoods_alone_generate_nothing(engine: LocalEngine) -> None:
    asked = requests([0] * len(PROMPTS))
    answers = engine.decode(asked)
    require_likelihoods(engine, asked, answers)
    assert {(answer.completion, answer.completion_tokens, answer.ended) for answer in answers} == {("", 0, False)}


@given(lengths=st.lists(st.integers(1, 2000), min_size=1, max_size=40).map(sorted))
def test_rows_are_in_one_band_each_and_lose_no_column(lengths: list[int]) -> None:
    from crossalpaca.decoding.attention import bands

    found = bands(lengths)
    assert [row for first, end, _ in found for row in range(first, end)] == list(range(len(lengths)))
    for first, end, unused in found:
        assert lengths[end - 1] <= 1.25 * lengths[first]
        assert lengths[-1] - unused == lengths[end - 1]
