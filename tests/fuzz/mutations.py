"""Damage to the bytes of a file: an edit is a tuple of small numbers, so that any generator can draw it."""

from __future__ import annotations

import re
from collections.abc import Sequence

Edit = tuple[int, int, int, int]
"""What is done, and three numbers that say where and how; each counts modulo whatever there is to choose from."""

LARGEST = 1 << 16  # of the numbers of an edit

# What readers stumble over, put in place of something or between.
TOKENS: tuple[bytes, ...] = (
    *(b"\0", b"\xff\xfe", b"\x1b[2J", b"\r", b"\n", b"\t", b'"', b"'", b",", b"\\", b"\xef\xbb\xbf", b"\xe2\x80\xa8"),
    *(b"null", b"true", b"-1", b"1.5", b"NaN", b"1e999", b'""', b"[]", b"{}", b"[[]]", b'{"text": 1}', b"[" * 2000),
    *(b"9" * 5000, b"0x" + b"f" * 6000, b"1_0", b'"\\ud800"', b'"\\u0000"', b"\xed\xa0\x80", b"\xf0\x9f\x98\x80"),
    *(b"<!DOCTYPE tmx [<!ENTITY a 'b'>]>", b"&a;", b"&#0;", b"<ph>", b'<ph type="x-char">U+D800</ph>', b"<tu>", b"]]>"),
    *(b"!!int ''", b"!!bool x", b"!!timestamp x", b"!!binary x", b"!!python/name:os.system", b"&x [*x, *x]", b"<<: "),
    *(b"{1: 2}", b"{[]: 1}", b"()", b"1+1j", b"\n- ", b": ", b"../../x", b"=1+1", b"(A)", b"msgid ", b"\n\n"),
)
_PARTS = re.compile(rb'"[^"\n]*"|[^\s"<>\[\]{},:]+|<[^<>]*>|[\[\]{},:\t\n]')
_ENCODINGS = ("utf-16", "latin-1", "utf-8-sig", "cp037")


def edited(content: bytes, others: Sequence[bytes], edits: Sequence[Edit]) -> bytes:
    """The content after some edits; pieces may come from the others."""
    for edit in edits:
        content = _edited(content, others, edit)
    return content


def _edited(content: bytes, others: Sequence[bytes], edit: Edit) -> bytes:
    kind, first, second, third = edit
    start = first % (len(content) + 1)
    end = min(len(content), start + second % 64)
    token = TOKENS[third % len(TOKENS)]
    other = others[third % len(others)]
    made = {
        0: content[:start] + bytes(byte ^ 1 << third % 8 for byte in content[start : start + 1]) + content[start + 1 :],
        1: content[:start],
        2: content[:end] + content[start:end] * (third % 50) + content[end:],
        3: content[:start] + other[second % (len(other) + 1) :],
        4: content[:start] + token + content[start:],
        5: content[:start] + content[end:],
    }.get(kind % 9)
    if made is not None:
        return made
    if kind % 9 == 6:
        return _recoded(content, _ENCODINGS[third % len(_ENCODINGS)])
    return _replaced(content, first, token)


def _replaced(content: bytes, number: int, token: bytes) -> bytes:
    """A word, a string, a tag or a sign of the content replaced."""
    parts = [match.span() for match in _PARTS.finditer(content[: 1 << 14])]
    if not parts:
        return content + token
    start, end = parts[number % len(parts)]
    return content[:start] + token + content[end:]


def _recoded(content: bytes, encoding: str) -> bytes:
    return content.decode("utf-8", errors="replace").encode(encoding, errors="replace")
