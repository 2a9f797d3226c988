"""The page on clusters is followed: its shell blocks are run, with stand-ins for what is not on this machine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import losing
import pytest
import yaml
from pydantic import TypeAdapter

from crossalpaca.grid import Grid
from crossalpaca.planning import plan
from crossalpaca.resources import Resources
from crossalpaca.store import Store, step_key

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
STANDINS = Path(__file__).with_name("standins")
SUBMIT = Path("examples/slurm/submit.py")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def words(command: str) -> list[list[str]]:
    """What the page gives a command, call by call, without the command's name."""
    lines = [shlex.split(line) for block in blocks("sh") for line in block.splitlines()]
    return [line[1:] for line in lines if line[:1] == [command]]


@pytest.fixture
def shared(experiment_text: str, tmp_path: Path) -> Path:
    """The folder that the nodes share, with a small experiment and the script."""
    text = experiment_text.replace("  base: {}\n", "").replace("[it, en]", "[it]").replace("steps: 10", "steps: 4")
    text = re.sub(r"compare:.*\n", "", text)
    (tmp_path / "experiment.yaml").write_text(text, encoding="utf-8")
    (tmp_path / SUBMIT).parent.mkdir(parents=True)
    shutil.copy(ROOT / SUBMIT, tmp_path / SUBMIT)
    return tmp_path


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{STANDINS}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "STANDIN_LOG": str(folder / "jobs"),
        "STANDIN_PYTHON": sys.executable,
    }
    command = ["bash", "-euc", script]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False
    )


def jobs(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "jobs").read_text(encoding="utf-8").splitlines()]


@pytest.mark.integration
def test_the_page_can_be_followed_and_its_jobs_make_what_a_local_run_makes(shared: Path) -> None:
    done = shell("\n".join(blocks("sh")), shared)
    assert done.returncode == 0, done.stderr[-3000:]
    experiment = Grid.load(shared / "experiment.yaml")
    steps = plan(experiment)
    submitted = jobs(shared)
    assert [job["name"] for job in submitted] == [step.title for step in steps]
    assert [job["code"] for job in submitted] == [0] * len(steps)
    assert [job["wrap"].split()[-2] for job in submitted] == ["--step"] * (len(steps) - 1) + ["--store"]
    ids = {step.title: job["id"] for step, job in zip(steps, submitted, strict=True)}
    waits = {job["name"]: set(job["needed"]) - {""} for job in submitted}
    (train,) = (step for step in steps if step.name == "train")
    (demonstrations,) = (step for step in steps if step.name == "demonstrations")
    assert waits[train.title] == {ids[demonstrations.title]}
    assert waits[steps[-1].title] == set(ids.values()) - {ids[steps[-1].title]}
    losing.assert_as_one_machine_makes_it(experiment, shared / "crossalpaca-store", shared / "here")
    noted = (shared / "jobs.words").read_text(encoding="utf-8").splitlines()
    assert noted == [
        shlex.join(["pip", "install", ".[ray]"]).replace("'", ""),
        "crossalpaca run experiment.yaml --ray local",
        "ray start --head --port=6379 --include-dashboard=false",
        "ray start --address=HEAD:6379",
        "crossalpaca run experiment.yaml --ray auto",
        "crossalpaca run experiment.yaml --step 0123456789abcdef",
    ]


def test_where_a_job_fails_those_that_need_it_are_cancelled_and_no_other(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = plan(Grid.load(shared / "experiment.yaml"))
    (failing,) = (step for step in steps if step.name == "train")
    monkeypatch.setenv("STANDIN_FAILS", step_key(failing))
    assert shell(f"python {SUBMIT} experiment.yaml", shared).returncode == 0
    codes = {job["name"]: job["code"] for job in jobs(shared)}
    assert list(codes) == [step.title for step in steps]
    assert codes[failing.title] == 1
    cancelled = {step.title for step in steps if step.name in ("evaluate", "report")}
    assert {name for name, code in codes.items() if code == "cancelled"} == cancelled


def test_what_is_done_gets_no_job_and_is_waited_for_by_none(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = plan(Grid.load(shared / "experiment.yaml"))
    store = Store(shared / "crossalpaca-store")
    done = [step for step in steps if step.name in ("audit", "demonstrations")]
    for step in done:
        store.commit(step, store.work(step), seed=None, seconds=1, device="cpu")
    monkeypatch.setenv("STANDIN_FAILS", "nothing")
    assert shell(f"python {SUBMIT} experiment.yaml", shared).returncode == 0
    submitted = {job["name"]: job["needed"] for job in jobs(shared)}
    assert list(submitted) == [step.title for step in steps if step not in done]
    (train,) = (step for step in steps if step.name == "train")
    assert submitted[train.title] == [""]


def test_a_plan_that_cannot_be_made_submits_nothing(shared: Path) -> None:
    (shared / "experiment.yaml").write_text("name: only", encoding="utf-8")
    done = shell(f"python {SUBMIT} experiment.yaml", shared)
    assert done.returncode == 2
    assert "experiment.yaml" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (shared / "jobs").exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")
def test_what_the_page_gives_ray_is_what_ray_takes() -> None:
    from ray.scripts.scripts import start

    given = words("ray")
    assert len(given) == 2
    for command, *options in given:
        assert command == "start"
        start.make_context("start", options)


def test_the_resources_of_the_page_are_resources() -> None:
    (block,) = blocks("yaml")
    stated = TypeAdapter(dict[str, Resources]).validate_python(yaml.safe_load(block)["resources"])
    assert stated["train"] == Resources(cpus=4, gpus=1, memory=24)


def test_what_the_page_gives_crossalpaca_is_what_it_takes() -> None:
    import typer.main

    from crossalpaca.cli import app

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for command, *options in words("crossalpaca"):
        commands[command].make_context(command, options)
