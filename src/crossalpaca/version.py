"""What code this is: the version of the package, in scores' signatures too, its commit, and what it rests on."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__version__ = "0.1.0"
_RECORDED_PACKAGES = ("crossalpaca", "torch", "transformers", "peft", "accelerate", "tokenizers", "numpy")


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    versions = {"python": platform.python_version()}
    for name in _RECORDED_PACKAGES:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def source_commit() -> str | None:
    """The commit of the checkout this package runs from; None where it is installed without one."""
    head = Path(__file__).parents[2] / ".git" / "HEAD"
    with suppress(OSError):
        text = head.read_text(encoding="utf-8").strip()
        if not text.startswith("ref: "):
            return text
        return (head.parent / text.removeprefix("ref: ")).read_text(encoding="utf-8").strip()
    return None
