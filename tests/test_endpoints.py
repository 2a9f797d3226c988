from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossalpaca.endpoints import Endpoint, Passing, Patience, asked_wait, patiently
from crossalpaca.errors import InputError, ServiceError
from loopback import Asked, Reply, serving

QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=2.0, timeout=0.3)


def whole(answer: Any) -> Any:
    return answer


@pytest.mark.parametrize(
    "first",
    [
        Reply(status=429),
        Reply(status=429, headers={"Retry-After": "0.01"}),
        Reply(status=500, body={"error": "no"}),
        Reply(status=503),
        Reply(body={"a": "b" * 100}, cut=True),
        Reply(body="late", delay=0.6),
    ],
    ids=["429", "429 with Retry-After", "500", "503", "cut", "late"],
)
def test_what_may_pass_is_asked_again(first: Reply) -> None:
    with serving(lambda request, before: first if before == 0 else Reply({"ok": request.body})) as server:
        answer = Endpoint(server.url, patience=QUICK).post("/x", {"n": 1}, whole)
    assert answer == {"ok": {"n": 1}}
    assert [request.path for request in server.asked] == ["/x", "/x"]


@pytest.mark.parametrize(
    ("reply", "times", "said"),
    [
        (Reply(status=400, body={"error": "bad prompt"}), 1, 'answered 400 ({"error": "bad prompt"})'),
        (Reply(status=401), 1, "answered 401"),
        (Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}), 1, "answered 302"),
        (Reply(b"<html>"), 1, "no JSON"),
        (Reply(status=429), 3, "answered 429 (null), 3 times"),
        (Reply(status=429, headers={"Retry-After": "3600"}), 1, "asks to wait 3600 s"),
        (Reply(body=[1] * 50, cut=True), 3, "cut the connection"),
        (Reply(delay=0.6), 3, "no answer within 0.3 s"),
    ],
)
def test_what_does_not_pass_is_one_line(reply: Reply, times: int, said: str) -> None:
    with serving(lambda request, before: reply) as server, pytest.raises(ServiceError) as caught:
        Endpoint(server.url, {"Authorization": "Bearer secret"}, QUICK).post("/x", {}, whole)
    assert said in str(caught.value)
    assert server.url in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(server.asked) == times


def test_a_service_that_is_not_there() -> None:
    with serving(lambda request, before: Reply()) as server:
        gone = server.url
    with pytest.raises(ServiceError, match="cannot be reached, 3 times"):
        Endpoint(gone, patience=QUICK).get("/x", whole)


def test_an_answer_can_be_asked_for_again() -> None:
    def check(answer: Any) -> Any:
        if answer["n"] == 0:
            raise Passing("too few")
        return answer

    with serving(lambda request, before: Reply({"n": before})) as server:
        assert Endpoint(server.url, patience=QUICK).get("/x", check) == {"n": 1}


def test_headers_are_sent_and_never_shown() -> None:
    with serving(lambda request, before: Reply()) as server:
        endpoint = Endpoint(server.url, {"Authorization": "Bearer secret"}, QUICK)
        endpoint.get("/x", whole)
    asked: Asked = server.asked[0]
    assert asked.headers["authorization"] == "Bearer secret"
    assert "secret" not in repr(endpoint)
    assert Endpoint("http://user:secret@localhost:1/v1?key=secret").shown == "http://localhost:1/v1"


@given(st.integers(1, 12))
def test_waits_grow_and_are_bounded(attempt: int) -> None:
    wait = Patience(first_wait=1.0, longest_wait=60.0).wait(attempt, None)
    assert min(2 ** (attempt - 1), 60) / 2 <= wait <= 60


def test_a_wait_that_is_asked_for_is_kept() -> None:
    waited: list[float] = []
    answers = iter([Passing("busy", 1.5), Passing("busy", 0.0), None])

    def ask() -> str:
        failure = next(answers)
        if failure is not None:
            raise failure
        return "done"

    assert patiently(ask, "it", Patience(), waited.append) == "done"
    assert waited == [1.5, 0.0]


def test_retry_after_is_seconds_or_a_date() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=30)
    assert asked_wait(None) is None
    assert asked_wait("7") == 7
    assert asked_wait("-7") == 0
    assert asked_wait("soon") is None
    assert 25 < (asked_wait(format_datetime(soon, usegmt=True)) or 0) <= 30
    assert asked_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert asked_wait("Mon, 01 Jan 99999999999999999999 00:00:00 GMT") is None
    assert asked_wait("Mon, 01 Jan 2035 00:00:00 +99999999999999999999") is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000/v1",
        "//localhost/v1",
        "ftp://localhost/v1",
        "http://",
        "http://:8000/v1",
        "http://localhost:PORT/v1",
        "http://localhost:99999/v1",
        "http://localhost:0/v1",
        "http://[::1/v1",
        "http://local\x00host/v1",
        "http://user:secret@localhost:PORT/v1?key=secret",
        "http://user:secret/more@localhost:PORT",
    ],
)
def test_an_address_that_is_none_is_refused_at_once_and_without_its_secrets(url: str) -> None:
    with pytest.raises(InputError, match="is no address of a server") as caught:
        Endpoint(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=20))
def test_whatever_is_given_as_an_address_can_be_shown_or_is_refused(rest: str) -> None:
    try:
        told = Endpoint(f"http://{rest}").shown
    except InputError as error:
        told = str(error)
    assert told
    assert told.isprintable()
