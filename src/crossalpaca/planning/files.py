"""What an experiment needs from outside: its data files, each read once, and its translation engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crossalpaca.errors import DataError, InputError
from crossalpaca.experiment import Translate
from crossalpaca.languages import language
from crossalpaca.records import SourceFile
from crossalpaca.sources import hub
from crossalpaca.sources.files import file_problem, locate, source_file
from crossalpaca.translation.steps import Asked, asked

_SHOWN = 5


class DataFiles:
    """Data files of an experiment, each read once; what is missing is collected and named together.

    Attributes:
        folder: what names are relative to.
        missing: paths of what is not there, in the order in which they were asked.
        unusable: why files of the hub cannot be had, and translation engines not be used here.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, SourceFile] = {}
        self.missing: list[str] = []
        self.unusable: list[str] = []
        self._chosen: dict[tuple[str, str], str] = {}

    def get(self, name: str) -> SourceFile:
        """The file of a name; one that is missing is known by its name alone.

        Raises:
            InputError: a file of the hub is named in another form.
        """
        if name not in self.known:
            path = Path(name)
            try:
                path = locate(name, self.folder)
                self.known[name] = source_file(path)
            except DataError as error:
                self.known[name] = SourceFile(path, f"missing:{name}")
                if name.startswith(hub.PREFIX):  # why it cannot be had is more than that it is not there
                    self.unusable.append(str(error))
                else:
                    self.missing.append(str(path))
        return self.known[name]

    def for_language(self, name: str, code: str) -> SourceFile:
        """The file of a name with `{language}` in it; some benchmarks know zh-Hans as zh."""
        if (name, code) not in self._chosen:
            names = [name.replace("{language}", known) for known in (code, *language(code).aliases)]
            self._chosen[name, code] = next(filter(self._present, names), names[0]) if len(set(names)) > 1 else names[0]
        return self.get(self._chosen[name, code])

    def _present(self, name: str) -> bool:
        try:
            return not file_problem(locate(name, self.folder))
        except DataError:
            return False

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
            InputError: a file of the hub cannot be had, or a translation engine not be used.
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
