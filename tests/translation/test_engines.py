from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from services import Reversing

from crossalpaca.endpoints import Patience
from crossalpaca.errors import InputError, ServiceError
from crossalpaca.prompts import ALPACA
from crossalpaca.translation.engines import ENGINES, Engine, engine, libretranslate, openai
from crossalpaca.translation.engines.chain import Chain
from crossalpaca.translation.engines.tuned import Prompt, Tuned
from crossalpaca.translation.limits import Limits
from crossalpaca.translation.memory import Memory
from crossalpaca.translation.translator import Translator
from loopback import Asked, Reply, serving

QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=1.0, timeout=0.3)
KEY = "secret-key-1234"


def reversed_texts(request: Asked, before: int) -> Reply:
    """LibreTranslate's documented answer."""
    return Reply({"translatedText": [text[::-1] for text in request.body["q"]]})


def completion(content: Any, finish_reason: str = "stop", refusal: str | None = None) -> Reply:
    """A chat completion as OpenAI documents it."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return Reply({"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]})


def test_libretranslate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBRETRANSLATE_API_KEY", KEY)
    with serving(reversed_texts) as server:
        made = libretranslate.engine(server.url, QUICK)
        assert made.translate(["ab", "cd"], "en", "zh-Hans") == ["ba", "dc"]
        made.translate(["<x0>a</x0>"], "en", "es", markup=True)
    assert server.asked[0].path == "/translate"
    assert server.asked[0].body == {
        "q": ["ab", "cd"],
        "source": "en",
        "target": "zh-Hans",
        "format": "text",
        "api_key": KEY,
    }
    assert server.asked[1].body["format"] == "html"
    assert KEY not in repr(made) + made.name


@pytest.mark.parametrize(
    "bad",
    [
        Reply(status=429),
        Reply(status=429, headers={"Retry-After": "0.01"}),
        Reply(status=500),
        Reply({"translatedText": ["only one"]}),
        Reply({"translatedText": ["a", "b"]}, cut=True),
        Reply({"translatedText": ["a", "b"]}, delay=0.6),
    ],
    ids=["429", "429 with Retry-After", "500", "wrong count", "cut", "late"],
)
def test_libretranslate_that_stumbles_is_asked_again(bad: Reply) -> None:
    with serving(lambda request, before: reversed_texts(request, before) if before else bad) as server:
        assert libretranslate.engine(server.url, QUICK).translate(["ab", "cd"], "en", "es") == ["ba", "dc"]
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("reply", "times"),
    [
        (Reply({"translatedText": "not a list"}), 3),
        (Reply({"error": "Invalid API key"}, status=403), 1),
        (Reply({"error": "es is not supported"}, status=400), 1),
        (Reply(b"<html>"), 1),
    ],
)
def test_libretranslate_that_fails_is_one_line(reply: Reply, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBRETRANSLATE_API_KEY", KEY)
    with serving(lambda request, before: reply) as server, pytest.raises(ServiceError) as caught:
        libretranslate.engine(server.url, QUICK).translate(["a", "b"], "en", "es")
    assert len(server.asked) == times
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda request, before: completion(" Das Haus. ")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        made = openai.engine("a-model", QUICK)
        assert made.translate(["The house."], "en", "de") == ["Das Haus."]
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert (asked.body["model"], asked.body["temperature"]) == ("a-model", 0)
    system, user = asked.body["messages"]
    assert "from English into German" in system["content"]
    assert user == {"role": "user", "content": "The house."}
    assert KEY not in repr(made) + made.name + made.version("en", "de")
    assert made.version("en", "de") != made.version("en", "es")


@pytest.mark.parametrize(
    "reply",
    [
        completion("cut o", finish_reason="length"),
        completion(None, refusal="I cannot help with that."),
        completion(None, finish_reason="content_filter"),
        completion("Sure! Here is what I think about it. " * 10),
        completion("  "),
    ],
    ids=["cut off", "refusal", "filtered", "far too long", "empty"],
)
def test_openai_without_a_translation_gives_the_empty_text(reply: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda request, before: reply) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        assert openai.engine("m", QUICK).translate(["The house."], "en", "de") == [""]


def test_an_empty_address_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    assert openai.engine("m").endpoint.url == "https://api.openai.com/v1"


def test_the_price_of_a_chat_model_is_its_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSALPACA_OPENAI_PRICE", "2.5")
    assert openai.engine("m").price == 2.5
    monkeypatch.setenv("CROSSALPACA_OPENAI_PRICE", "cheap")
    with pytest.raises(InputError, match="is no price"):
        openai.engine("m")


def test_answers_in_another_order_come_to_their_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def late_first(request: Asked, before: int) -> Reply:
        text = request.body["messages"][1]["content"]
        reply = completion(text.upper())
        return Reply(reply.body, delay=0.1 if text == "a" else 0.0)

    with serving(late_first) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        translator = Translator(openai.engine("m", QUICK), Memory(tmp_path / "m.sqlite"))
        assert translator.translate(["a", "b", "c", "a"], "en", "de") == ["A", "B", "C", "A"]
    assert len(server.asked) == 3


def test_a_chain_is_its_parts() -> None:
    first, second = Reversing(price=20.0, name="one"), Reversing(name="two", lost=frozenset({"cba"}))
    chain: Engine = Chain.of([first, second], ["es"])
    assert (chain.name, chain.version("en", "it"), chain.price) == ("one>es>two", "1>1", 20.0)
    assert chain.translate(["ab", "abc", ""], "en", "it") == ["ab", "", ""]
    assert second.asked == [["ba", "cba"]]
    assert chain.limits == Limits(texts=3, size=10, concurrent=4)


def test_a_chain_uses_no_answer_of_another_count() -> None:
    last = Reversing(name="last")
    with pytest.raises(ServiceError, match="first: gave 3 translations of 2 texts"):
        Chain.of([Reversing(name="first", extra=1), last], ["es"]).translate(["a", "b"], "en", "it")
    assert last.asked == []


@pytest.mark.parametrize("record", ["{}", "[]", '{"backbone": "b", "revision": 1, "template": "alpaca"}'])
def test_a_folder_with_another_record_is_one_line(tmp_path: Path, record: str) -> None:
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter/adapter_model.safetensors").touch()
    with pytest.raises(InputError, match="needs the folder of a fine-tune"):
        engine(f"tuned:{tmp_path}")
    (tmp_path / "adapter.json").write_text(record, encoding="utf-8")
    with pytest.raises(InputError, match=r"adapter\.json: is not the record of an adapter"):
        engine(f"tuned:{tmp_path}")


def test_a_model_tuned_here() -> None:
    asked: list[Prompt] = []

    def complete(prompts: Sequence[Prompt]) -> list[str | None]:
        asked.extend(prompts)
        return [" Haus", None]

    tuned = Tuned("de-CrossAlpaca", "abc123", ALPACA, complete)
    assert tuned.translate(["house", "home"], "en", "de") == ["Haus", ""]
    assert "### Input:\nhouse\n" in asked[0].text
    assert "ins Deutsche" in asked[0].text
    assert tuned.version("en", "de") != tuned.version("de", "en")
    with pytest.raises(InputError, match="from or into English"):
        tuned.version("es", "de")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("aperitum", "did you mean apertium?"),
        ("apertium:x", "takes no argument"),
        ("libretranslate", "name the server"),
        ("openai", "name the model"),
        ("ctranslate2", "no model.bin there"),
        ("openai:m>es", "a chain of engines is"),
        ("openai:m>xx>openai:m", "unknown language"),
    ],
)
def test_a_wrong_name_is_one_line(spec: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        engine(spec)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ENGINES)
def test_engines_are_made_or_say_what_they_lack(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("DEEPL_AUTH_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(variable, raising=False)
    argument = {"libretranslate": ":http://127.0.0.1:1", "openai": ":m", "ctranslate2": f":{tmp_path}"}.get(name, "")
    try:
        made = engine(name + argument)
    except InputError as error:
        assert "\n" not in str(error)
        lacking = ("installed", "DEEPL_AUTH_KEY", "GOOGLE_CLOUD_PROJECT", "model.bin", "folder of a fine-tune")
        assert any(word in str(error) for word in lacking)
    else:
        assert made.name.startswith(name)
        assert made.limits.texts > 0
