"""A server that is not ours, with the embedded backbone: its answers are those of the model in memory."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crossalpaca.backbones import BACKBONES, Wheel, embedded_folder
from crossalpaca.endpoints import Endpoint, Patience
from crossalpaca.errors import BackboneError, ServiceError
from crossalpaca.evaluation.answered import read_answered
from crossalpaca.records import Prediction, read_jsonl
from crossalpaca.sources.files import starter_folder

pytestmark = pytest.mark.integration

BACKBONE = BACKBONES["smollm2-135m-instruct"]
START = 180  # seconds within which the server answers, or has failed


@pytest.fixture(scope="module")
def folder() -> Path:
    """The embedded backbone as a folder of transformers."""
    assert isinstance(BACKBONE.location, Wheel)
    try:
        return embedded_folder(BACKBONE.id, BACKBONE.location)
    except BackboneError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `transformers serve` on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log"
    command = [str(Path(sys.executable).parent / "transformers"), "serve", str(folder)]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    with log.open("w") as output:
        process = subprocess.Popen([*command, *options], stdout=output, stderr=output)
        try:
            _await(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()
            process.wait()


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    endpoint, until = Endpoint(url, patience=Patience(attempts=1, timeout=5)), time.monotonic() + START
    while True:
        try:
            endpoint.get("/health", lambda answer: answer)
            return
        except ServiceError:
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < until, log.read_text()[-2000:]
            time.sleep(0.5)


def evaluate(out: Path, *more: str) -> list[Prediction]:
    """The predictions of `crossalpaca evaluate` on eight questions."""
    command = (
        *(sys.executable, "-m", "crossalpaca", "evaluate", "--benchmark", "squad", "--language", "it"),
        *("--file", str(starter_folder() / "qa.it.json"), "--items", "8", "--max-new-tokens", "12"),
        *("--set", "precision=fp32", "--out", str(out), "--json", *more),
    )
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    metrics = {score["metric"] for score in json.loads(done.stdout)["scores"]}
    assert ("gold_bits_per_byte" in metrics) == (not more)
    return list(read_jsonl(out / "predictions.jsonl", Prediction))


def test_a_servers_answers_are_those_of_the_model_in_memory(server: str, folder: Path, tmp_path: Path) -> None:
    served = evaluate(tmp_path / "served", "--server", server, "--served-as", str(folder))
    local = evaluate(tmp_path / "local")
    assert len(served) == len(local) >= 8
    for asked, own in zip(served, local, strict=True):
        assert (asked.example, asked.completion) == (own.example, own.completion)
        assert (asked.prompt_tokens, asked.ended) == (own.prompt_tokens, own.ended)
    assert any(each.completion for each in served)
    assert not read_answered(tmp_path / "served", "m", "t", "d").likelihoods
