"""The server of the playground: who may ask, and what.

It listens on loopback. A page of the web that a browser shows can still send it requests, under a name that it lets
point to this machine (DNS rebinding) or from another site; both are refused. So is every path but those that the page
needs: no upload, no file, no proxy.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from crossalpaca.errors import InputError, RunError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from gradio import Blocks
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PATHS = re.compile(
    r"/|/(config|theme\.css|favicon\.ico|manifest\.json|robots\.txt)/?|/(assets|static|svelte)/.*"
    r"|/gradio_api/(info|startup-events|cancel|run/predict|heartbeat/[^/]+|queue/(join|data|status))/?"
)
_LOCAL = ("localhost", "127.0.0.1", "::1")

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
)
"""What a browser may do with the page: nothing that leaves this server. Gradio needs inline scripts and eval."""

_HEADERS = ((b"content-security-policy", POLICY.encode()), (b"referrer-policy", b"no-referrer"))


def require_gradio() -> None:
    """Raises InputError where the extra of the playground is not installed."""
    if find_spec("gradio") is None:
        raise InputError('the playground needs Gradio; pip install ".[playground]" in the folder of this project')


def require_loopback(host: str, allow_remote: bool) -> None:
    """Raises InputError for an address that other machines reach, unless they may."""
    if host not in _LOCAL and not _loopback(host) and not allow_remote:
        raise InputError(
            f"--host {host}: other machines could reach it, and it asks for no password; add --allow-remote if they may"
        )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        InputError: the address is not one of this machine.
        RunError: the port is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:  # of names that no network can have
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"--host {host}: is no address ({reason}); name another --host") from None
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen()
    except OSError as error:
        bound.close()
        raise RunError(f"{host}:{port}: cannot listen there ({error.strerror}); choose another --port") from None
    return bound


def address_of(bound: socket.socket) -> str:
    """The URL under which a browser of this machine finds a socket."""
    host, port = bound.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = "127.0.0.1" if bound.family == socket.AF_INET else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets through what comes under a name of this server, from its own page, for a path that the page needs.

    Attributes:
        app: what is guarded.
        hosts: names and addresses of the server.
        remote: it listens beyond loopback; then any address in digits is its own, since rebinding takes a name.
    """

    app: ASGIApp
    hosts: Sequence[str]
    remote: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or refuses it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        reason = self._refusal(scope)
        if reason is None:
            await self.app(scope, receive, _with_headers(send))
            return
        status, text = reason
        from starlette.responses import PlainTextResponse

        await PlainTextResponse(text, status_code=status)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._own(host):
            return 421, "This is not the server of that name."
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return 403, "Requests of other sites are refused."
        if scope["type"] != "http" or not _PATHS.fullmatch(scope["path"]):
            return 404, "There is nothing here."
        return None

    def _own(self, host: str) -> bool:
        name = re.sub(r":\d+$", "", host.lower()).strip("[]")
        if name in self.hosts:
            return True
        try:
            return self.remote and bool(ipaddress.ip_address(name))
        except ValueError:
            return False


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
        await send(message)

    return sending


def application(blocks: Blocks, look: dict[str, Any], host: str, allow_remote: bool) -> Guard:
    """The page behind its guard.

    Args:
        blocks: the page.
        look: what mounting it takes for its looks: theme, css, head.
        host: that it listens on.
        allow_remote: other machines may ask.
    """
    import gradio
    from fastapi import FastAPI

    blocks.queue(max_size=16, api_open=False)
    outer: FastAPI = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    # Whatever an environment variable could turn on is said here.
    mounted = gradio.mount_gradio_app(
        outer,
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size=0,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        **look,
    )
    names = (socket.gethostname().lower(), socket.getfqdn().lower()) if allow_remote else ()
    return Guard(mounted, (*_LOCAL, host.lower(), *names), remote=allow_remote)


def serve(app: Guard, bound: socket.socket) -> None:
    """Serves until it is interrupted."""
    import uvicorn

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=1
    )
    try:
        uvicorn.Server(config).run(sockets=[bound])
    except KeyboardInterrupt:  # uvicorn has ended in order, and passes on what ended it
        return
