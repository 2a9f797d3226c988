"""What `crossalpaca publish` sends, what it refuses to, and that it sends nothing unless told to."""

from __future__ import annotations

import json
import os
import pickle
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hub_standin import COMMIT, Hub, standing_in
from huggingface_hub import constants
from hypothesis import example, given
from hypothesis import strategies as st

from crossalpaca.cli import main
from crossalpaca.errors import CrossAlpacaError, DataError, InputError, ServiceError, StoreError
from crossalpaca.interoperability import hub as sending
from crossalpaca.interoperability.publish import publication
from crossalpaca.records import Demonstration, write_jsonl
from sealing import flipped, sealed

TOKEN = "hf_" + "k" * 34
CARD = "---\nlicense: mit\n---\n\n# A card\n"
WEIGHTS = struct.pack("<Q", 2) + b"{}" + os.urandom(2000)  # safetensors without tensors, and something to compare
BENCHMARK = {
    "benchmark": "bbh",
    "source": "en",
    "target": "es",
    "engine": "apertium",
    "engine_version": "3.8",
    "files": ["navigate.json"],
    "items": 2,
    "published": 1,
    "reasons": {"lost": 1},
    "kept_out": {},
    "read_as": "tasks",
    "published_files": ["navigate.json"],
}
KEYS = (
    TOKEN,
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "AKIA" + "A1" * 8,
    "ghp_" + "a1" * 18,
    "sk-" + "a1" * 20,
    "sk-ant-" + "a1-_" * 10,
    "AIza" + "a1-_Z" * 7,
    "xoxb-" + "1" * 24,
)

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`crossalpaca publish` in this process: exit code, and what it printed."""

    def call(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["crossalpaca", "publish", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out, shown.err

    return call


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub that huggingface_hub knows of, and a token for it."""
    with standing_in() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield hub


def model(folder: Path) -> Path:
    """An exported adapter, as far as its files are looked at."""
    folder.mkdir()
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    for name in ("prompt_template.json", "adapter_config.json"):
        (folder / name).write_text("{}\n", encoding="utf-8")
    (folder / "adapter_model.safetensors").write_bytes(WEIGHTS)
    return folder


def demonstrations(folder: Path, origin: str = "news") -> Path:
    folder.mkdir()
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    one = Demonstration("news:1", "instruction", "Nomina un colore.", "", "Rosso", "it", None, origin)
    write_jsonl(folder / "demonstrations.jsonl", [one])
    return folder


