"""What an experiment needs from outside: its data files, each read once, and its translation engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crossalpaca.errors import DataError, InputError
from crossalpaca.experiment import Translate
from crossalpaca.languages import language
from crossalpaca.records import SourceFile
from crossalpaca.sources.files import locate, source_file
from crossalpaca.translation.steps import Asked, asked

_SHOWN = 5


class DataFiles:
    """Data files of an experiment, each read once; what is missing is collected and named together.

    Attributes:
        folder: what names are relative to.
        missing: paths of what is not there, in the order in which they were asked.
        unusable: why translation engines cannot be used here.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, SourceFile] = {}
        self.missing: list[str] = []
        self.unusable: list[str] = []

    def get(self, name: str) -> SourceFile:
        """The file of a name; one that is missing is known by its name alone."""
        if name not in self.known:
            path = locate(name, self.folder)
            try:
                self.known[name] = source_file(path)
            except DataError:
                self.missing.append(str(path))
                self.known[name] = SourceFile(path, f"missing:{name}")
        return self.known[name]

    def for_language(self, name: str, code: str) -> SourceFile:
        """The file of a name with `{language}` in it; some benchmarks know zh-Hans as zh."""
        names = [name.replace("{language}", known) for known in (code, *language(code).aliases)]
        present = [found for found in names if locate(found, self.folder).is_file()]
        return self.get((present or names)[0])

    def troubles(self) -> Iterator[str]:
        """What must be there before anything can run, a line each."""
        if self.missing:
            more = len(self.missing) - _SHOWN
            shown = ", ".join(self.missing[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
            yield f"missing data: {shown}; put the files there, or name the folder that holds the data with --data"
        yield from self.unusable

    def require(self) -> None:
        """Checks that nothing is missing.

        Raises:
            DataError: a file is; names the first few.
            InputError: a translation engine cannot be used.
        """
        for trouble in self.troubles():
            raise DataError(trouble) if self.missing else InputError(trouble)

    def engine(self, translate: Translate, code: str) -> Asked:
        """The engine that translates into a language; one that cannot be used here is known by its name alone."""
        try:
            return asked(translate.engine, translate.source, code, max_cost=translate.max_cost)
        except InputError as error:
            if str(error) not in self.unusable:
                self.unusable.append(str(error))
            return Asked(translate.engine, "unusable", None, translate.max_cost)
