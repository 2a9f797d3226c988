"""Where experiment files are: by path, or by the name of one that ships; and a commented one to begin with."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from crossalpaca.backbones import resolve
from crossalpaca.errors import ExperimentError, InputError, nearest
from crossalpaca.languages import language as find_language
from crossalpaca.sources.files import file_problem


def shipped() -> dict[str, Path]:
    """Experiments that ship with the package, by name."""
    folder = Path(str(resources.files("crossalpaca"))) / "experiments"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def experiment_path(source: str, folder: Path = Path()) -> Path:
    """The file of an experiment given by path, relative to a folder, or by the name of a shipped one.

    Raises:
        InputError: there is neither.
    """
    path = folder / source
    problem = file_problem(path)
    if not problem:
        return path
    known = shipped()
    if source in known:
        return known[source]
    raise InputError(
        f"{source}: no such experiment file (it {problem}), and none of that name ships{nearest(source, known)}: "
        f"{', '.join(known)}"
    )


def read_text(path: Path) -> str:
    """The text of an experiment file.

    Raises:
        ExperimentError: it is not UTF-8, or may not be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ExperimentError(str(path), [(0, "is not UTF-8 text")]) from None
    except OSError as error:
        raise ExperimentError(str(path), [(0, f"cannot be read ({error.strerror})")]) from None


def commented_template(code: str, backbone: str) -> str:
    """The text of an experiment file for a language, with a comment on every part.

    Raises:
        InputError: the language or the backbone is unknown.
    """
    spoken = find_language(code)
    resolve(backbone)
    template = resources.files("crossalpaca").joinpath("experiments", "template.yaml.txt").read_text(encoding="utf-8")
    values = {"CODE": spoken.code, "LANGUAGE": spoken.name, "BACKBONE": backbone}
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template
