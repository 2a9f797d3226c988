"""A fine-tune learns what its demonstrations say, one by one, and a stopped one goes on as if it had not stopped."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crossalpaca.backbones import resolve
from crossalpaca.errors import DataError, TrainingError
from crossalpaca.prompts import ALPACA
from crossalpaca.records import Demonstration, StepRun, write_jsonl
from crossalpaca.training.encoding import Encoded, TooLong, encode
from crossalpaca.training.packing import LossOn, Packing
from crossalpaca.training.recipe import Recipe
from crossalpaca.training.schedule import schedule

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

pytestmark = pytest.mark.integration

MakeFolder = Callable[..., Path]
Finetune = Callable[..., None]

EXACT = Recipe(batch=16, dropout=0.0, precision="fp32", rank=4, row_tokens=200)
# Ten steps with checkpoints after the third, sixth and ninth.
RESUMED = Recipe(
    batch=4, steps=10, learning_rate=1e-2, dropout=0.1, precision="fp32", rank=4, checkpoint_every=3, row_tokens=256
)
SEED = 5
LINES = (
    ("Translate to Italian.", "The library opens at nine.", "La biblioteca apre alle nove."),
    ("Translate to Italian.", "The library opens at nine.", "La biblioteca apre alle 9."),  # same prompt
    ("Translate to Italian.", "The library is closed.", "La biblioteca \u00e8 chiusa."),
    ("Translate to Italian.", "The train leaves twice a day.", "Il treno parte due volte al giorno."),
    ("Translate to English.", "Il treno parte due volte al giorno.", "The train leaves twice a day."),
    ("Translate to English.", "Il treno parte due volte al giorno.", "The train"),  # ends where another goes on
    ("Nomina un colore.", "", "Rosso"),
    ("Nomina un colore.", "", "Verde"),
    ("Nomina tre colori.", "", "Rosso, verde e blu."),
    (
        "Scrivi una frase sul mare.",
        "",
        "Il mare d'inverno \u00e8 pi\u00f9 silenzioso, e la spiaggia sembra lunga. " * 4,
    ),
    ("Scrivi una frase sul tempo.", "", "Oggi piove."),
    ("Riassumi.", "Chi va piano va sano e va lontano, dice il proverbio che tutti conoscono.", "Meglio andare piano."),
    ("Riassumi.", "Chi va piano va sano e va lontano.", "Meglio andare piano."),
)


def demonstrations() -> list[Demonstration]:
    """Sixteen, three of which are there twice under other ids."""
    lines = [*LINES, LINES[0], LINES[6], LINES[9]]
    return [
        Demonstration(f"d{number}", "instruction", instruction, input, output, "it", None, "file")
        for number, (instruction, input, output) in enumerate(lines)
    ]


@pytest.fixture(scope="module")
def encoded(tiny_tokenizer: PreTrainedTokenizerBase) -> list[Encoded]:
    found, too_long = encode(demonstrations(), tiny_tokenizer, ALPACA, cutoff=512)
    assert (len(found), too_long) == (16, TooLong())
    return found


def adapted(folder: Path) -> PeftModel:
    """A backbone with LoRA layers that already matter: a fresh B is zero, and A would then have no gradient."""
    import torch

    from crossalpaca.training.finetune import lora_model

    model = lora_model(resolve(str(folder)), EXACT, seed=1)
    torch.manual_seed(2)
    for name, parameter in model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(parameter, std=0.3)
    return model


def gradients(model: PeftModel) -> dict[str, Any]:
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.requires_grad and p.grad is not None}
    model.zero_grad()
    return found


def one_by_one(
    model: PeftModel, encoded: Sequence[Encoded], loss_on: LossOn = "completion"
) -> tuple[float, dict[str, Any]]:
    """Summed loss and gradient of plain forward passes, a demonstration at a time."""
    import torch

    total = 0.0
    for demonstration in encoded:
        ids = torch.tensor([demonstration.tokens])
        logits = model(input_ids=ids, use_cache=False).logits[0]
        start = demonstration.completion_start if loss_on == "completion" else 1
        loss = torch.nn.functional.cross_entropy(logits[start - 1 : -1], ids[0, start:], reduction="sum")
        loss.backward()
        total += float(loss.detach())
    return total, gradients(model)


def packed(model: PeftModel, encoded: Sequence[Encoded], packing: Packing) -> tuple[float, dict[str, Any]]:
    """Summed loss and gradient of the packed rows, as a fine-tune computes them."""
    from crossalpaca.training.lora import fused_adapters
    from crossalpaca.training.trainer import row_loss, row_tensors

    total = 0.0
    with fused_adapters(model):
        for row in packing.rows(encoded):
            loss = row_loss(model, row_tensors(row, model.config))
            loss.backward()
            total += float(loss.detach())
    return total, gradients(model)


def require_equal(found: tuple[float, dict[str, Any]], expected: tuple[float, dict[str, Any]]) -> None:
    assert found[0] == pytest.approx(expected[0], rel=1e-5)
    assert found[1].keys() == expected[1].keys()
    for name, gradient in expected[1].items():
        assert float(gradient.norm()) > 0, name
        assert float((found[1][name] - gradient).norm() / gradient.norm()) < 1e-5, name


LOSSES: Sequence[LossOn] = ("completion", "all")


@pytest.mark.parametrize("loss_on", LOSSES)
@pytest.mark.parametrize("kind", ["llama", "qwen3", "mistral", "gemma3"])
def test_packed_rows_have_the_loss_and_gradient_of_their_demonstrations_one_by_one(
    kind: str, loss_on: LossOn, make_folder: MakeFolder, encoded: list[Encoded]
) -> None:
    model = adapted(make_folder(kind))
    expected = one_by_one(model, encoded, loss_on)
    longest = max(len(demonstration.tokens) for demonstration in encoded)
    for row_tokens in (EXACT.row_tokens, longest // 2, 4096):  # several rows, rows of one demonstration, a single row
        require_equal(packed(model, encoded, Packing(row_tokens, loss_on)), expected)
    require_equal(packed(model, encoded, Packing(EXACT.row_tokens, loss_on, shared=False)), expected)


@pytest.mark.parametrize(
    ("kind", "window"),
    [
        ("mistral", {"sliding_window": 4}),
        ("gemma3", {"sliding_window": 4}),
        ("qwen3", {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1}),
    ],
)
def test_a_window_shorter_than_the_demonstrations_is_kept_to(
    kind: str, window: dict[str, Any], make_folder: MakeFolder, encoded: list[Encoded]
) -> None:
    model = adapted(make_folder(kind, **window))
    for loss_on in LOSSES:
        require_equal(packed(model, encoded, Packing(EXACT.row_tokens, loss_on)), one_by_one(model, encoded, loss_on))


def test_the_end_of_every_completion_is_learnt(
    encoded: list[Encoded], tiny_tokenizer: PreTrainedTokenizerBase, tiny_backbone: Path
) -> None:
    from transformers import AutoConfig

    from crossalpaca.training.trainer import row_tensors

    config = AutoConfig.from_pretrained(tiny_backbone)
    rows = [row_tensors(row, config) for row in Packing(EXACT.row_tokens).rows(encoded)]
    ends = sum(float(row["weights"][row["targets"] == tiny_tokenizer.eos_token_id].sum()) for row in rows)
    learnt = sum(float(row["weights"].sum()) for row in rows)
    assert ends == len(encoded)
    assert learnt == sum(len(d.tokens) - d.completion_start for d in encoded)


@pytest.fixture
def finetune(tiny_backbone: Path, tmp_path: Path) -> Finetune:
    """Runs the step on the tiny backbone in `tmp_path / name`, where it goes on if it was stopped there."""
    from crossalpaca.training import finetune as module

    def run(name: str, recipe: Recipe = RESUMED, records: Sequence[Demonstration] | None = None) -> None:
        source, output, scratch = (tmp_path / name / role for role in ("demonstrations", "output", "scratch"))
        for folder in (source, output, scratch):
            folder.mkdir(parents=True, exist_ok=True)
        write_jsonl(source / "demonstrations.jsonl", demonstrations() if records is None else records)
        arguments = {"backbone": resolve(str(tiny_backbone)), "template": ALPACA, "recipe": recipe, "seed": SEED}
        inputs, log = {"demonstrations": source}, logging.getLogger("test")
        module.finetune(StepRun(arguments, inputs, output, scratch, lambda *_: None, log))

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Stopped(Exception):
    """Stands for whatever ends a process."""


def stop_in(step: int, patch: pytest.MonkeyPatch) -> None:
    """Lets training stop in the midst of an optimiser step, counted from 1: gradients computed, nothing updated."""
    from crossalpaca.training.trainer import PackedTrainer

    original = PackedTrainer.training_step

    def training_step(self: PackedTrainer, *arguments: Any, **more: Any) -> Any:
        loss = original(self, *arguments, **more)
        if self.state.global_step + 1 == step:
            raise Stopped
        return loss

    patch.setattr(PackedTrainer, "training_step", training_step)


def test_a_stopped_and_resumed_fine_tune_gives_the_same_bytes_as_an_uninterrupted_one(
    finetune: Finetune, tmp_path: Path
) -> None:
    from crossalpaca.training.trainer import last_checkpoint

    finetune("straight")
    left = []
    for step in (2, 5, 10):  # before the first checkpoint, between two, in the last step
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped):
            stop_in(step, patch)
            finetune("stopped")
        checkpoint = last_checkpoint(tmp_path / "stopped" / "scratch")
        left.append(checkpoint.name if checkpoint else None)
    assert left == [None, "checkpoint-3", "checkpoint-9"]
    finetune("stopped")

    straight, resumed = (contents(tmp_path / name / "output") for name in ("straight", "stopped"))
    assert straight.keys() == resumed.keys() >= {"adapter/adapter_model.safetensors", "adapter.json", "report.json"}
    assert [name for name in straight if straight[name] != resumed[name]] == []
    assert len(json.loads(resumed["report.json"])["losses"]) == RESUMED.steps


def test_dropout_is_drawn_so_that_the_test_above_means_something(finetune: Finetune, tmp_path: Path) -> None:
    for name, dropout in (("with", 0.1), ("without", 0.0)):
        finetune(name, replace(RESUMED, steps=4, dropout=dropout))  # B is zero in the first two
    losses = [
        json.loads((tmp_path / name / "output" / "report.json").read_text())["losses"] for name in ("with", "without")
    ]
    assert losses[0] != losses[1]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_ends_training_and_names_step_and_demonstrations(
    value: float, finetune: Finetune, encoded: list[Encoded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crossalpaca.training import trainer

    training_step, row_loss, at = trainer.PackedTrainer.training_step, trainer.row_loss, [0]

    def counted_step(self: trainer.PackedTrainer, *arguments: Any, **more: Any) -> Any:
        at[0] = self.state.global_step + 1
        return training_step(self, *arguments, **more)

    monkeypatch.setattr(trainer.PackedTrainer, "training_step", counted_step)
    monkeypatch.setattr(trainer, "row_loss", lambda *given: row_loss(*given) * (value if at[0] == 5 else 1))
    with pytest.raises(TrainingError) as refused:
        finetune("diverged")
    message = str(refused.value)
    fifth = ", ".join(encoded[index].id for index in schedule(encoded, RESUMED, seed=SEED)[4])
    assert message.startswith(f"loss is {value} at step 5, demonstrations {fifth};")
    assert "\n" not in message
    assert trainer.last_checkpoint(tmp_path / "diverged" / "scratch") == tmp_path / "diverged/scratch/checkpoint-3"
    assert contents(tmp_path / "diverged" / "output") == {}


def test_an_adapter_that_has_learnt_nothing_is_refused(finetune: Finetune, tmp_path: Path) -> None:
    idle = replace(RESUMED, steps=2, warmup=1, learning_rate=1e-30)
    with pytest.raises(TrainingError, match="changes nothing"):
        finetune("idle", idle)
    assert contents(tmp_path / "idle" / "output") == {}


def test_one_b_matrix_that_is_not_zero_is_enough(tiny_backbone: Path) -> None:
    import torch

    from crossalpaca.training.finetune import lora_model
    from crossalpaca.training.proof import require_learnt

    model = lora_model(resolve(str(tiny_backbone)), EXACT, seed=1)
    with pytest.raises(TrainingError, match="learnt nothing"):
        require_learnt(model)
    second = [parameter for name, parameter in model.named_parameters() if ".lora_B." in name]
    with torch.no_grad():
        second[-1].view(-1)[-1] = 1e-6
    require_learnt(model)


def test_fewer_demonstrations_than_a_batch_are_refused(finetune: Finetune) -> None:
    with pytest.raises(DataError, match=r"demonstrations\.jsonl: 3 demonstrations fit .* batch of 4"):
        finetune("few", records=demonstrations()[:3])


def test_demonstrations_that_are_all_over_the_cutoff_are_refused(finetune: Finetune) -> None:
    with pytest.raises(DataError, match=r"demonstrations\.jsonl: 0 demonstrations fit the cutoff of 20 tokens"):
        finetune("long", replace(RESUMED, cutoff=20))


def test_demonstrations_over_the_cutoff_are_left_out_whole_and_named(
    finetune: Finetune, encoded: list[Encoded], tmp_path: Path
) -> None:
    cutoff = max(len(demonstration.tokens) for demonstration in encoded) - 1
    finetune("mixed", replace(RESUMED, steps=2, cutoff=cutoff))
    report = json.loads((tmp_path / "mixed" / "output" / "report.json").read_text(encoding="utf-8"))
    too_long = [demonstration.id for demonstration in encoded if len(demonstration.tokens) > cutoff]
    assert report["over_cutoff"] == {"count": len(too_long), "ids": too_long, "cut": 0}
    assert report["demonstrations"] == len(encoded) - len(too_long)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    """Two complete checkpoints, after steps 9 and 10: their names sort the other way round."""
    from crossalpaca.training.trainer import seal

    for step in (9, 10):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        for name in ("adapter_model.safetensors", "optimizer.pt", "trainer_state.json"):
            (folder / name).write_bytes(f"{name} at {step}".encode() * 50)
        seal(folder)
    return tmp_path


def damages() -> dict[str, Callable[[Path], object]]:
    """What a kill, a full disk or a power cut can leave of a checkpoint."""
    return {
        "unsealed": lambda folder: (folder / "complete.json").unlink(),
        "seal half-written": lambda folder: (folder / "complete.json").write_text('{"optimizer.pt": "12'),
        "seal empty": lambda folder: (folder / "complete.json").write_text(""),
        "file truncated": lambda folder: (folder / "optimizer.pt").write_bytes(b"optimizer"),
        "file empty": lambda folder: (folder / "adapter_model.safetensors").write_bytes(b""),
        "file missing": lambda folder: (folder / "trainer_state.json").unlink(),
        "file changed": lambda folder: (folder / "optimizer.pt").write_bytes(b"optimizer.pt at 11" * 50),
    }


def test_the_newest_complete_checkpoint_is_picked_up(checkpoints: Path) -> None:
    from crossalpaca.training.trainer import last_checkpoint

    assert last_checkpoint(checkpoints) == checkpoints / "checkpoint-10"
    assert last_checkpoint(checkpoints / "checkpoint-10") is None


@pytest.mark.parametrize("damage", damages())
def test_an_incomplete_or_damaged_checkpoint_is_removed_and_the_one_before_it_picked_up(
    damage: str, checkpoints: Path
) -> None:
    from crossalpaca.training.trainer import last_checkpoint

    damages()[damage](checkpoints / "checkpoint-10")
    assert last_checkpoint(checkpoints) == checkpoints / "checkpoint-9"
    assert not (checkpoints / "checkpoint-10").exists()
    damages()[damage](checkpoints / "checkpoint-9")
    assert last_checkpoint(checkpoints) is None
    assert list(checkpoints.iterdir()) == []


def reported(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "output" / "report.json").read_text(encoding="utf-8"))
    return found


HELD_OUT = replace(RESUMED, steps=9, checkpoint_every=3, validation=1, keep="best")


def test_the_adapter_of_the_least_validation_loss_is_kept(
    finetune: Finetune, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file

    from crossalpaca.training import trainer

    losses = iter([2.0, 1.0, 3.0])
    monkeypatch.setattr(trainer.PackedTrainer, "validation_loss", lambda self: next(losses))
    finetune("best", HELD_OUT)
    finetune("shorter", replace(HELD_OUT, validation=0, keep="last"))
    assert reported(tmp_path / "best")["validation_losses"] == [
        {"step": 3, "loss": 2.0},
        {"step": 6, "loss": 1.0},
        {"step": 9, "loss": 3.0},
    ]
    kept = load_file(tmp_path / "best/output/adapter/adapter_model.safetensors")
    middle = load_file(tmp_path / "best/scratch/checkpoint-6/adapter_model.safetensors")
    last = load_file(tmp_path / "best/scratch/checkpoint-9/adapter_model.safetensors")
    assert all(kept[name].equal(middle[name]) for name in kept)
    assert not all(kept[name].equal(last[name]) for name in kept)


def test_validation_loss_is_that_of_what_is_held_out_alone(
    finetune: Finetune, tmp_path: Path, tiny_backbone: Path, encoded: list[Encoded]
) -> None:
    import torch
    from peft import PeftModel

    from crossalpaca.backbones import load_model
    from crossalpaca.training.schedule import held_out

    finetune("held", replace(HELD_OUT, keep="last", dropout=0.0))
    kept, held = held_out(encoded, 1, SEED)
    report = reported(tmp_path / "held")
    assert (report["held_out"], report["demonstrations"]) == (len(held), len(kept))
    assert 0 < len(held) <= 2
    model = load_model(resolve(str(tiny_backbone)), torch.float32)
    model = PeftModel.from_pretrained(model, str(tmp_path / "held/output/adapter")).eval()
    loss, _ = one_by_one(adapted_for_gradients(model), held)
    targets = sum(len(each.tokens) - each.completion_start for each in held)
    assert report["validation_losses"][-1]["loss"] == pytest.approx(loss / targets, rel=1e-5)


def adapted_for_gradients(model: Any) -> Any:
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("lora_" in name)
    return model


def test_a_stopped_run_with_validation_keeps_the_same_best(finetune: Finetune, tmp_path: Path) -> None:
    finetune("straight", HELD_OUT)
    for step in (5, 9):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped):
            stop_in(step, patch)
            finetune("stopped", HELD_OUT)
    finetune("stopped", HELD_OUT)
    straight, resumed = (contents(tmp_path / name / "output") for name in ("straight", "stopped"))
    assert straight == resumed


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
def test_the_rate_follows_the_schedule(schedule: Any, finetune: Finetune, tmp_path: Path) -> None:
    finetune(schedule, replace(RESUMED, schedule=schedule, warmup=2, checkpoint_every=10))
    state = json.loads((tmp_path / schedule / "scratch/checkpoint-10/trainer_state.json").read_text())
    rates = [entry["learning_rate"] for entry in state["log_history"] if "learning_rate" in entry]
    assert rates[:2] == [0.0, pytest.approx(0.005)]
    assert rates[2] == pytest.approx(0.01)
    assert (rates[-1] == pytest.approx(0.01)) == (schedule == "constant")
    assert rates[2:] == sorted(rates[2:], reverse=True)


@pytest.fixture(scope="module")
def unpackable(tmp_path_factory: pytest.TempPathFactory, tiny_tokenizer: PreTrainedTokenizerBase) -> dict[str, Path]:
    """Folders of architectures without the positions or the attention that packing needs."""
    import torch
    import transformers

    size = len(tiny_tokenizer)
    configs = {
        "bloom": transformers.BloomConfig(vocab_size=size, hidden_size=32, n_layer=2, n_head=4),
        "mamba": transformers.MambaConfig(vocab_size=size, hidden_size=32, num_hidden_layers=2, state_size=4),
    }
    folders = {}
    for name, config in configs.items():
        torch.manual_seed(0)
        folders[name] = tmp_path_factory.mktemp(name) / name
        transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folders[name])
        tiny_tokenizer.save_pretrained(folders[name])
    return folders


@pytest.mark.parametrize("name", ["bloom", "mamba"])
def test_an_architecture_that_cannot_be_packed_says_so_and_trains_unpacked(
    name: str, unpackable: dict[str, Path], tmp_path: Path, encoded: list[Encoded]
) -> None:
    from crossalpaca.training import finetune as module

    folder = tmp_path / name
    for role in ("demonstrations", "output", "scratch"):
        (folder / role).mkdir(parents=True)
    write_jsonl(folder / "demonstrations" / "demonstrations.jsonl", demonstrations())
    recipe = replace(EXACT, steps=3, warmup=0)
    arguments = {"backbone": resolve(str(unpackable[name])), "template": ALPACA, "recipe": recipe, "seed": SEED}
    inputs, log = {"demonstrations": folder / "demonstrations"}, logging.getLogger("test")
    module.finetune(StepRun(arguments, inputs, folder / "output", folder / "scratch", lambda *_: None, log))
    report = reported(folder)
    (deviation,) = report["deviations"]
    assert deviation.startswith("trained unpacked, each demonstration by itself: ")
    assert report["tokens_computed"] == report["tokens"]
    model = module.lora_model(resolve(str(unpackable[name])), recipe, SEED)
    loss, _ = one_by_one(model, encoded)
    targets = sum(len(each.tokens) - each.completion_start for each in encoded)
    assert report["losses"][0] == pytest.approx(loss / targets, abs=1e-3)


@pytest.mark.parametrize("kind", ["llama", "qwen3", "mistral", "gemma3"])
def test_the_known_architectures_are_found_packable(kind: str, make_folder: MakeFolder) -> None:
    import torch

    from crossalpaca.training.packable import why_not_packable

    model = adapted(make_folder(kind))
    assert why_not_packable(model) is None
    assert why_not_packable(model.to(torch.bfloat16)) is None
