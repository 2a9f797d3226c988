"""`crossalpaca playground` as a whole: what a client gets is what the models say, and nothing leaves the machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from crossalpaca.cli import playing
from crossalpaca.errors import DataError, InputError, RunError
from crossalpaca.playground.answering import Ensemble, Sampling
from playground_server import Served, served

pytest.importorskip("gradio", reason="gradio is not installed; it comes with the extra playground")

pytestmark = pytest.mark.integration

NAMES = ["base", "it-Alpaca", "it-CrossAlpaca"]
GREEDY = (0, 1, 12, 0)
"""Temperature, top-p, tokens, seed."""


@pytest.fixture(scope="module")
def server(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("serving") / "work"
    with served(folder, str(run), "--precision", "fp32", "--ui-language", "de") as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Served) -> Any:
    from gradio_client import Client

    return Client(server.url, verbose=False)


def shown(client: Any, *given: Any, api_name: str) -> list[Any]:
    """Everything that the page showed, one after the other."""
    job = client.submit(*given, api_name=api_name)
    list(job)
    return list(job.outputs())


def test_two_fine_tunes_and_their_backbone_answer(client: Any, ensemble: Ensemble) -> None:
    pages = shown(client, "Ciao!", "Il mare è blu.", NAMES, *GREEDY, api_name="/ask")
    expected = [
        list(ensemble.answer(name, "Ciao!", "Il mare è blu.", Sampling(max_new_tokens=12)))[-1].text for name in NAMES
    ]
    assert list(pages[-1][1::2]) == expected
    assert len(set(expected)) == 3
    assert pages[-1][0] == "Fertig."
    assert all("am Limit abgeschnitten" in figures for figures in pages[-1][2::2])


def test_translations_are_answers_too(client: Any, ensemble: Ensemble) -> None:
    page = shown(client, "The sea.", "it", "en-x", ["it-Alpaca"], *GREEDY, api_name="/translate")[-1]
    assert page[1] == ""
    assert page[3]


def test_the_client_may_ask_nothing_else(client: Any, server: Served) -> None:
    assert set(client.view_api(return_format="dict", print_info=False)["named_endpoints"]) == {"/ask", "/translate"}


@pytest.mark.parametrize(
    "how", [(5, 1, 12, 0), (0, 0, 12, 0), (0, 1, 10**6, 0), (0, 1, 12, -1)], ids=["heat", "top-p", "tokens", "seed"]
)
def test_settings_out_of_bounds_are_refused(how: tuple[float, ...], client: Any) -> None:
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError):
        client.predict("Ciao!", "", NAMES, *how, api_name="/ask")


def test_nothing_leaves_the_machine_or_is_left_behind(client: Any, server: Served) -> None:
    shown(client, "Ciao!", "", ["base"], *GREEDY, api_name="/ask")
    assert server.watched.read_text() == ""
    assert list(server.folder.iterdir()) == []


def invoked(*arguments: str) -> BaseException | None:
    """What the command raises."""
    app = typer.Typer()
    playing.register(app)
    return CliRunner().invoke(app, list(arguments)).exception


def test_what_a_user_can_get_wrong_is_one_line(run: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        errors = {
            RunError: invoked(str(run), "--port", port, "--ui-language", "en"),
            DataError: invoked(str(tmp_path)),
            InputError: invoked(str(run), "--host", "0.0.0.0"),
        }
    for kind, error in errors.items():
        assert type(error) is kind, error
        assert "\n" not in str(error)
    assert [error.exit_code for error in errors.values() if isinstance(error, RunError | InputError)] == [1, 2, 2]
