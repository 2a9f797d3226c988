"""Files of the Hugging Face hub's datasets, each named by repository, commit and path: `hub:owner/name@commit:path`.

A commit is a content, a branch is not: a name without a commit is refused, and the message gives today's. A copy from
`hf download --local-dir DATA/owner/name` under the data folder is taken first, then the hub's own cache (`HF_HOME`,
which alone is asked with `HF_HUB_OFFLINE=1`), then the hub.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from crossalpaca.errors import DataError, InputError
from crossalpaca.store import file_sha256

PREFIX = "hub:"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"hub:(?P<repository>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>[^:@\s]+))?:(?P<path>[^\s:][^:]*)")


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a dataset on the hub.

    Attributes:
        repository: `owner/name`.
        commit: the 40 digits of a revision that cannot change.
        path: the file's path in the repository.
    """

    repository: str
    commit: str
    path: str

    def __str__(self) -> str:
        return f"{PREFIX}{self.repository}@{self.commit}:{self.path}"


def hub_file(name: str) -> HubFile:
    """The file of a name such as `hub:owner/name@commit:path`.

    Raises:
        InputError: the name has another form, or a branch or tag in place of a commit.
    """
    match = _NAME.fullmatch(name)
    if match is None or ".." in Path(match["path"]).parts or match["path"].startswith("/"):
        raise InputError(f"{name}: files of the hub are named hub:OWNER/NAME@COMMIT:PATH")
    revision = match["revision"] or "main"
    if _COMMIT.fullmatch(revision):
        return HubFile(match["repository"], revision, match["path"])
    commit = _commit(match["repository"], revision)
    found = f"{revision} is now {commit}" if commit else "its page shows them under Files and versions"
    raise InputError(f"{name}: name the commit, hub:{match['repository']}@COMMIT:{match['path']}; {found}")


def fetch(file: HubFile, data: Path, sha256: str = "") -> Path:
    """The path of a file of the hub: a copy below `data`, or in the hub's cache, into which it is downloaded.

    Raises:
        DataError: it cannot be had, a copy is of another commit, or its SHA-256 is not the one given.
    """
    path = _copy(file, data) or _download(file)
    if sha256 and file_sha256(path) != sha256:
        raise DataError(f"{file}: has not the checksum {sha256[:12]}... that is expected; remove {path}, get it again")
    return path


def _copy(file: HubFile, data: Path) -> Path | None:
    folder = data / file.repository
    path = folder / file.path
    record = folder / ".cache/huggingface/download" / f"{file.path}.metadata"
    commit = file.commit
    try:
        if not path.is_file():
            return None
        if record.is_file():
            commit = record.read_text(encoding="utf-8", errors="replace").split("\n")[0]
    except OSError as error:  # a name too long, or a folder that may not be read
        raise DataError(f"{error.filename or path}: cannot be read ({error.strerror}); mend the name") from None
    if commit != file.commit:
        raise DataError(f"{path}: is of commit {commit[:12]}, {file.commit[:12]} is asked; download that, or name this")
    return path


def _download(file: HubFile) -> Path:
    import httpx2
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    name, path, commit = file.repository, file.path, file.commit
    try:
        cached = try_to_load_from_cache(name, path, repo_type="dataset", revision=commit)
        if isinstance(cached, str):
            return Path(cached)
        # This answers at once where there is no hub; a download tries for half a minute.
        get_hf_file_metadata(hf_hub_url(name, path, repo_type="dataset", revision=commit))
        return Path(hf_hub_download(name, path, repo_type="dataset", revision=commit))
    except (httpx2.HTTPError, HFValidationError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"{file}: cannot be had ({type(error).__name__}: {reason}); look at its name, the network and HF_TOKEN, "
            f"or put a copy into DATA/{file.repository}"
        ) from None


def _commit(repository: str, revision: str) -> str:
    """The commit that a branch or tag stands for now; empty where the hub does not answer."""
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError

    try:
        return HfApi().dataset_info(repository, revision=revision, timeout=10).sha or ""
    except (httpx2.HTTPError, HFValidationError, OSError):
        return ""
