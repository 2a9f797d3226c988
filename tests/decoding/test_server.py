"""An engine behind a server on loopback that answers well, or misbehaves."""

from __future__ import annotations

from typing import Any

import pytest

from crossalpaca.decoding.requests import Decoded, Request, Served
from crossalpaca.decoding.server import KEY, ServerEngine
from crossalpaca.decoding.tokens import Tokens
from crossalpaca.endpoints import Patience
from crossalpaca.errors import InputError, ServiceError
from loopback import Asked, Loopback, Reply, serving

QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=1.0, timeout=0.25)


class Letters:
    """A tokenizer of code points that puts 1 before a text."""

    eos_token_id = 0

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return {"input_ids": [1] * add_special_tokens + [ord(letter) for letter in text]}


TOKENS = Tokens(Letters(), frozenset({0}))  # type: ignore[arg-type]


def completion(text: str, reason: str = "stop", tokens: int = 3) -> dict[str, Any]:
    choice = {"index": 0, "text": text, "finish_reason": reason}
    return {"object": "text_completion", "choices": [choice], "usage": {"completion_tokens": tokens}}


def listing(*models: dict[str, Any]) -> Reply:
    return Reply({"object": "list", "data": list(models)})


def echo(request: Asked, before: int) -> Reply:
    if request.path == "/v1/models":
        return listing({"id": "m", "max_model_len": 50})
    return Reply(completion(f"<{request.body['prompt']}>"))


def engine(server: Loopback, window: float = 2048, concurrent: int = 4) -> ServerEngine:
    return ServerEngine(Served(f"{server.url}/v1", "m", concurrent), TOKENS, window, QUICK)


def requests(*prompts: str) -> list[Request]:
    return [Request(f"r{number}", prompt, (), 8) for number, prompt in enumerate(prompts)]


def test_prompts_go_raw_and_answers_come_in_order() -> None:
    with serving(echo) as server:
        found = engine(server).decode(requests(*(f"p{n}" for n in range(40))))
    assert [each.completion for each in found] == [f"<p{n}>" for n in range(40)]
    assert found[0] == Decoded("<p0>", True, (), 3, 3)
    body = next(asked.body for asked in server.asked if asked.path == "/v1/completions")
    assert {key: body[key] for key in ("model", "max_tokens", "temperature", "stream")} == {
        "model": "m",
        "max_tokens": 8,
        "temperature": 0,
        "stream": False,
    }
    assert "add_special_tokens" not in body


def test_a_template_with_its_own_special_tokens_asks_for_no_others() -> None:
    with serving(echo) as server:
        found = engine(server).decode([Request("r", "p", (), 8, special_tokens=False)])
    assert server.asked[-1].body["add_special_tokens"] is False
    assert found[0].prompt_tokens == 1


def test_a_cut_answer_has_not_ended() -> None:
    def answer(request: Asked, before: int) -> Reply:
        return echo(request, before) if request.path == "/v1/models" else Reply(completion("x", "length", 8))

    with serving(answer) as server:
        assert engine(server).decode(requests("p")) == [Decoded("x", False, (), 2, 8)]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\ud83d", "a\ufffd"),
        ("\ud83d b", "\ufffd b"),
        ("\ude00", "\ufffd"),
        ("\ufeff\U0001f600 ä", "\ufeff\U0001f600 ä"),
    ],
)
def test_half_a_character_is_replaced_and_all_else_kept(text: str, kept: str) -> None:
    def answer(request: Asked, before: int) -> Reply:
        return echo(request, before) if request.path == "/v1/models" else Reply(completion(text))

    with serving(answer) as server:
        (found,) = engine(server).decode(requests("p"))
    assert found.completion == kept


def test_the_smaller_window_counts() -> None:
    with serving(echo) as server:
        assert engine(server).window == 50
        assert engine(server, 40).window == 40
    with serving(lambda request, before: listing({"id": "other"})) as server:
        assert engine(server).window == 2048


MISBEHAVED = {
    "429": Reply(status=429),
    "429 with Retry-After": Reply(status=429, headers={"Retry-After": "0.05"}),
    "500": Reply({"error": {"message": "out of memory"}}, status=500),
    "time-out": Reply(completion("late"), delay=0.4),
    "cut": Reply(completion("x" * 500), cut=True),
    "no choices": Reply({"choices": []}),
    "no list of choices": Reply({"error": "?"}),
    "a choice without text": Reply({"choices": [{"finish_reason": "stop"}]}),
    "an unfinished choice": Reply(completion("x", "abort")),
    "no object": Reply([]),
}


@pytest.mark.parametrize("bad", MISBEHAVED.values(), ids=MISBEHAVED)
def test_what_goes_wrong_once_is_asked_again(bad: Reply) -> None:
    def answer(request: Asked, before: int) -> Reply:
        return bad if before == 2 else echo(request, before)

    with serving(answer) as server:
        found = engine(server, concurrent=1).decode(requests("a", "b", "c"))
    assert [each.completion for each in found] == ["<a>", "<b>", "<c>"]
    assert len(server.asked) == 5


@pytest.mark.parametrize("bad", MISBEHAVED.values(), ids=MISBEHAVED)
def test_what_goes_wrong_always_is_one_line(bad: Reply) -> None:
    def answer(request: Asked, before: int) -> Reply:
        return echo(request, before) if request.path == "/v1/models" else bad

    with serving(answer) as server, pytest.raises(ServiceError, match=r"/v1/completions: .*, 3 times; ") as caught:
        engine(server, concurrent=1).decode(requests("a", *"b" * 50))
    assert "\n" not in str(caught.value)
    assert len(server.asked) <= 8  # the requests that waited are not sent any more


def test_an_unknown_model_is_the_servers_to_refuse() -> None:
    def answer(request: Asked, before: int) -> Reply:
        return listing() if request.path == "/v1/models" else Reply({"message": "no model m"}, status=404)

    with serving(answer) as server, pytest.raises(ServiceError, match=r"answered 404 .*no model m"):
        engine(server).decode(requests("a"))


def test_likelihoods_are_refused() -> None:
    with serving(echo) as server, pytest.raises(InputError, match="gives no likelihoods"):
        engine(server).decode([Request("r", "p", ("x",), 8)])


def test_the_key_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "secret")
    with serving(lambda request, before: Reply(status=401)) as server, pytest.raises(ServiceError) as caught:
        engine(server)
    assert server.asked[0].headers["authorization"] == "Bearer secret"
    assert "secret" not in str(caught.value)


def test_served_is_keyed_by_name() -> None:
    assert Served("http://a", "m", 1).identity == Served("http://b", "m", 2).identity
