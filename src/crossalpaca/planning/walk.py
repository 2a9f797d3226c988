"""The steps of a grid, cell by cell; what cells share is planned once."""

from __future__ import annotations

from crossalpaca.errors import InputError
from crossalpaca.experiment import Experiment, Model
from crossalpaca.grid import Grid
from crossalpaca.planning import benchmarks, demonstrations, probes
from crossalpaca.planning.files import DataFiles
from crossalpaca.records import Step
from crossalpaca.store import step_key


class Planned:
    """What is planned so far.

    Attributes:
        steps: key to step, each after those it needs.
        roles: role in the report to key.
        evaluations: role of an evaluation to its cell, model, benchmark and language, for the report.
        files: the data files.
    """

    def __init__(self, grid: Grid, files: DataFiles) -> None:
        self.grid, self.files = grid, files
        self.steps: dict[str, Step] = {}
        self.roles: dict[str, str] = {}
        self.evaluations: dict[str, benchmarks.Evaluated] = {}
        # Both are asked for every model of every cell; looking through the cells each time would be quadratic.
        self._several_seeds = len(grid.seeds) > 1
        self._cells = {(cell.backbone, cell.seed, cell.language): cell for cell in grid.cells}

    def add(self, cell: Experiment) -> None:
        """Plans the steps of one cell."""
        translated = self._benchmarks(cell)
        for name, model in cell.models.items():
            shown = self.shown(cell, name, model)
            adapter = self._adapter(cell, shown, model) if model.trained else None
            for choice, code in benchmarks.asked(cell):
                source = translated.get((choice.title, code))
                step = benchmarks.evaluation(cell, name, shown, (choice, code), adapter, self.files, source)
                role = f"evaluate/{shown}/{choice.title}/{code}"
                self._role(role, step)
                self.evaluations[role] = benchmarks.Evaluated(cell, name, shown, choice, code)
            for role, step in probes.probes(cell, name, shown, adapter, self.files):
                self._role(role, step)

    def shown(self, cell: Experiment, name: str, model: Model) -> str:
        """What people call a model of a cell: with its seed, where there are several."""
        return f"{name}@{cell.seed}" if model.trained and self._several_seeds else name

    def _keep(self, step: Step) -> str:
        key = step_key(step)
        self.steps.setdefault(key, step)
        return key

    def _role(self, role: str, step: Step) -> None:
        """Keeps a step under its role, which another cell may have planned too, but not otherwise."""
        if self.roles.setdefault(role, self._keep(step)) != step_key(step):
            raise InputError(
                f"{self.grid.name}: {step.title}: is asked in two ways, by two languages of the file; give both the "
                "same data, training, files, items and limits, or give one of them another name"
            )

    def _benchmarks(self, cell: Experiment) -> dict[tuple[str, str], Step]:
        """Plans what translates and audits the benchmarks; the former by title and language."""
        translated: dict[tuple[str, str], Step] = {}
        for choice, code in benchmarks.asked(cell):
            source = benchmarks.translation(choice, code, self.files)
            if source is not None:
                translated[choice.title, code] = source
                self._role(f"translate/{choice.title}/{code}", source)
            self._role(f"audit/{choice.title}/{code}", benchmarks.auditing(choice, code, self.files, source))
        return translated

    def _adapter(self, cell: Experiment, shown: str, model: Model) -> str:
        """Plans a model's demonstrations, those of several languages put together, and the training; its key."""
        parts: dict[str, Step] = {}
        for code in model.languages or (cell.language,):
            own = self._cells[cell.backbone, cell.seed, code]
            source = demonstrations.translated_instructions(own, self.files)
            if source is not None:
                self._keep(source)
            title = f"{shown} ({code})" if model.languages else shown
            parts[code] = demonstrations.demonstrations(own, title, model, self.files, source)
            self._keep(parts[code])
        made = next(iter(parts.values()))
        if len(parts) > 1:
            made = demonstrations.united(shown, parts, cell.seed)
            for code, step in parts.items():
                self._role(f"parts/{shown}/{code}", step)
        self._role(f"demonstrations/{shown}", made)
        trained = demonstrations.training(cell, shown, model, made)
        self._role(f"train/{shown}", trained)
        return step_key(trained)
