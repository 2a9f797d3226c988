"""What Ray prints is no result."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from crossalpaca.cluster.aside import LOG, aside


def test_what_threads_of_ray_print_goes_to_the_log_and_all_else_to_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(name: str) -> None:
        thread = threading.Thread(target=print, args=(f"by {name}",), name=name)
        thread.start()
        thread.join()

    with aside(tmp_path):
        said("ray_listen_error_messages")
        said("another")
        print("by us", flush=True)
    said("ray_afterwards")
    assert capsys.readouterr().out == "by another\nby us\nby ray_afterwards\n"
    assert (tmp_path / LOG).read_text(encoding="utf-8") == "by ray_listen_error_messages\n"
