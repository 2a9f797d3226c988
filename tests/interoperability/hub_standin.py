"""A stand-in of the hub on loopback: it takes repositories, files and commits as huggingface_hub sends them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".safetensors", ".gguf")  # what the hub keeps apart from its git


@dataclass(slots=True)
class Hub:
    """What it holds and what it was told.

    Attributes:
        url: its address.
        refusal, reason: the status that it answers to everything, if it does, and what it says.
        repositories: `models/owner/name` to whether it is private.
        files: the same, and a path, to the file's content.
        tokens: every token that came with a request.
        asked: method and path of every request.
    """

    url: str = ""
    refusal: int = 0
    reason: str = "refused"
    repositories: dict[str, bool] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON for one request."""
        if self.refusal:
            return self.refusal, {"error": self.reason}
        if method == "PUT":
            self.blobs[hashlib.sha256(body).hexdigest()] = body
            return 200, {}
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path.endswith(".git/info/lfs/objects/batch"):
            return 200, {"objects": [self._upload(each) for each in json.loads(body)["objects"]]}
        if path == "/api/validate-yaml":
            return 200, {}
        return self._repository(path, body)

    def _repository(self, path: str, body: bytes) -> tuple[int, Any]:
        match = re.fullmatch(r"/api/(models|datasets)/(\w+/\w+)(?:/(preupload|commit)/main)?", path)
        assert match is not None, path
        repository = f"{match[1]}/{match[2]}"
        if match[3] == "preupload":
            return 200, {"files": [self._mode(each) for each in json.loads(body)["files"]]}
        if match[3] == "commit":
            return self._commit(repository, body)
        return 200, {"id": match[2], "private": self.repositories[repository]}

    def _create(self, asked: dict[str, Any]) -> tuple[int, Any]:
        repository = f"{asked.get('type', 'model')}s/{asked['organization']}/{asked['name']}"
        url = {"url": f"{self.url}/{asked['organization']}/{asked['name']}"}
        if repository in self.repositories:
            return 409, url | {"error": "there already"}
        self.repositories[repository] = asked.get("visibility") == "private"
        return 200, url

    def _mode(self, asked: dict[str, Any]) -> dict[str, Any]:
        mode = "lfs" if asked["path"].endswith(LARGE) else "regular"
        return {"path": asked["path"], "uploadMode": mode, "shouldIgnore": False}

    def _upload(self, asked: dict[str, Any]) -> dict[str, Any]:
        return asked | {"actions": {"upload": {"href": f"{self.url}/blobs/{asked['oid']}"}}}

    def _commit(self, repository: str, body: bytes) -> tuple[int, Any]:
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                self.files[f"{repository}/{value['path']}"] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.files[f"{repository}/{value['path']}"] = self.blobs[value["oid"]]
        return 200, {"commitUrl": f"{self.url}/{repository}/commit/{COMMIT}", "commitOid": COMMIT}


@contextmanager
def standing_in() -> Iterator[Hub]:
    """Runs the stand-in."""
    hub = Hub()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with lock:
                hub.asked.append(f"{self.command} {self.path}")
                hub.tokens.add(self.headers.get("Authorization", "").removeprefix("Bearer "))
                status, value = hub.answer(self.command, self.path, body)
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST

        def log_message(self, format: str, *arguments: object) -> None:
            """Keeps the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
