"""Apertium: rule-based translation by a program on this machine.

The program's own reader of text drops the NULs that part one text from the next, so texts are brought into its stream
format here: what must not change becomes a blank, `[hexadecimal]`, and a numbered blank ends each text.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crossalpaca.errors import InputError, ServiceError
from crossalpaca.translation.limits import Limits

_CODES = {"ar": "ara", "ca": "cat", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "fr": "fra", "hi": "hin"}
_CODES |= {"it": "ita", "pt": "por", "ro": "ron", "ru": "rus", "th": "tha", "tr": "tur", "vi": "vie"}
_TAG = r"<[^<>]*>"
# Blanks: ends and runs of white space, control characters, and what has a meaning of its own for some part of the
# pipeline even where escaped.
_FIXED = re.compile(r"(\A\s+|\s+\Z|[ ]{2,}|[^\S ]+|[\^~*#+\x00-\x1f\x7f\u00ad\u200b-\u200f\ufeff]+)")
_MARKUP = re.compile(rf"({_TAG})")
_RESERVED = re.compile(r"[\\\[\]{}$/@<>]")
_BLANK = re.compile(r"(?<!\\)\[(n?[0-9a-f]*)\]")

LIMITS = Limits(texts=200, size=100_000, concurrent=2)


@dataclass(frozen=True, slots=True)
class Apertium:
    """The pairs that are installed, one after the other where no pair goes all the way."""

    name: str = "apertium"
    limits: Limits = LIMITS
    price: float = 0.0
    keeps_markup: bool = True
    one_sentence: bool = False

    def version(self, source: str, target: str) -> str:
        """Version of the program, and of each pair on the way its modes and a hash of its files."""
        return "+".join([_program_version(), *(f"{mode}/{_mode_hash(mode)}" for mode in route(source, target))])

    def translate(self, texts: Sequence[str], source: str, target: str, *, markup: bool = False) -> list[str]:
        """Line by line, through every pair on the way; a text of which a line has no answer has an empty one."""
        lines = [text.split("\n") for text in texts]
        flat = [line for each in lines for line in each]
        for mode in route(source, target):
            flat = _through(mode, flat, markup)
        rest = iter(flat)
        return [_joined(each, [next(rest) for _ in each]) for each in lines]


def _joined(lines: Sequence[str], answers: Sequence[str]) -> str:
    """A text from the answers to its lines; empty where one of them was lost."""
    lost = any(line.strip() and not answer.strip() for line, answer in zip(lines, answers, strict=True))
    return "" if lost else "\n".join(answers)


def engine(argument: str) -> Apertium:
    """The engine.

    Raises:
        InputError: the program is not installed.
    """
    if argument:
        raise InputError(f"apertium:{argument}: the engine takes no argument; name it apertium")
    if shutil.which("apertium-wblank-mode") is None:
        raise InputError("apertium is not installed; on Debian: apt-get install apertium apertium-eng-spa")
    return Apertium()


def route(source: str, target: str) -> tuple[str, ...]:
    """Names of the modes that lead from one language to the other, as few as possible.

    Raises:
        InputError: the installed pairs do not lead there.
    """
    start, end = (_CODES.get(code, code) for code in (source, target))
    ways: dict[str, tuple[str, ...]] = {start: ()}
    for language in (queue := [start]):
        for mode in modes():
            before, _, after = mode.partition("-")
            if before == language and after not in ways:
                ways[after] = (*ways[before], mode)
                queue.append(after)
    if end not in ways or start == end:
        known = ", ".join(modes()) or "none"
        raise InputError(
            f"apertium: no installed pair leads from {source} to {target}: installed are {known}; "
            "install another (apt-cache search apertium-) or name another engine"
        )
    return ways[end]


@cache
def modes() -> tuple[str, ...]:
    """Names of the installed modes that are pairs of languages, such as eng-spa."""
    return tuple(sorted(path.stem for path in _folder().glob("*.mode") if path.stem.count("-") == 1))


def _folder() -> Path:
    return Path(os.environ.get("APERTIUM_DATADIR", "/usr/share/apertium")) / "modes"


@cache
def _program_version() -> str:
    done = subprocess.run(["apertium", "-V"], capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout.strip().rpartition(" ")[2] or "unknown"


@cache
def _mode_hash(mode: str) -> str:
    try:
        pipeline = (_folder() / f"{mode}.mode").read_text(encoding="utf-8")
        digest = hashlib.sha256(pipeline.encode())
        for name in re.findall(r"'([^']+)'", pipeline):
            digest.update(Path(name).read_bytes())
    except OSError as error:
        raise InputError(f"apertium {mode}: {error.filename}: {error.strerror}; install the pair again") from None
    return digest.hexdigest()[:8]


@cache
def _pipeline(mode: str) -> str:
    """The mode as a command of bash that answers text by text.

    What the tagger answers depends on all that it has read before, so each text gets one of its own.
    """
    command = ["apertium-wblank-mode", "-z", str(_folder() / f"{mode}.mode")]
    whole = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    alone = r"""while IFS= read -r -d '' text; do printf %s "$text" | \1\2; printf '\\0'; done"""
    return re.sub(r"(apertium-tagger)(?: -z)?([^|]*)", alone, whole)


def _through(mode: str, texts: Sequence[str], markup: bool) -> list[str]:
    """One pass; texts whose answer was lost are asked again by halves, and what has none by itself has an empty one.

    Some texts crash a program of some pairs (apertium-postchunk of eng-cat), which takes their neighbours with them.
    """
    found = _answers(mode, texts, markup)
    lost = [number for number in range(len(texts)) if number not in found]
    if len(texts) == 1:
        return [found.get(0, "")]
    for half in (lost[: len(lost) // 2], lost[len(lost) // 2 :]):
        if half:
            found |= zip(half, _through(mode, [texts[number] for number in half], markup), strict=True)
    return [found[number] for number in range(len(texts))]


def _answers(mode: str, texts: Sequence[str], markup: bool) -> dict[int, str]:
    """By the number of a text its translation; those that were lost are not in it."""
    stream = "".join(f"{_to_stream(text, markup)}[n{number:x}]\0" for number, text in enumerate(texts))
    # -n: unknown words are not marked
    command = ["bash", "-c", _pipeline(mode), "bash", "-n", ""]
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, input=stream.encode(), capture_output=True, env=environment, check=False)
    if done.returncode:
        reason = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise ServiceError(f"apertium {mode}: failed ({reason}); is the pair wholly installed?")
    found: dict[int, str] = {}
    for answer in done.stdout.decode(errors="replace").split("\0"):
        pieces = _BLANK.split(answer)
        ends = [blank for blank in pieces[1::2] if blank.startswith("n")]
        if len(ends) == 1:  # two, where the end of a text was lost: neither is whole
            found[int(ends[0][1:], 16)] = _from_stream(pieces[:-2], markup)
    return found


def _to_stream(text: str, markup: bool) -> str:
    """A text in the stream format; see at the top."""
    parts = _MARKUP.split(text) if markup else [text]
    made: list[str] = []
    for number, part in enumerate(parts):
        if number % 2:
            made.append(_blank(part))
            continue
        for index, piece in enumerate(_FIXED.split(html.unescape(part) if markup else part)):
            made.append(_blank(html.escape(piece, quote=False) if markup else piece) if index % 2 else _escaped(piece))
    return "".join(made)


def _blank(text: str) -> str:
    return f"[{text.encode('utf-8', 'surrogatepass').hex()}]" if text else ""


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda found: "\\" + found[0], text)


def _from_stream(pieces: Sequence[str], markup: bool) -> str:
    """Text from what stands between blanks and the blanks, in turn; spaces that dropped words left behind go."""
    made = ""
    spaced = True  # the last character that is no tag's is white space, or there is none
    for number, piece in enumerate(pieces):
        if number % 2:
            text = bytes.fromhex(piece).decode("utf-8", "surrogatepass")
            if not (markup and re.fullmatch(r"</?[^/<>]*>", text)):  # a tag that closes itself stands for a piece
                spaced = text[-1:].isspace()
        else:
            text = re.sub(r" {2,}", " ", re.sub(r"\\(.)", r"\1", piece))
            text = text.lstrip(" ") if spaced else text
            spaced = text[-1:].isspace() if text else spaced
            text = html.escape(text, quote=False) if markup else text
        made += text
    return made
