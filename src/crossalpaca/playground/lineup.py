"""Which models stand side by side: those of a run, or fine-tunes by their folders, each with its backbone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossalpaca.artefacts import artefact_of_run
from crossalpaca.backbones import Backbone, resolve
from crossalpaca.demonstrations.wording import WORDINGS, Wording
from crossalpaca.errors import DataError, InputError
from crossalpaca.interoperability.finetunes import FineTune, Report, backbone_of, find_finetune, run_report
from crossalpaca.languages import languages
from crossalpaca.prompts import Template, template
from crossalpaca.training.finetune import ADAPTER_RECORD, REPORT


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model to be asked.

    Attributes:
        name: what people see.
        backbone: the model, or what the adapter sits on.
        template: the prompt template that it was trained with, or that a run asked it with.
        adapter: folder of the fine-tune; None for the backbone itself.
    """

    name: str
    backbone: Backbone
    template: Template
    adapter: Path | None


@dataclass(frozen=True, slots=True)
class Lineup:
    """The models, and what is known of what they were trained on.

    Attributes:
        candidates: with different names; each backbone comes before its fine-tunes.
        languages: codes of what they were trained in, without English; may be empty.
        wording: of the instructions of their translation demonstrations.
    """

    candidates: tuple[Candidate, ...]
    languages: tuple[str, ...]
    wording: Wording


def lineup(sources: Sequence[Path], backbone: str | None = None) -> Lineup:
    """The models of runs and of fine-tunes.

    Args:
        sources: folders, each of a run's report or of a fine-tune.
        backbone: where the backbone is, if it is a folder that has moved since.

    Raises:
        DataError: a folder is neither, or a fine-tune of a run is not there.
        InputError: a backbone is not where it was.
        StoreError: a file is not what a run or `crossalpaca train` wrote.
    """
    found = [
        _of_finetune(source, backbone) if (source / ADAPTER_RECORD).is_file() else _of_run(source, backbone)
        for source in sources
    ]
    named = {str(source): each.candidates for source, each in zip(sources, found, strict=True)}
    codes = dict.fromkeys(code for each in found for code in each.languages if code != "en" and code in languages())
    wordings = [each.wording for each in found]
    return Lineup(tuple(_distinct(named)), tuple(codes), wordings[0] if len(set(wordings)) == 1 else "english")


def _distinct(named: Mapping[str, Sequence[Candidate]]) -> Iterator[Candidate]:
    """Every model once, the backbones first; one whose name another has too is told apart by its backbone, if it is one
    itself, or else by where it comes from."""
    once: dict[tuple[str, Template, Path | None], tuple[str, Candidate]] = {}
    for source, candidates in named.items():
        for each in candidates:
            place = each.adapter.resolve() if each.adapter else None
            once.setdefault((each.backbone.identity, each.template, place), (source, each))
    ordered = sorted(once.values(), key=lambda found: found[1].adapter is not None)
    forms = [
        [each.name for _, each in ordered],
        [f"{each.backbone.id if each.adapter is None else source}: {each.name}" for source, each in ordered],
        [f"{source}: {each.backbone.id}: {each.name}" for source, each in ordered],
    ]
    for number, (_, each) in enumerate(ordered):
        alone = (names[number] for names in forms if names.count(names[number]) == 1)
        yield replace(each, name=next(alone, forms[-1][number]))


def _of_finetune(folder: Path, backbone: str | None) -> Lineup:
    tune = find_finetune(str(folder))
    made = tune.demonstrations
    codes = [made["language"]] if "language" in made else list(made.get("languages", ()))
    return Lineup(
        tuple(_with_base([_candidate(tune.name, tune, backbone)])),
        tuple(codes),
        _known(made.get("mixture", {}).get("wording")),
    )


def _candidate(name: str, tune: FineTune, backbone: str | None) -> Candidate:
    return Candidate(name, backbone_of(tune, backbone), template(tune.record.template), tune.folder)


def _with_base(tuned: Sequence[Candidate]) -> Iterator[Candidate]:
    """Fine-tunes, each backbone before the first of its own."""
    for identity in dict.fromkeys(each.backbone.identity for each in tuned):
        own = [each for each in tuned if each.backbone.identity == identity]
        yield Candidate("base", own[0].backbone, own[0].template, None)
        yield from own


def _of_run(folder: Path, backbone: str | None) -> Lineup:
    report = _report(folder)
    trained = {
        entry["role"].removeprefix("train/"): artefact_of_run(folder, entry["artefact"])
        for entry in report["provenance"]
        if entry["role"].startswith("train/")
    }
    tuned = [_candidate(name, find_finetune(str(place)), backbone) for name, place in trained.items()]
    untrained = [
        Candidate(name, _backbone(model["backbone"], report, tuned, backbone), _template(report), None)
        for name, model in report["models"].items()
        if not model["trained"]
    ]
    known = {each.backbone.identity for each in untrained}
    bases = [each for each in _with_base(tuned) if each.adapter is None and each.backbone.identity not in known]
    wordings = [m["settings"]["wording"] for m in report["models"].values() if m["settings"]["translations"]]
    return Lineup(
        (*untrained, *bases, *tuned),
        tuple(report["experiment"]["languages"]),
        _known(wordings[0] if wordings else None),
    )


def _known(wording: str | None) -> Wording:
    return wording if wording in WORDINGS else "english"


def _report(folder: Path) -> Report:
    path = folder / REPORT
    if not path.is_file():
        raise DataError(
            f"{folder}: is neither a run's report nor a fine-tune; name a folder such as crossalpaca-store/reports/X, "
            f"or one with {ADAPTER_RECORD} in it"
        )
    report = run_report(folder)
    if "languages" not in report["experiment"]:
        raise DataError(f"{path}: is of an older version; run the experiment again, which takes what is finished")
    return report


def _template(report: Report) -> Template:
    return template(report["experiment"]["prompt"])


def _backbone(name: str, report: Report, tuned: Sequence[Candidate], moved: str | None) -> Backbone:
    """The backbone of an untrained model: that of a fine-tune, which knows where it lies, or the one of that id."""
    revisions = {each["id"]: each["revision"] for each in report["experiment"]["backbones"]}
    identity = f"{name}@{revisions.get(name, '')}"
    for each in tuned:
        if each.backbone.identity == identity:
            return each.backbone
    try:
        found = resolve(moved or name, revisions.get(name, ""))
    except InputError:
        raise InputError(f"the run's backbone {name} is not known by its name; name its folder by --backbone") from None
    if found.identity != identity:
        raise InputError(f"{found.identity} is not the run's backbone {identity}; name its folder by --backbone")
    return found
