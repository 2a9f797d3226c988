"""Files of the hub, from a server on loopback that speaks what the client needs, from its cache, and from a copy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from huggingface_hub import constants

from crossalpaca.errors import DataError, InputError
from crossalpaca.languages import language
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.files import locate
from crossalpaca.sources.hub import HubFile, fetch, hub_file

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
CONTENT = b'{"en": "Good morning.", "de": "Guten Morgen."}\n'
FILE = HubFile("owner/pairs", COMMIT, "data/train.jsonl")


class Hub(BaseHTTPRequestHandler):
    """Answers for one dataset of one file, and writes down what it was asked."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self.respond(body=False)

    def do_GET(self) -> None:
        self.respond(body=True)

    def respond(self, body: bool) -> None:
        self.asked.append(f"{self.command} {self.path}")
        content = b'{"error": "not found"}'
        status = 404
        if self.path == f"/datasets/owner/pairs/resolve/{COMMIT}/data/train.jsonl":
            status, content = 200, CONTENT
        elif self.path.startswith("/api/datasets/owner/pairs/revision/main"):
            status, content = 200, json.dumps({"id": "owner/pairs", "sha": COMMIT}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the hub was asked."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Hub,), {"asked": asked}))
    Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    yield asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["a.jsonl", "data/en-de/train-00000-of-00001.parquet"])
def test_a_name_says_repository_commit_and_path(path: str) -> None:
    name = f"hub:Helsinki-NLP/opus-100@{COMMIT}:{path}"
    assert hub_file(name) == HubFile("Helsinki-NLP/opus-100", COMMIT, path)
    assert str(hub_file(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        "hub:",
        "hub:owner",
        "hub:owner/name",
        f"hub:owner@{COMMIT}:a",
        f"hub:owner/name@{COMMIT}:",
        f"hub:owner/name@{COMMIT}:../a",
        f"hub:owner/name@{COMMIT}:/etc/passwd",
        f"hub:../name@{COMMIT}:a",
    ],
)
def test_a_name_in_another_form_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="hub:OWNER/NAME@COMMIT:PATH"):
        hub_file(name)


@pytest.mark.parametrize("name", ["hub:owner/pairs@main:a.jsonl", "hub:owner/pairs:a.jsonl"])
def test_a_branch_is_refused_with_the_commit_that_it_is_now(hub: list[str], name: str) -> None:
    with pytest.raises(InputError, match=f"main is now {COMMIT}"):
        hub_file(name)


def test_a_branch_of_an_unknown_repository_is_refused_without_a_commit(hub: list[str]) -> None:
    with pytest.raises(InputError, match="Files and versions"):
        hub_file("hub:owner/absent@main:a.jsonl")


def test_a_file_is_downloaded_once_and_read(hub: list[str], tmp_path: Path) -> None:
    path = locate(str(FILE), tmp_path)
    assert path.read_bytes() == CONTENT
    (batch,) = read_batches([path], language("de"))
    assert batch.pairs.rows() == [(1, "Good morning.", "Guten Morgen.")]
    hub.clear()
    assert locate(str(FILE), tmp_path) == path
    assert hub == []


def test_a_checksum_is_checked(hub: list[str], tmp_path: Path) -> None:
    assert fetch(FILE, tmp_path, hashlib.sha256(CONTENT).hexdigest()).read_bytes() == CONTENT
    with pytest.raises(DataError, match="checksum 000000000000"):
        fetch(FILE, tmp_path, "0" * 64)


@pytest.mark.parametrize("file", [HubFile("owner/absent", COMMIT, "a"), HubFile("owner/pairs", COMMIT, "absent.jsonl")])
def test_what_the_hub_has_not_is_refused_in_one_line(hub: list[str], tmp_path: Path, file: HubFile) -> None:
    with pytest.raises(DataError, match="cannot be had") as raised:
        fetch(file, tmp_path)
    assert "\n" not in str(raised.value)
    assert str(file) in str(raised.value)


def test_a_name_that_no_file_can_have_is_refused_in_one_line(hub: list[str], tmp_path: Path) -> None:
    (tmp_path / "owner/pairs").mkdir(parents=True)
    with pytest.raises(DataError, match="cannot be read") as raised:
        locate(f"hub:owner/pairs@{COMMIT}:{'n' * 300}", tmp_path)
    assert "\n" not in str(raised.value)
    assert hub == []


def test_offline_the_cache_is_asked_alone(hub: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch(FILE, tmp_path)
    hub.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert fetch(FILE, tmp_path).read_bytes() == CONTENT
    with pytest.raises(DataError, match="cannot be had"):
        fetch(HubFile("owner/pairs", OTHER, "data/train.jsonl"), tmp_path)
    assert hub == []


def copy(folder: Path, commit: str | None) -> Path:
    path = folder / "owner/pairs/data/train.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    if commit:
        record = folder / "owner/pairs/.cache/huggingface/download/data/train.jsonl.metadata"
        record.parent.mkdir(parents=True)
        record.write_text(f"{commit}\n{'e' * 40}\n1700000000.0\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("commit", [COMMIT, None])
def test_a_copy_in_the_data_folder_is_taken_first(hub: list[str], tmp_path: Path, commit: str | None) -> None:
    assert fetch(FILE, tmp_path) != copy(tmp_path, commit) == fetch(FILE, tmp_path)


def test_a_copy_of_another_commit_is_refused(hub: list[str], tmp_path: Path) -> None:
    copy(tmp_path, OTHER)
    with pytest.raises(DataError, match="is of commit ffffffffffff, 0123456789ab is asked"):
        fetch(FILE, tmp_path)
