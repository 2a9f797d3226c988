"""Who may ask the server, and what."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.errors import InputError, RunError
from crossalpaca.playground import serving
from crossalpaca.playground.serving import POLICY, Guard, address_of, bind, require_gradio, require_loopback

LOCAL = ("localhost", "127.0.0.1", "::1")


async def open_door(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers everything."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in"})


def answered(host: str, origin: str = "", path: str = "/", *, remote: bool = False) -> tuple[int, dict[str, str]]:
    """Status and headers that a request through the guard gets."""
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    sent: list[dict[str, Any]] = []

    async def ask() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        scope = {"type": "http", "method": "GET", "path": path, "headers": headers}
        await Guard(open_door, (*LOCAL, "box.lan") if remote else LOCAL, remote)(scope, receive, send)

    asyncio.run(ask())
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("host", ["localhost:7860", "LOCALHOST", "127.0.0.1:7860", "[::1]:7860"])
def test_its_own_names_are_let_in(host: str) -> None:
    status, headers = answered(host, f"http://{host}")
    assert (status, headers["content-security-policy"]) == (200, POLICY)


@given(name=st.from_regex(r"[a-z0-9.-]{1,20}(:[0-9]{1,5})?", fullmatch=True))
def test_other_names_are_refused(name: str) -> None:
    if name.partition(":")[0] not in LOCAL:
        assert answered(name)[0] == 421
        assert answered("localhost:7860", f"http://{name}")[0] == 403


@pytest.mark.parametrize("host", ["", "localhost.evil.example", "127.0.0.1.evil.example:7860", "192.168.0.7"])
def test_names_that_look_like_its_own_are_refused(host: str) -> None:
    assert answered(host)[0] == 421


@pytest.mark.parametrize("origin", ["null", "http://localhost:1", "https://localhost:7860", "http://evil.example"])
def test_pages_of_others_are_refused(origin: str) -> None:
    assert answered("localhost:7860", origin)[0] == 403


def test_beyond_loopback_a_name_must_be_its_own() -> None:
    assert [answered(host, remote=True)[0] for host in ("192.168.0.7:7860", "box.lan", "evil.example")] == [
        200,
        200,
        421,
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=https://a.hf.space/x",
        "/gradio_api/component_server",
        "/gradio_api/stream/x",
        "/gradio_api/runs",
        "/gradio_api/deep_link",
        "/monitoring",
        "/docs",
        "/openapi.json",
    ],
)
def test_what_the_page_does_not_need_is_not_there(path: str) -> None:
    assert answered("localhost", path=path)[0] == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "box.lan"])
def test_other_machines_are_let_in_only_when_it_is_said(host: str) -> None:
    with pytest.raises(InputError, match="add --allow-remote if they may"):
        require_loopback(host, allow_remote=False)
    require_loopback(host, allow_remote=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback_needs_no_leave(host: str) -> None:
    require_loopback(host, allow_remote=False)


def test_a_taken_port_is_told_in_one_line() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        assert address_of(first) == f"http://127.0.0.1:{port}"
        with pytest.raises(RunError, match=f"127.0.0.1:{port}: cannot listen there .* choose another --port"):
            bind("127.0.0.1", port)


def test_what_is_no_address_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*given: Any, **more: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(serving.socket, "getaddrinfo", unknown)
    with pytest.raises(InputError, match="--host nowhere: is no address"):
        bind("nowhere", 0)


@pytest.mark.parametrize("name", ["a" * 64, "a..b", "\udcff"])
def test_what_no_network_can_have_as_a_name_is_told_in_one_line(name: str) -> None:
    with pytest.raises(InputError, match=r"is no address .*; name another --host") as said:
        bind(name, 0)
    assert "\n" not in str(said.value)


def test_without_gradio_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'pip install "\.\[playground\]"'):
        require_gradio()


def test_gradio_is_told_to_be_silent_before_it_is_imported() -> None:
    if importlib.util.find_spec("gradio") is None:
        pytest.skip("gradio is not installed; it comes with the extra playground")
    from gradio.analytics import analytics_enabled

    assert not analytics_enabled()
