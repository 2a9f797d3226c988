"""DeepL, through its own client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crossalpaca.endpoints import Passing, Patience, patiently
from crossalpaca.errors import InputError, ServiceError
from crossalpaca.translation.engines import key, missing
from crossalpaca.translation.limits import Limits

PATIENCE = Patience()
LIMITS = Limits(texts=50, size=100 * 1024, unit="bytes", concurrent=4)  # 128 KiB with what JSON adds
PRICE = 20.0  # euros for a million characters, API Pro, apart from the monthly fee; 2025
_SOURCES = {"zh-Hans": "ZH", "zh-Hant": "ZH"}
_TARGETS = {"en": "EN-US", "pt": "PT-PT", "zh-Hans": "ZH-HANS", "zh-Hant": "ZH-HANT"}


@dataclass(frozen=True, slots=True)
class DeepL:
    """The service; `client` is a `deepl.DeepLClient` that does not try again by itself."""

    client: Any
    patience: Patience = PATIENCE
    name: str = "deepl"
    limits: Limits = LIMITS
    price: float = PRICE
    keeps_markup: bool = True
    one_sentence: bool = False

    def version(self, source: str, target: str) -> str:
        """The service does not tell those of its models."""
        return "v2"

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        """One request."""
        options = {
            "source_lang": _SOURCES.get(source, source.upper()),
            "target_lang": _TARGETS.get(target, target.upper()),
            "preserve_formatting": True,
            "tag_handling": "xml" if markup else None,  # its HTML leaves tags such as <x id="0"/> open
        }
        return patiently(lambda: self._once(texts, options), "deepl", self.patience)

    def _once(self, texts: Sequence[str], options: dict[str, Any]) -> list[str]:
        import deepl

        try:
            answers = self.client.translate_text(list(texts), **options)
        except deepl.QuotaExceededException:
            raise ServiceError("deepl: the quota of this period is used up; finished work is kept") from None
        except deepl.DeepLException as error:
            status = error.http_status_code or 0
            if error.should_retry or status >= 500 or isinstance(error, deepl.ConnectionException):
                raise Passing(f"answered {status or 'nothing'} ({type(error).__name__})") from None
            raise ServiceError(f"deepl: {' '.join(str(error).split())[:200]}") from None
        except (ValueError, KeyError, TypeError) as error:
            raise ServiceError(f"deepl: answered no translations ({type(error).__name__})") from None
        return [answer.text for answer in answers]


def engine(argument: str) -> DeepL:
    """The engine, with the key in `DEEPL_AUTH_KEY`.

    Raises:
        InputError: there is no key, or the client is not installed.
    """
    if argument:
        raise InputError(f"deepl:{argument}: the engine takes no argument; name it deepl")
    try:
        import deepl
    except ImportError:
        raise missing("deepl", "deepl") from None
    deepl.http_client.max_network_retries = 0  # the one policy is `Patience`
    deepl.http_client.min_connection_timeout = PATIENCE.timeout
    return DeepL(deepl.DeepLClient(key("DEEPL_AUTH_KEY", "deepl")))
