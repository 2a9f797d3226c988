"""Google and DeepL through their own clients, against servers of the documented shapes on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crossalpaca.endpoints import Patience
from crossalpaca.errors import InputError, ServiceError
from crossalpaca.translation.engines import Engine, engine
from crossalpaca.translation.memory import Memory
from crossalpaca.translation.translator import Translator
from loopback import Asked, Reply, serving

QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=1.0, timeout=0.5)
KEY = "secret-key-1234:fx"
SERVICES = ("deepl", "google")


def client_of(service: str, url: str) -> Engine:
    """The engine with its client pointed at a server on loopback, or a skip where the client is not installed."""
    if service == "deepl":
        client = pytest.importorskip("deepl", reason="the extra deepl is not installed")
        from crossalpaca.translation.engines.deepl import DeepL

        client.http_client.max_network_retries = 0
        client.http_client.min_connection_timeout = 0.5
        return DeepL(client.DeepLClient(KEY, server_url=url), QUICK)
    translate = pytest.importorskip("google.cloud.translate_v3", reason="the extra google is not installed")
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.translate_v3.services.translation_service.transports import TranslationServiceRestTransport

    from crossalpaca.translation.engines.google import Google

    host = url.removeprefix("http://")
    transport = TranslationServiceRestTransport(host=host, credentials=AnonymousCredentials(), url_scheme="http")
    return Google(translate.TranslationServiceClient(transport=transport), "a-project", QUICK)


def texts_of(service: str, request: Asked) -> list[str]:
    return list(request.body["text" if service == "deepl" else "contents"])


def answer(service: str, texts: list[str]) -> dict[str, Any]:
    """What the service documents."""
    if service == "deepl":
        return {
            "translations": [{"detected_source_language": "EN", "text": text, "billed_characters": 1} for text in texts]
        }
    return {"translations": [{"translatedText": text} for text in texts]}


def good(service: str, request: Asked) -> Reply:
    return Reply(answer(service, [text[::-1] for text in texts_of(service, request)]))


def refused(service: str, status: int) -> Reply:
    if service == "deepl":
        return Reply({"message": "told why"}, status=status)
    return Reply({"error": {"code": status, "message": "told why", "status": "X"}}, status=status)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_asked_and_answered(service: str) -> None:
    with serving(lambda request, before: good(service, request)) as server:
        made = client_of(service, server.url)
        assert made.translate(["ab", "c & d"], "en", "zh-Hans") == ["ba", "d & c"]
        made.translate(["<x0>a</x0>"], "zh-Hant", "en", markup=True)
    plain, markup = (request.body for request in server.asked)
    if service == "deepl":
        assert (plain["source_lang"], plain["target_lang"]) == ("EN", "ZH-HANS")
        assert (markup["source_lang"], markup["target_lang"], markup["tag_handling"]) == ("ZH", "EN-US", "xml")
        assert "tag_handling" not in plain
    else:
        assert server.asked[0].path.startswith("/v3/projects/a-project/locations/global:translateText")
        assert (plain["mimeType"], plain["targetLanguageCode"]) == ("text/plain", "zh-CN")
        assert (markup["mimeType"], markup["sourceLanguageCode"]) == ("text/html", "zh-TW")
    assert KEY not in repr(made)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", ["429", "429 with Retry-After", "500", "503", "late", "cut"])
def test_a_service_that_stumbles_is_asked_again(service: str, kind: str) -> None:
    def reply(request: Asked, before: int) -> Reply:
        if before:
            return good(service, request)
        if kind in ("late", "cut"):
            whole = good(service, request)
            return Reply(whole.body, delay=1.5 if kind == "late" else 0.0, cut=kind == "cut")
        told = refused(service, int(kind[:3]))
        return Reply(told.body, told.status, {"Retry-After": "0.02"} if "Retry" in kind else {})

    with serving(reply) as server:
        assert client_of(service, server.url).translate(["ab"], "en", "es") == ["ba"]
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("service", "status", "times", "said"),
    [
        ("deepl", 456, 1, "the quota of this period is used up"),
        ("deepl", 403, 1, "Authorization failure"),
        ("deepl", 400, 1, "told why"),
        ("deepl", 429, 3, "answered 429"),
        ("google", 403, 1, "answered 403 (.*told why.*)"),
        ("google", 400, 1, "answered 400"),
        ("google", 503, 3, "answered 503"),
    ],
)
def test_a_service_that_refuses_is_one_line(service: str, status: int, times: int, said: str) -> None:
    with serving(lambda request, before: refused(service, status)) as server:
        made = client_of(service, server.url)
        with pytest.raises(ServiceError, match=said) as caught:
            made.translate(["ab"], "en", "es")
    assert len(server.asked) == times
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("shape", ["page", "too few", "too many"])
def test_an_answer_of_another_shape_is_one_line(service: str, shape: str, tmp_path: Path) -> None:
    bodies = {
        "page": b"<html>welcome</html>",
        "too few": answer(service, ["a"]),
        "too many": answer(service, ["a"] * 3),
    }
    memory = Memory(tmp_path / "memory.sqlite")
    with serving(lambda request, before: Reply(bodies[shape])) as server:
        translator = Translator(client_of(service, server.url), memory)
        with pytest.raises(ServiceError) as caught:
            translator.translate(["ab", "cd"], "en", "es")
    assert "\n" not in str(caught.value)
    assert memory.statistics() == []


def test_without_keys_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("deepl", reason="the extra deepl is not installed")
    monkeypatch.delenv("DEEPL_AUTH_KEY", raising=False)
    with pytest.raises(InputError, match="DEEPL_AUTH_KEY, which is not set"):
        engine("deepl")
