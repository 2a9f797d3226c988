"""Opening outside files, plain or compressed, with errors that name file and line."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from crossalpaca.errors import DataError, printable
from crossalpaca.records import SourceFile
from crossalpaca.sources import hub
from crossalpaca.sources.streams import BrokenStream, line_blocks, read_chunks
from crossalpaca.store import file_sha256

STARTER_PREFIX = "starter:"


def starter_folder() -> Path:
    """The folder of the starter data that ships in the package."""
    return Path(str(resources.files("crossalpaca"))) / "starter"


def locate(name: str, data: Path) -> Path:
    """The path of a data file: `starter:NAME` is in the package, anything else is relative to `data`.

    `hub:OWNER/NAME@COMMIT:PATH` is a file of a dataset on the hub, which is downloaded where no copy is at hand.

    Raises:
        InputError: a name beginning with `hub:` is in another form.
        DataError: the hub's file cannot be had.
    """
    if name.startswith(hub.PREFIX):
        return hub.fetch(hub.hub_file(name), data)
    if name.startswith(STARTER_PREFIX):
        return starter_folder() / name.removeprefix(STARTER_PREFIX)
    return data / name


def source_file(path: Path) -> SourceFile:
    """A file by its content.

    Raises:
        DataError: it is not there, or not a file.
    """
    require_file(path)
    return SourceFile(path, file_sha256(path))


def require_file(path: Path) -> None:
    """Checks that a path is that of a file.

    Raises:
        DataError: it is not there, or not a file.
    """
    if what := file_problem(path):
        raise DataError(f"{path}: {what}; name the folder that holds the data with --data, or mend the path")


def file_problem(path: Path) -> str:
    """Why a path is not that of a file; empty where it is."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "is not there"
    except OSError as error:  # too long, or in a folder that may not be read
        return f"cannot be read ({error.strerror})"
    except ValueError:  # it holds a NUL
        return "is not there"
    if stat.S_ISREG(mode):
        return ""
    return "is a folder, not a file" if stat.S_ISDIR(mode) else "is a pipe or a device, not a file"


def beginning(text: str, most: int = 80) -> str:
    """The beginning of a text from outside as a message may show it: on one line, nothing that a terminal obeys."""
    return printable(text[:most])


def read_lines(path: Path) -> Iterator[str]:
    """Lines of a UTF-8 file, plain or compressed, without line ends, byte order mark, and CR before a line's end.

    Raises:
        DataError: a line is not UTF-8, or the compressed stream is broken; the message names the line.
    """
    number = 0
    try:
        for block in line_blocks(read_chunks(path)):
            for raw in block.split(b"\n"):
                number += 1
                yield raw.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), number, error) from None
    except BrokenStream as error:
        raise error.after(number, str(path)) from None


def not_utf8(name: str, line: int, error: UnicodeDecodeError) -> DataError:
    """What to say of a line that is not UTF-8."""
    return DataError(f"{name}:{line}: not UTF-8 ({error.reason}); convert the file or remove the line")


def read_json(path: Path) -> Any:
    """The JSON value of a UTF-8 file, plain or compressed.

    Raises:
        DataError: it is not JSON; the message says when it looks like a web page.
    """
    text = "\n".join(read_lines(path))
    if text.lstrip()[:1] == "<":
        raise DataError(f"{path}: is a web page, not JSON; download the raw file")
    return parse_json(text, str(path))


def parse_json(text: str, path: str, line: int = 1) -> Any:
    """The value of a JSON text from outside, which begins at a line of a file.

    Raises:
        DataError: it is not JSON, nested too deeply, or holds half a character (a lone surrogate).
    """
    try:
        value = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{line + error.lineno - 1}: not JSON ({error.msg}); get the file again") from None
    except RecursionError:
        raise DataError(f"{path}:{line}: JSON nested too deeply to be data") from None
    except UnicodeEncodeError as error:
        near = error.object[max(error.start - 40, 0) : error.start]
        raise DataError(f"{path}:{line}: holds half a character (a lone surrogate) after {near!r}; mend it") from None
    except ValueError as error:
        raise DataError(f"{path}:{line}: not JSON that can be used ({error})") from None
    return value
