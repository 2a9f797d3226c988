"""What a report says of probing, from made-up artefacts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reports
from crossalpaca.errors import DataError
from crossalpaca.evaluation.intervals import estimate
from crossalpaca.probing.findings import Probe, collect
from crossalpaca.probing.quality import statistics

N, LAYERS = 60, 2
WORDS = ["the", "river", "rose", "in", "the", "night", "and", "nobody", "saw", "it"]

MakeProbe = Callable[..., Probe]


def _hits(drawn: np.random.Generator, share: float) -> list[dict[str, Any]]:
    return [
        {
            "measure": measure,
            "direction": direction,
            "layer": layer,
            "hits": "".join("01"[int(drawn.random() < share * (layer + 1) / (LAYERS + 1))] for _ in range(N)),
        }
        for layer in range(LAYERS + 1)
        for measure in ("centred", "plain")
        for direction in ("en-x", "x-en")
    ]


def _statistics(drawn: np.random.Generator, share: float) -> list[dict[str, Any]]:
    rows = []
    for direction in ("en-x", "x-en"):
        references = [" ".join(drawn.permutation(WORDS)) for _ in range(N)]
        made = [" ".join(w if drawn.random() < share else "x" for w in text.split()) for text in references]
        for metric in ("chrf", "bleu"):
            found = statistics(metric, made, references, "de")
            rows.append(
                {
                    "direction": direction,
                    "metric": metric,
                    "signature": found.signature,
                    "counts": found.counts.tolist(),
                }
            )
    return rows


@pytest.fixture
def make_probe(tmp_path: Path) -> MakeProbe:
    """Artefacts of one model: `share` says about how well it does."""

    def make(
        model: str, share: float, *, language: str = "de", seeds: Sequence[int] = (1,), sentences: str = "s1"
    ) -> Probe:
        folders = []
        for seed in seeds:
            folder = tmp_path / f"{model}-{language}-{seed}"
            folder.mkdir()
            drawn = np.random.default_rng([seed, int(1000 * share), len(language)])
            head = {"language": language, "layers": LAYERS, "n": N, "sentences": sentences}
            for name in ("alignment.json", "translation.json"):
                (folder / name).write_text(json.dumps(head), encoding="utf-8")
            for name, rows in (("hits.jsonl", _hits(drawn, share)), ("statistics.jsonl", _statistics(drawn, share))):
                (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            folders.append(folder)
        return Probe(model, language, folders, folders)

    return make


def difference(model: str, language: str, benchmark: str, value: float, metric: str = "f1_mlqa") -> dict[str, Any]:
    place = {"model": model, "baseline": "base", "language": language, "benchmark": benchmark}
    return place | {"task": "", "items": "all", "metric": metric, "value": value}


def test_rows_have_the_fields_of_a_report_and_values_within_their_intervals(make_probe: MakeProbe) -> None:
    found = collect([make_probe("base", 0.3), make_probe("tuned", 0.6, seeds=(1, 2, 3))], [("tuned", "base")], [], 0)
    models = {"base": reports.model([]), "tuned": reports.model(["de"], 10)}
    expected = reports.report(models, languages=["de"], compare=[("tuned", "base")])["probing"]
    for part in ("alignment", "translation"):
        assert set(expected[part][0]) <= set(found[part][0])
    assert len(found["alignment"]) == 2 * 2 * 2 * (LAYERS + 1)
    assert len(found["translation"]) == 2 * 2 * 2
    assert len(found["gains"]) == 1 + 2 * 2
    for row in (*found["alignment"], *found["translation"], *found["gains"]):
        low, high = row["interval"]
        assert low - 1e-9 <= row["value"] <= high + 1e-9
        assert row["value"] == pytest.approx(np.mean(row["by_seed"]))
        assert len(row["by_seed"]) == (3 if row["model"] == "tuned" else 1)
    json.dumps(found, allow_nan=False)


def test_a_gain_is_that_of_the_two_values(make_probe: MakeProbe) -> None:
    found = collect([make_probe("base", 0.3), make_probe("tuned", 0.6, seeds=(1, 2))], [("tuned", "base")], [], 0)
    values = {(row["model"], row["metric"], row["direction"]): row["value"] for row in found["translation"]}
    best = {}
    for model in ("base", "tuned"):
        rows = [row for row in found["alignment"] if row["model"] == model and row["measure"] == "centred"]
        layers = [np.mean([row["by_seed"] for row in rows if row["layer"] == n], axis=0) for n in range(LAYERS + 1)]
        best[model] = np.max(layers, axis=0).mean()
    for row in found["gains"]:
        if row["metric"] == "alignment":
            assert row["value"] == pytest.approx(best["tuned"] - best["base"])
        else:
            place = row["metric"], row["direction"]
            assert row["value"] == pytest.approx(values["tuned", *place] - values["base", *place])
        assert row["interval"][0] > 0, "twice as good by construction"


def test_alignment_is_summed_up_in_the_layer_that_is_best_for_both_directions_together(make_probe: MakeProbe) -> None:
    base, tuned = make_probe("base", 0.0), make_probe("tuned", 0.5)
    found = {("en-x", 1): N, ("x-en", 1): 12, ("en-x", 2): 12, ("x-en", 2): N, ("en-x", 0): 30, ("x-en", 0): 48}
    path = tuned.alignment[0] / "hits.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["hits"] = "1" * N  # of the plain measure, which is no part of the sum
        if row["measure"] == "centred":
            row["hits"] = "".join("01"[n < found[row["direction"], row["layer"]]] for n in range(N))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    gain = collect([base, tuned], [("tuned", "base")], [], 0)["gains"][0]
    assert gain["value"] == pytest.approx((30 + 48) / 2 / N)


def test_an_interval_of_alignment_is_the_one_of_scores(make_probe: MakeProbe) -> None:
    probe = make_probe("base", 0.4)
    row = next(row for row in collect([probe], [], [], 5)["alignment"] if row["layer"] == 1)
    lines = (probe.alignment[0] / "hits.jsonl").read_text(encoding="utf-8").splitlines()
    kept = next(
        line
        for line in map(json.loads, lines)
        if all(line[name] == row[name] for name in ("measure", "direction", "layer"))
    )
    expected = estimate([[float(hit) for hit in kept["hits"]]], [f"{n:03}" for n in range(N)], 5)
    assert row["interval"] == pytest.approx(expected.interval)
    assert row["value"] == pytest.approx(expected.value)


def test_a_model_gains_nothing_over_its_like(make_probe: MakeProbe) -> None:
    one = make_probe("one", 0.5)
    like = Probe("like", "de", one.alignment, one.translation)
    for row in collect([one, like], [("like", "one")], [], 0)["gains"]:
        assert (row["value"], row["interval"]) == (0.0, [0.0, 0.0])


def test_models_probed_with_other_sentences_are_not_compared(make_probe: MakeProbe) -> None:
    probes = [make_probe("base", 0.3, sentences="s1"), make_probe("tuned", 0.5, sentences="s2")]
    with pytest.raises(DataError, match="tuned and base were probed with different sentences"):
        collect(probes, [("tuned", "base")], [], 0)
    assert collect(probes, [], [], 0)["gains"] == []


def test_numbers_of_seeds_that_cannot_be_paired_are_refused(make_probe: MakeProbe) -> None:
    probes = [make_probe("base", 0.3, seeds=(1, 2)), make_probe("tuned", 0.5, seeds=(1, 2, 3))]
    with pytest.raises(DataError, match="probe the same seeds of both"):
        collect(probes, [("tuned", "base")], [], 0)


def test_without_translations_there_is_alignment_alone(make_probe: MakeProbe) -> None:
    probes = [
        Probe(each.model, each.language, each.alignment) for each in (make_probe("base", 0.3), make_probe("tuned", 0.6))
    ]
    found = collect(probes, [("tuned", "base")], [], 0)
    assert found["translation"] == []
    assert [row["metric"] for row in found["gains"]] == ["alignment"]


def test_cells_are_compared_pairs_by_language_and_benchmark(make_probe: MakeProbe) -> None:
    languages = ("de", "it", "zh-Hans")
    probes = [make_probe("base", 0.3, language=code) for code in languages]
    probes += [
        make_probe("tuned", share, language=code) for share, code in zip((0.4, 0.6, 0.9), languages, strict=True)
    ]
    rows = [
        difference("tuned", code, benchmark, value)
        for code, value in zip(languages, (0.1, 0.2, 0.3), strict=True)
        for benchmark in ("xquad", "mlqa")
    ]
    ignored = [rows[0] | {"items": "sound"}, rows[0] | {"task": "history"}, difference("tuned", "en", "xquad", 0.5)]
    fewer = [difference("tuned", code, "xquad", -0.1, "gold_bits_per_byte") for code in languages]
    found = collect(probes, [("tuned", "base")], [*rows, *ignored, *fewer], 0)["correlations"]
    by_metric = {(row["metric"], row["coefficient"]): row for row in found}
    assert set(by_metric) == {(m, c) for m in ("f1_mlqa", "gold_bits_per_byte") for c in ("spearman", "pearson")}
    spearman = by_metric["f1_mlqa", "spearman"]
    assert (spearman["n"], spearman["value"]) == (6, pytest.approx(1.0))
    assert {(point["language"], point["benchmark"]) for point in spearman["points"]} == {
        (code, benchmark) for code in languages for benchmark in ("xquad", "mlqa")
    }
    bits = by_metric["gold_bits_per_byte", "spearman"]
    assert [point["score_gain"] for point in bits["points"]] == [0.1, 0.1, 0.1], "fewer bits are a gain"
    assert (bits["n"], bits["value"], bits["interval"]) == (3, None, None)
