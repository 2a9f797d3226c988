"""HTTP services asked for JSON: time-outs, retries with back-off, and every failure in one line.

A failure that may pass (no answer, a cut answer, too many requests, an error of the server) is tried again, after the
time that the service asks for, or after a growing one with jitter, so that many clients do not return at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2

from crossalpaca.errors import InputError, ServiceError

Answer = TypeVar("Answer")
_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_SHOWN = 200  # characters of an answer in an error


class Passing(Exception):
    """A failure that may pass.

    Attributes:
        after: seconds that the service asks to wait, or None where it does not say.
    """

    def __init__(self, what: str, after: float | None = None) -> None:
        super().__init__(what)
        self.after = after


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on asking.

    Attributes:
        attempts: in all.
        first_wait, longest_wait: seconds before the second attempt, doubled each time, and at most. A service that
            asks for more than the longest wait is not waited for.
        timeout: seconds without a sign of life before an attempt counts as failed.
    """

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    timeout: float = 120.0

    def wait(self, attempt: int, asked: float | None) -> float:
        """Seconds to wait after the attempt of this number, counted from 1."""
        if asked is not None:
            return asked
        return float(min(self.first_wait * 2 ** (attempt - 1), self.longest_wait) * random.uniform(0.5, 1.0))


def patiently(
    ask: Callable[[], Answer], service: str, patience: Patience, sleep: Callable[[float], None] = time.sleep
) -> Answer:
    """What `ask` answers, asked again as long as it raises `Passing` and patience lasts.

    Raises:
        ServiceError: the last attempt failed too, or the service asks for a longer wait than there is patience.
    """
    for attempt in range(1, patience.attempts + 1):
        try:
            return ask()
        except Passing as failure:
            wait = patience.wait(attempt, failure.after)
            if wait > patience.longest_wait:
                raise ServiceError(
                    f"{service}: {failure}, and asks to wait {wait:.0f} s; run again then, finished work is kept"
                ) from None
            if attempt == patience.attempts:
                raise ServiceError(
                    f"{service}: {failure}, {attempt} times; see to the service and run again, finished work is kept"
                ) from None
        sleep(wait)
    raise ServiceError(f"{service}: was not asked; allow at least one attempt")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service that takes and gives JSON.

    Attributes:
        url: without a slash at its end; what is asked for is appended.
        headers: sent with every request, keys among them; never shown.
        patience: see there.

    Raises:
        InputError: the address is none.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    patience: Patience = Patience()
    _client: httpx2.Client = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            told = self.url.rpartition("@")[2].partition("?")[0]  # what is before and behind may be secret
            raise InputError(f"{told!r}: is no address of a server; write it as http://HOST:PORT, or with https")
        client = httpx2.Client(headers=dict(self.headers), timeout=self.patience.timeout)
        object.__setattr__(self, "_client", client)

    @property
    def shown(self) -> str:
        """The address for people, without a user or a password in it."""
        url = httpx2.URL(self.url)
        return str(url.copy_with(username=None, password=None, query=None))

    def post(self, path: str, body: Mapping[str, Any], check: Callable[[Any], Answer]) -> Answer:
        """What `check` makes of the JSON answer to a body posted as JSON.

        `check` raises `Passing` for an answer that is worth asking for again.

        Raises:
            ServiceError: the service cannot be reached, refuses, or answers no JSON, also after trying again.
        """
        return self._ask("POST", path, body, check)

    def get(self, path: str, check: Callable[[Any], Answer]) -> Answer:
        """The same for an address that is read.

        Raises:
            ServiceError: as for `post`.
        """
        return self._ask("GET", path, None, check)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, check: Callable[[Any], Answer]) -> Answer:
        def attempt() -> Answer:
            return check(self._once(method, path, body))

        return patiently(attempt, self.shown + path, self.patience)

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        try:
            response = self._client.request(method, self.url + path, json=body)
        except httpx2.TimeoutException:
            raise Passing(f"gave no answer within {self.patience.timeout:g} s") from None
        except httpx2.ConnectError:
            raise Passing("cannot be reached") from None
        except httpx2.TransportError as error:
            raise Passing(f"cut the connection ({type(error).__name__})") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ServiceError(f"{self.shown}: cannot be asked ({error})") from None
        if response.status_code in _MAY_PASS:
            raise Passing(f"answered {_told(response)}", asked_wait(response.headers.get("Retry-After")))
        if response.status_code != httpx2.codes.OK:
            raise ServiceError(f"{self.shown}{path}: answered {_told(response)}")
        try:
            return response.json()
        except ValueError:
            raise ServiceError(f"{self.shown}{path}: answered no JSON; is the address right?") from None


def _is_address(url: str) -> bool:
    """Whether a text is one that can be asked, as far as that shows in it."""
    try:
        parts = urlsplit(url)
        httpx2.URL(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (ValueError, httpx2.InvalidURL):  # the former of a port that is no number, or too large
        return False


def _told(response: httpx2.Response) -> str:
    """Status and the beginning of what came with it, on one line."""
    text = " ".join(response.text.split())
    return f"{response.status_code}" + (f" ({text[:_SHOWN]})" if text else "")


def asked_wait(header: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, given as seconds or as a date; None where it does not."""
    if header is None:
        return None
    with suppress(ValueError):  # a date, then
        return max(0.0, float(header))
    with suppress(ValueError, OverflowError):  # no date either, or one that no calendar has
        until = parsedate_to_datetime(header)
        return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    return None
