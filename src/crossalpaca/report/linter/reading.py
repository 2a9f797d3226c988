"""A report as its linter reads it: from JSON of unknown origin into typed entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from crossalpaca.errors import DataError

Interval = tuple[float, float]


class _Entry(BaseModel):
    # Whatever else a report holds is not the linter's business.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Measured(_Entry):
    """A number with its interval, and where there were several seeds, the number of each."""

    model: str
    value: float
    n: int
    interval: Interval
    by_seed: tuple[float, ...] = ()

    @property
    def where(self) -> str:
        """Its place for people."""
        return self.model


class Place(_Entry):
    """Which items were measured, and by what."""

    benchmark: str
    task: str
    language: str
    metric: str
    items: str = "all"

    @property
    def place(self) -> tuple[str, str, str, str, str]:
        """The same as a key."""
        return self.benchmark, self.task, self.language, self.metric, self.items

    @property
    def asked(self) -> str:
        """The place for people."""
        task = f", {self.task}" if self.task else ""
        sound = ", sound items" if self.items == "sound" else ""
        return f"{self.benchmark} ({self.language}){task}, {self.metric}{sound}"


class ScoreEntry(Measured, Place):
    """One of a report's `scores`."""

    signature: str

    @property
    def where(self) -> str:
        """Its place for people."""
        return f"{self.model}, {self.asked}"


class DifferenceEntry(Measured, Place):
    """One of a report's `differences`."""

    baseline: str
    wins: int
    losses: int
    p: float
    test: str
    p_holm: float | None = None

    @property
    def where(self) -> str:
        """Its place for people."""
        return f"{self.model} less {self.baseline}, {self.asked}"


class _Probed(Measured):
    language: str
    direction: str

    def _told(self, what: str, of: str) -> str:
        return f"{self.model}, {what} {self.direction} ({self.language}), {of}"


class Alignment(_Probed):
    """One of `probing.alignment`: how well a layer's sentences find their translations."""

    layer: int

    @property
    def where(self) -> str:
        """Its place for people."""
        return self._told("alignment", f"layer {self.layer}")


class Translation(_Probed):
    """One of `probing.translation`: chrF or BLEU, of 100."""

    metric: str

    @property
    def where(self) -> str:
        """Its place for people."""
        return self._told("translation", self.metric)


class Correlation(_Entry):
    """One of `probing.correlations`; it has no value where there is nothing to correlate."""

    metric: str
    value: float | None
    interval: Interval | None

    @property
    def where(self) -> str:
        """Its place for people."""
        return f"correlation of alignment with {self.metric}"


class Probing(_Entry):
    """What a report says of the inside of its models."""

    alignment: tuple[Alignment, ...] = ()
    translation: tuple[Translation, ...] = ()
    correlations: tuple[Correlation, ...] = ()


class MetricEntry(_Entry):
    """One of a report's `metrics`."""

    unit: str
    higher_is_better: bool


class ModelEntry(_Entry):
    """One of a report's `models`."""

    seeds: tuple[int, ...] = ()


class AuditEntry(_Entry):
    """One of a report's `audits`: how many items of a benchmark were asked, and which of them have an error."""

    benchmark: str
    language: str
    asked: int
    asked_failing: tuple[str, ...]


class Window(_Entry):
    """One of a report's `windows`: prompts that were too long."""

    model: str
    benchmark: str
    language: str
    skipped: int


class Provenance(_Entry):
    """One of a report's `provenance`."""

    role: str
    artefact: str


class Choice(_Entry):
    """A benchmark of the experiment: the form of its files, and its name where that is another."""

    benchmark: str
    name: str | None = None


class Evaluation(_Entry):
    """The evaluation of the experiment file."""

    benchmarks: tuple[Choice, ...] = ()


class ExperimentFile(_Entry):
    """The experiment file, as far as it concerns the linter."""

    evaluation: Evaluation = Evaluation()


class ExperimentEntry(_Entry):
    """A report's `experiment`; older reports are the file itself, without `file`."""

    compare: tuple[tuple[str, str], ...] = ()
    file: ExperimentFile = ExperimentFile()
    evaluation: Evaluation = Evaluation()

    @property
    def benchmarks(self) -> tuple[Choice, ...]:
        """The benchmarks that were asked for."""
        return self.file.evaluation.benchmarks or self.evaluation.benchmarks


class ReportEntry(_Entry):
    """A whole report."""

    experiment: ExperimentEntry
    metrics: dict[str, MetricEntry]
    models: dict[str, ModelEntry]
    scores: tuple[ScoreEntry, ...]
    differences: tuple[DifferenceEntry, ...]
    audits: tuple[AuditEntry, ...] = ()
    windows: tuple[Window, ...] = ()
    probing: Probing | None = None
    provenance: tuple[Provenance, ...] = ()

    @property
    def probed(self) -> tuple[Alignment | Translation, ...]:
        """The numbers of `probing` that are means."""
        return () if self.probing is None else (*self.probing.alignment, *self.probing.translation)

    @property
    def correlated(self) -> tuple[Correlation, ...]:
        """The correlations of `probing`."""
        return () if self.probing is None else self.probing.correlations

    @property
    def skipping(self) -> set[tuple[str, str, str]]:
        """Model, benchmark and language where prompts were too long to be asked."""
        return {(each.model, each.benchmark, each.language) for each in self.windows if each.skipped}


def read_report(report: Mapping[str, Any]) -> ReportEntry:
    """A report's content as the rules want it.

    Raises:
        DataError: it is not a report; names the first place that is not as it should be.
    """
    try:
        return ReportEntry.model_validate(report)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        raise DataError(
            f"{place or 'the report'}: {first['msg']} ({error.error_count()} such places); "
            "this is not a report.json of a run, or one that was cut"
        ) from None
