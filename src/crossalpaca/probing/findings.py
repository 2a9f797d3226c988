"""What probing found, collected from its artefacts: the `probing` entry of a report.

A model's alignment is summed up in one number: the accuracy of the best layer, by the centred measure, both directions
averaged. The layer is picked on the same sentences, by the same rule for every model and in every resample.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crossalpaca.demonstrations.mixture import DIRECTIONS
from crossalpaca.errors import DataError
from crossalpaca.evaluation.intervals import percentiles
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.probing.artefacts import Aligned, Translated, read_aligned, read_translated
from crossalpaca.probing.correlation import COEFFICIENTS, Cells, correlation
from crossalpaca.probing.quality import QUALITIES, Quality, corpus_scores
from crossalpaca.probing.resampling import Floats, resample
from crossalpaca.probing.retrieval import MEASURES, Measure
from crossalpaca.records import Direction

Row = dict[str, Any]
SUMMARY = "best layer, centred, both directions"


@dataclass(frozen=True, slots=True)
class Probe:
    """The artefacts of one model in one language.

    Attributes:
        model: its name.
        language: code of x.
        alignment: folders that `align` wrote, one a seed, in the order of the seeds.
        translation: folders that `translate` wrote, likewise; empty where nothing was translated.
    """

    model: str
    language: str
    alignment: Sequence[Path]
    translation: Sequence[Path] = ()


def collect(
    probes: Sequence[Probe],
    compare: Sequence[tuple[str, str]],
    differences: Sequence[Mapping[str, Any]],
    seed: int,
) -> dict[str, list[Row]]:
    """Lists of rows: `alignment`, `translation`, `gains` (of a model to its baseline, paired) and `correlations`.

    Args:
        probes: of all models and languages.
        compare: pairs of models, the second subtracted from the first; those with a language in common are compared.
        differences: the report's own rows of score differences; those over whole benchmarks and all items are used.
        seed: of the resampling.

    Raises:
        DataError: an artefact is damaged, or models that are compared were probed with different sentences or seeds.
    """
    read = [_Read.of(probe) for probe in probes]
    places = {(each.model, each.language): each for each in read}
    pairs = [
        (each, places[baseline, each.language])
        for model, baseline in compare
        for each in read
        if each.model == model and (baseline, each.language) in places
    ]
    gains = [row for model, baseline in pairs for row in _gains(model, baseline, seed)]
    return {
        "alignment": [row for each in read for row in _alignment(each, seed)],
        "translation": [row for each in read for row in _translation(each, seed)],
        "gains": gains,
        "correlations": list(_correlations(gains, differences, seed)),
    }


@dataclass(frozen=True, slots=True)
class _Read:
    """One model in one language: what its artefacts hold, a value a seed."""

    model: str
    language: str
    aligned: Sequence[Aligned]
    translated: Sequence[Translated]

    @classmethod
    def of(cls, probe: Probe) -> _Read:
        aligned = [read_aligned(folder) for folder in probe.alignment]
        translated = [read_translated(folder) for folder in probe.translation]
        for runs in (aligned, translated):
            _require_same(runs, f"seeds of {probe.model}", probe.language)
        return cls(probe.model, probe.language, aligned, translated)

    def times(self, runs: int) -> _Read:
        """As many runs as the other side has: one run stands for all of them."""
        if 1 not in (runs, len(self.aligned)) and runs != len(self.aligned):
            raise DataError(
                f"probing of {self.model} ({self.language}): {len(self.aligned)} seeds, the other model has {runs}; "
                "probe the same seeds of both"
            )
        repeats = max(1, runs // len(self.aligned))
        return replace(self, aligned=[*self.aligned] * repeats, translated=[*self.translated] * repeats)

    def hits(self, measure: Measure) -> Floats:
        """[sentences, runs, directions, layers + 1] of 0 and 1."""
        flags = [
            [_flags(run.hits[measure, direction, layer]) for direction in DIRECTIONS for layer in range(run.layers + 1)]
            for run in self.aligned
        ]
        shape = (len(self.aligned), len(DIRECTIONS), self.aligned[0].layers + 1, self.aligned[0].n)
        found: Floats = np.array(flags).reshape(shape).transpose(3, 0, 1, 2)
        return found


def _flags(hits: str) -> Floats:
    found: Floats = (np.frombuffer(hits.encode(), dtype=np.uint8) == ord("1")).astype(np.float64)
    return found


def _require_same(runs: Sequence[Aligned | Translated], who: str, language: str) -> None:
    """Raises DataError unless all were probed with the same sentences, and in the language that is said."""
    if len({run.sentences for run in runs}) > 1 or any(run.language != language for run in runs):
        raise DataError(f"probing ({language}): {who} were probed with different sentences; probe on the same files")


def _alignment(read: _Read, seed: int) -> Iterator[Row]:
    runs = len(read.aligned)
    for measure in MEASURES:
        hits = read.hits(measure)
        n, layers = len(hits), hits.shape[3] - 1
        drawn = resample(hits.reshape(n, -1), runs, seed)
        sums = drawn.sums.reshape(-1, *hits.shape[1:])
        means = np.einsum("rs,rsdl->rdl", drawn.shares, sums) / n
        accuracies = hits.mean(axis=0)
        for place, direction in enumerate(DIRECTIONS):
            for layer in range(layers + 1):
                yield _place(read) | {
                    "direction": direction,
                    "measure": measure,
                    "layer": layer,
                    "layers": layers,
                    **_measured(accuracies[:, place, layer], means[:, place, layer], n),
                }


def _translation(read: _Read, seed: int) -> Iterator[Row]:
    for direction in DIRECTIONS if read.translated else ():
        for metric in QUALITIES:
            found = _Scores.of(metric, direction, [read], seed)
            signature = read.translated[0].statistics[direction, metric].signature
            yield _place(read) | {
                "direction": direction,
                "metric": metric,
                **_measured(found.by_seed[0], found.resamples[0], found.n),
                "signature": signature,
            }


@dataclass(frozen=True, slots=True)
class _Scores:
    """Corpus scores of models, resampled together.

    Attributes:
        by_seed: [models, runs].
        resamples: [models, resamples], over drawn sentences and runs.
        n: sentences.
    """

    by_seed: Floats
    resamples: Floats
    n: int

    @classmethod
    def of(cls, metric: Quality, direction: Direction, models: Sequence[_Read], seed: int) -> _Scores:
        counts = np.stack(  # [sentences, models, runs, counts]
            [[run.statistics[direction, metric].counts for run in model.translated] for model in models]
        ).transpose(2, 0, 1, 3)
        n, shape = len(counts), counts.shape[1:]
        drawn = resample(counts.reshape(n, -1), shape[1], seed)
        by_seed = corpus_scores(metric, counts.sum(axis=0).reshape(-1, shape[2])).reshape(shape[:2])
        scores = corpus_scores(metric, drawn.sums.reshape(-1, shape[2])).reshape(-1, *shape[:2])
        return cls(by_seed, np.einsum("rs,rms->mr", drawn.shares, scores), n)


def _gains(model: _Read, baseline: _Read, seed: int) -> Iterator[Row]:
    """What a model gains over its baseline, on the same sentences and seed by seed."""
    both = f"{model.model} and {baseline.model}"
    _require_same([*model.aligned, *baseline.aligned], both, model.language)
    _require_same([*model.translated, *baseline.translated], both, model.language)
    place = {"model": model.model, "baseline": baseline.model, "language": model.language}
    sides = [model.times(len(baseline.aligned)), baseline.times(len(model.aligned))]
    yield place | {"metric": "alignment", "direction": "both", "summary": SUMMARY, **_alignment_gain(sides, seed)}
    for direction in DIRECTIONS if model.translated and baseline.translated else ():
        for metric in QUALITIES:
            found = _Scores.of(metric, direction, sides, seed)
            gained = _measured(found.by_seed[0] - found.by_seed[1], found.resamples[0] - found.resamples[1], found.n)
            yield place | {"metric": metric, "direction": direction, **gained}


def _alignment_gain(sides: Sequence[_Read], seed: int) -> Row:
    hits = [side.hits("centred") for side in sides]
    n, runs = hits[0].shape[:2]
    columns = [each.reshape(n, -1) for each in hits]
    drawn = resample(np.concatenate(columns, axis=1), runs, seed)
    parts = np.split(drawn.sums, [columns[0].shape[1]], axis=1)
    own, other = (_summary(part.reshape(-1, *each.shape[1:]) / n) for part, each in zip(parts, hits, strict=True))
    by_seed = _summary(hits[0].mean(axis=0)) - _summary(hits[1].mean(axis=0))
    return _measured(by_seed, ((own - other) * drawn.shares).sum(axis=1), n)


def _summary(accuracies: npt.NDArray[Any]) -> Floats:
    """[..., runs, directions, layers + 1] to [..., runs]: see the module."""
    best: Floats = accuracies.mean(axis=-2).max(axis=-1)
    return best


def _correlations(gains: Sequence[Row], differences: Sequence[Mapping[str, Any]], seed: int) -> Iterator[Row]:
    """Over cells of compared pair, language and benchmark: gain of alignment and of score, for each metric.

    A gain of score is an improvement: where less is better, its sign is turned. The benchmarks of one pair and language
    share a gain of alignment, so they are drawn together.
    """
    aligned = {_key(row): row["value"] for row in gains if row["metric"] == "alignment"}
    points: dict[str, list[Row]] = {}
    for row in differences:
        if _key(row) in aligned and row["items"] == "all" and not row["task"]:
            better = row["value"] if METRICS[row["metric"]].higher_is_better else -row["value"]
            point = {name: row[name] for name in ("model", "baseline", "language", "benchmark")}
            point |= {"alignment_gain": aligned[_key(row)], "score_gain": better}
            points.setdefault(row["metric"], []).append(point)
    for metric, cells in points.items():
        known = Cells(
            [cell["alignment_gain"] for cell in cells],
            [cell["score_gain"] for cell in cells],
            ["\0".join(_key(cell)) for cell in cells],
        )
        for coefficient in COEFFICIENTS:
            found = correlation(known, coefficient, seed)
            interval = None if found.interval is None else list(found.interval)
            row = {"metric": metric, "coefficient": coefficient, "value": found.value, "interval": interval}
            yield row | {"n": len(cells), "summary": SUMMARY, "points": cells}


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["model"], row["baseline"], row["language"]


def _place(read: _Read) -> Row:
    return {"model": read.model, "language": read.language}


def _measured(by_seed: npt.NDArray[Any], resamples: npt.NDArray[Any], n: int) -> Row:
    """The mean over seeds, with its interval."""
    return {
        "value": float(by_seed.mean()),
        "n": n,
        "interval": list(percentiles(resamples)),
        "by_seed": [float(each) for each in by_seed],
    }
