"""The translation memory: what an engine has answered is kept in SQLite, so that no segment is paid for twice."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from crossalpaca.errors import StoreError

Form = Literal["text", "html"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS segments (
  key BLOB PRIMARY KEY, engine TEXT NOT NULL, version TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL,
  form TEXT NOT NULL, text TEXT NOT NULL, translation TEXT NOT NULL, cost REAL NOT NULL
) WITHOUT ROWID
"""
_AT_ONCE = 500  # keys of one query
_PATIENCE = 120.0  # seconds to wait for other processes that write


@dataclass(frozen=True, slots=True)
class Scope:
    """All but the text that a translation depends on.

    Attributes:
        engine: its name, which holds the options that change translations.
        version: of the engine between these languages.
        source, target: codes.
        form: plain text, or a fragment of HTML.
    """

    engine: str
    version: str
    source: str
    target: str
    form: Form = "text"

    def key(self, text: str) -> bytes:
        """What the memory finds a translation by."""
        content = "\0".join((self.engine, self.version, self.source, self.target, self.form, text))
        return hashlib.blake2b(content.encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One remembered segment, and what it cost."""

    scope: Scope
    text: str
    translation: str
    cost: float = 0.0


def memory_path() -> Path:
    """`CROSSALPACA_MEMORY`, else a file in the platform's folder for data: it was paid for, so it is no cache."""
    from platformdirs import user_data_dir

    configured = os.environ.get("CROSSALPACA_MEMORY")
    return Path(configured) if configured else Path(user_data_dir("crossalpaca")) / "translations.sqlite"


class Memory:
    """A memory in one file, which many threads and processes may use at once.

    An entry is on the disk when `keep` returns (SQLite's write-ahead log), whatever happens to the process then.

    Raises:
        StoreError: the file cannot be written, or is no translation memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or memory_path()
        self._lock = threading.Lock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{self.path}: the translation memory cannot be made ({error.strerror}); name another with --memory"
            ) from error
        with self._told():
            self._database = sqlite3.connect(
                self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute(_SCHEMA)

    def found(self, scope: Scope, texts: Sequence[str]) -> dict[str, str]:
        """The translations that are remembered of some texts."""
        keys = {scope.key(text): text for text in texts}
        wanted = list(keys)
        remembered: dict[str, str] = {}
        with self._told():
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                query = "SELECT key, translation FROM segments WHERE key IN (" + ",".join("?" * len(some)) + ")"  # noqa: S608
                remembered |= {keys[key]: translation for key, translation in self._database.execute(query, some)}
        return remembered

    def keep(self, entries: Iterable[Entry]) -> int:
        """Remembers entries, all or none; the number of those that were new, for what is there already stays."""
        rows = [_row(entry) for entry in entries]
        with self._told():
            before = self._database.total_changes
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany("INSERT OR IGNORE INTO segments VALUES (?,?,?,?,?,?,?,?,?)", rows)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
            return self._database.total_changes - before

    def entries(self) -> Iterator[Entry]:
        """Every entry, in an order that does not depend on when it was kept."""
        last = b""
        while True:
            with self._told():
                query = "SELECT * FROM segments WHERE key > ? ORDER BY key LIMIT ?"
                rows = self._database.execute(query, (last, _AT_ONCE)).fetchall()
            if not rows:
                return
            for key, *scope, text, translation, cost in rows:
                yield Entry(Scope(*scope), text, translation, cost)
                last = key

    def statistics(self) -> list[dict[str, Any]]:
        """Segments, characters of source and cost of each scope."""
        columns = "engine, version, source, target, form"
        counts = "count(*) AS segments, sum(length(text)) AS characters, round(sum(cost), 4) AS cost"
        query = f"SELECT {columns}, {counts} FROM segments GROUP BY {columns} ORDER BY {columns}"  # noqa: S608
        with self._told():
            cursor = self._database.execute(query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def claim(self, scope: Scope) -> FileLock:
        """Held by who sends texts of this scope: others wait, and find in the memory what it got."""
        name = hashlib.blake2b(scope.key(""), digest_size=6).hexdigest()
        return FileLock(self.path.with_name(f"{self.path.name}.{name}.lock"))

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """One thread at a time, with SQLite's refusals in one line."""
        try:
            with self._lock:
                yield
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"{self.path}: the translation memory cannot be used ({error}); free space, mend the file, or name "
                "another with --memory"
            ) from error


def _row(entry: Entry) -> tuple[Any, ...]:
    scope = entry.scope
    place = (scope.engine, scope.version, scope.source, scope.target, scope.form)
    return (scope.key(entry.text), *place, entry.text, entry.translation, entry.cost)
