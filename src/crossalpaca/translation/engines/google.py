"""Google Cloud Translation v3, through its own client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crossalpaca.endpoints import Passing, Patience, asked_wait, patiently
from crossalpaca.errors import InputError, ServiceError
from crossalpaca.translation.engines import key, missing
from crossalpaca.translation.limits import Limits

# The service takes 30,000 code points a request, and 6,000,000 a minute of a project by default.
PATIENCE = Patience()
LIMITS = Limits(texts=1024, size=30_000, concurrent=4, characters=100_000)
PRICE = 20.0  # US dollars for a million characters, neural model; 2026
_CODES = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}
_MAY_PASS = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Google:
    """The service's neural model; `client` is a `TranslationServiceClient`."""

    client: Any
    project: str
    patience: Patience = PATIENCE
    name: str = "google"
    limits: Limits = LIMITS
    price: float = PRICE
    keeps_markup: bool = True
    one_sentence: bool = False

    def version(self, source: str, target: str) -> str:
        """The service does not tell that of its model."""
        return "v3/nmt"

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        """One request. The type is always said, for without one the service reads HTML and answers with entities."""
        request = {
            "parent": f"projects/{self.project}/locations/global",
            "contents": list(texts),
            "mime_type": "text/html" if markup else "text/plain",
            "source_language_code": _CODES.get(source, source),
            "target_language_code": _CODES.get(target, target),
        }
        return patiently(lambda: self._once(request), "google", self.patience)

    def _once(self, request: dict[str, Any]) -> list[str]:
        import requests
        from google.api_core import exceptions
        from google.auth.exceptions import GoogleAuthError, TransportError
        from google.protobuf.json_format import ParseError

        try:
            answer = self.client.translate_text(request=request, retry=None, timeout=self.patience.timeout)
        except exceptions.GoogleAPICallError as error:
            told = f"{int(error.code or 0)} ({' '.join(str(error.message).split())[:160]})"
            if error.code in _MAY_PASS:
                headers = getattr(error.response, "headers", None) or {}
                raise Passing(f"answered {told}", asked_wait(headers.get("Retry-After"))) from None
            raise ServiceError(f"google: answered {told}; finished work is kept") from None
        except (requests.RequestException, TransportError) as error:
            raise Passing(f"gave no answer ({type(error).__name__})") from None
        except ParseError:
            raise ServiceError("google: answered no translations; is a proxy in between?") from None
        except GoogleAuthError as error:
            raise ServiceError(f"google: the credentials are refused ({type(error).__name__}); renew them") from None
        return [translation.translated_text for translation in answer.translations]


def engine(argument: str) -> Google:
    """The engine, with the project in `GOOGLE_CLOUD_PROJECT`.

    Raises:
        InputError: there are no project or credentials, or the client is not installed.
    """
    if argument:
        raise InputError(f"google:{argument}: the engine takes no argument; name it google")
    try:
        from google.auth.exceptions import DefaultCredentialsError
        from google.cloud import translate_v3
    except ImportError:
        raise missing("google-cloud-translate", "google") from None
    project = key("GOOGLE_CLOUD_PROJECT", "google")
    try:
        return Google(translate_v3.TranslationServiceClient(transport="rest"), project)
    except DefaultCredentialsError:
        raise InputError(
            "google: no credentials; name their file in GOOGLE_APPLICATION_CREDENTIALS, or log in with gcloud"
        ) from None
