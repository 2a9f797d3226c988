"""From a grid to its steps: a pure function of the grid and of the content of its data files.

The package is not called plan because `from crossalpaca import plan` gives the function.
"""

from __future__ import annotations

from crossalpaca.grid import Grid
from crossalpaca.planning.files import DataFiles
from crossalpaca.planning.reporting import reporting
from crossalpaca.planning.walk import Planned
from crossalpaca.records import Step


def plan(grid: Grid) -> list[Step]:
    """The steps of a grid, each after those it needs; the last one writes the report.

    Raises:
        DataError: data files are missing; names all of them.
        InputError: a translation engine cannot be used here.
    """
    steps, missing = draft(grid)
    missing.require()
    return steps


def draft(grid: Grid) -> tuple[list[Step], DataFiles]:
    """The steps as far as they can be told where data files are missing, and the files.

    What rests on a missing file has a key that it will not keep.

    Raises:
        InputError: a translation engine cannot be used here.
    """
    planned = Planned(grid, DataFiles(grid.cells[0].folder))
    for cell in grid.cells:
        planned.add(cell)
    return [*planned.steps.values(), reporting(grid, planned)], planned.files
