"""Opening outside files, plain or gzipped, with errors that name file and line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from crossalpaca.errors import DataError
from crossalpaca.records import SourceFile
from crossalpaca.store import file_sha256

STARTER_PREFIX = "starter:"


def starter_folder() -> Path:
    """The folder of the starter data that ships in the package."""
    return Path(str(resources.files("crossalpaca"))) / "starter"


def locate(name: str, data: Path) -> Path:
    """The path of a data file: `starter:NAME` is in the package, anything else is relative to `data`."""
    if name.startswith(STARTER_PREFIX):
        return starter_folder() / name.removeprefix(STARTER_PREFIX)
    return data / name


def source_file(path: Path) -> SourceFile:
    """A file by its content.

    Raises:
        DataError: it is not there, or not a file.
    """
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "is not there"
        raise DataError(f"{path}: {what}; name the folder that holds the data with --data, or mend the path")
    return SourceFile(path, file_sha256(path))


def read_lines(path: Path) -> Iterator[str]:
    """Lines of a UTF-8 file, plain or gzipped, without line ends; a byte order mark and CR before LF are dropped.

    Raises:
        DataError: a line is not UTF-8, or the gzip stream is broken; the message names the line.
    """
    number = 0
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            for number, raw in enumerate(file, start=1):
                line = raw.decode("utf-8")
                yield (line.removeprefix("\ufeff") if number == 1 else line).rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}:{number}: not UTF-8 ({error.reason}); convert the file or remove the line") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path}: broken gzip after line {number} ({error}); get the file again") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None


def read_json(path: Path) -> Any:
    """The JSON value of a UTF-8 file, plain or gzipped.

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
        if "\\ud" in text.lower():
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