def benchmark(folder: Path, **changes: object) -> Path:
    """A translated benchmark, which has no card of its own."""
    (folder / "originals").mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps(BENCHMARK | changes), encoding="utf-8")
    for name in ("navigate.json", "originals/navigate.json"):
        (folder / name).write_text("{}\n", encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# A dry run


def test_without_a_word_of_consent_nothing_is_sent(hub: Hub, tmp_path: Path, command: Command) -> None:
    code, shown, _ = command(model(tmp_path / "model"), "--to", "owner/name")
    assert (code, hub.asked) == (0, [])
    for said in ("Public model owner/name", "adapter_model.safetensors", f"{len(WEIGHTS):,}", "# A card"):
        assert said in shown
    assert shown.splitlines()[-1] == "Nothing was sent; the same command with --yes sends it"


def test_a_dry_run_for_machines(hub: Hub, tmp_path: Path, command: Command) -> None:
    folder = model(tmp_path / "model")
    code, shown, _ = command(folder, "--to", "owner/name", "--private", "--json")
    found = json.loads(shown)
    assert (code, hub.asked, found["sent"], found["private"], found["kind"]) == (0, [], None, True, "model")
    assert {each["path"]: each["bytes"] for each in found["files"]} == {
        name: len(content) for name, content in contents(folder).items()
    }
    assert found["card"] == CARD


def test_a_dry_run_needs_no_token(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    folder = model(tmp_path / "model")
    assert command(folder, "--to", "owner/name")[0] == 0
    code, _, said = command(folder, "--to", "owner/name", "--yes")
    assert (code, len(said.splitlines())) == (2, 1) and "HF_TOKEN" in said


# Sending


@pytest.mark.parametrize(("make", "kind"), [(model, "models"), (demonstrations, "datasets"), (benchmark, "datasets")])
def test_the_hub_has_every_file_byte_for_byte(
    make: Callable[[Path], Path], kind: str, hub: Hub, tmp_path: Path, command: Command
) -> None:
    folder = make(tmp_path / "folder")
    code, shown, said = command(folder, "--to", "owner/name", "--yes")
    assert code == 0, said
    assert shown.splitlines()[-1].endswith(COMMIT)
    prefix = f"{kind}/owner/name/"
    sent = {path.removeprefix(prefix): content for path, content in hub.files.items()}
    made = {} if make is not benchmark else {"README.md": sent["README.md"]}
    assert sent == contents(folder) | made
    assert sent["README.md"].startswith(b"---\n")
    assert hub.repositories == {f"{kind}/owner/name": False}


def test_a_repository_that_is_there_gets_another_commit(hub: Hub, tmp_path: Path, command: Command) -> None:
    folder = model(tmp_path / "model")
    for text in (CARD, CARD + "More.\n"):
        (folder / "README.md").write_text(text, encoding="utf-8")
        assert command(folder, "--to", "owner/name", "--yes")[0] == 0
    assert hub.files["models/owner/name/README.md"].endswith(b"More.\n")


def test_a_private_repository_is_private_or_gets_nothing(hub: Hub, tmp_path: Path, command: Command) -> None:
    folder = model(tmp_path / "model")
    assert command(folder, "--to", "owner/private", "--private", "--yes")[0] == 0
    assert hub.repositories == {"models/owner/private": True}
    hub.repositories["models/owner/public"] = False
    code, _, said = command(folder, "--to", "owner/public", "--private", "--yes")
    assert (code, len(said.splitlines())) == (1, 1) and "public" in said
    assert not any(path.startswith("models/owner/public") for path in hub.files)


def test_the_token_goes_to_the_hub_and_nowhere_else(hub: Hub, tmp_path: Path, command: Command) -> None:
    folder = model(tmp_path / "model")
    shown = [command(folder, "--to", "owner/name", "--yes")]
    hub.refusal, hub.reason = 403, f"the token {TOKEN} may not write"
    shown.append(command(folder, "--to", "owner/name", "--yes"))
    assert [code for code, _, _ in shown] == [0, 1]
    assert TOKEN in hub.tokens and "may not write" in shown[1][2]
    assert not any(TOKEN in out + err for _, out, err in shown)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_hub_that_refuses_is_one_line(status: int, hub: Hub, tmp_path: Path) -> None:
    hub.refusal = status
    with pytest.raises(ServiceError) as said:
        sending.send(publication(model(tmp_path / "model")), "owner/name", private=False)
    assert "\n" not in str(said.value) and TOKEN not in str(said.value)


# Refusals


def refusal(folder: Path) -> CrossAlpacaError:
    with pytest.raises(CrossAlpacaError) as said:
        publication(folder)
    assert said.value.exit_code == 2 and "\n" not in str(said.value)
    return said.value


@pytest.mark.parametrize("make", [model, demonstrations])
def test_no_card_is_refused(make: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = make(tmp_path / "folder")
    (folder / "README.md").write_text("# No front matter\n", encoding="utf-8")
    assert "YAML" in str(refusal(folder))
    (folder / "README.md").unlink()
    assert "there is no card" in str(refusal(folder))


@pytest.mark.parametrize(
    "name",
    [
        *("weights.bin", "model.pt", "model.PTH", "sub/deep/data.pkl", "optimizer.ckpt", "vectors.npy"),
        *("id_rsa", "server.pem", "aws_credentials.json", "client_secret.json", "hf_token.txt", "token", "API-KEY.txt"),
        *(".env", ".netrc", ".git/config", ".cache/x"),
        *("flores200.devtest.txt", "deu_Latn.devtest", "data/FLORES/ita.txt.flores"),
    ],
)
def test_names_of_what_must_not_go_out(name: str, tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("harmless\n", encoding="utf-8")
    assert name in str(refusal(folder))


@pytest.mark.parametrize(
    "name",
    [
        *("tokenizer.json", "added_tokens.json", "special_tokens_map.json", "tokenizer_config.json", "merges.txt"),
        *("model.gguf", ".gitattributes", "chat_template.jinja", "keys_and_values.json", "originals/navigate.json"),
    ],
)
def test_names_of_what_may(name: str, tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("harmless\n", encoding="utf-8")
    assert name in publication(folder).files


def test_a_file_that_is_not_what_was_written_is_refused_and_a_card_may_be(tmp_path: Path) -> None:
    folder = sealed(demonstrations(tmp_path / "folder"), "demonstrations")
    (folder / "README.md").write_text(CARD + "More.\n", encoding="utf-8")
    assert publication(folder).card.endswith("More.\n")
    path = flipped(folder / "demonstrations.jsonl", 30)
    with pytest.raises(StoreError, match="differs from what was written") as said:
        publication(folder)
    assert str(said.value).startswith(f"{path}: ") and "\n" not in str(said.value)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_in_a_file_is_refused_with_its_line_and_not_repeated(key: str, tmp_path: Path) -> None:
    folder = demonstrations(tmp_path / "folder")
    (folder / "notes.json").write_text(f'{{\n"a": 1,\n"b": "{key}"}}\n', encoding="utf-8")
    said = str(refusal(folder))
    assert "notes.json:3: holds what looks like a key" in said and key not in said


@given(st.integers(0, 2**20 + 400), st.sampled_from(KEYS), st.integers(1, 3))
@example(2**20 - 11, KEYS[1], 1)  # half in one block that is read, half in the next
def test_a_key_is_found_wherever_it_lies(
    tmp_path_factory: pytest.TempPathFactory, before: int, key: str, lines: int
) -> None:
    folder = demonstrations(tmp_path_factory.mktemp("keys") / "folder")
    (folder / "notes.txt").write_text("\n" * lines + " " * before + key + " \n" * 500, encoding="utf-8")
    assert f"notes.txt:{lines + 1}: " in str(refusal(folder))


def test_a_pickle_under_another_name_is_refused(tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    (folder / "adapter_model.safetensors").write_bytes(pickle.dumps({"a": 1}))
    assert "pickle" in str(refusal(folder))
    with zipfile.ZipFile(folder / "adapter_model.safetensors", "w") as archive:  # as torch saves it
        archive.writestr("data.pkl", pickle.dumps({"a": 1}))
    assert "pickle" in str(refusal(folder))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    (tmp_path / "private.txt").write_text("mine", encoding="utf-8")
    (folder / "notes.txt").symlink_to(tmp_path / "private.txt")
    assert "is a link" in str(refusal(folder))
    (folder / "notes.txt").unlink()
    (folder / "more").symlink_to(tmp_path, target_is_directory=True)
    assert "is a link" in str(refusal(folder))


@pytest.mark.parametrize("origin", ["flores200", "eng_Latn.devtest"])
def test_flores_among_the_sources_is_refused(origin: str, tmp_path: Path) -> None:
    assert isinstance(refusal(demonstrations(tmp_path / "demonstrations", origin)), DataError)
    assert "FLORES" in str(refusal(benchmark(tmp_path / "benchmark", files=[f"{origin}.json"])))


def test_a_folder_that_is_something_else_is_refused(tmp_path: Path, command: Command) -> None:
    (tmp_path / "empty").mkdir()
    assert "crossalpaca export" in str(refusal(tmp_path / "empty"))
    assert "is not a folder" in str(refusal(tmp_path / "nowhere"))
    folder = model(tmp_path / "model")
    (folder / "adapter_model.safetensors").unlink()
    assert "no weights" in str(refusal(folder))
    with pytest.raises(InputError, match="is a dataset, not a model"):
        publication(demonstrations(tmp_path / "demonstrations"), "model")


@pytest.mark.parametrize("name", ["name", "a/b/c", "owner/na me", "owner/", "/name", "owner/a--b", "owner/x.git"])
def test_names_that_the_hub_does_not_take_are_refused(name: str, tmp_path: Path, command: Command) -> None:
    code, _, said = command(model(tmp_path / "model"), "--to", name)
    assert (code, len(said.splitlines())) == (2, 1) and "OWNER/NAME" in said
