"""How much each step of a plan has to do: counted where files are there, else by stated averages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossalpaca.benchmarks import BENCHMARKS, mlqa, read_tables
from crossalpaca.demonstrations.mixture import counts
from crossalpaca.languages import language
from crossalpaca.planning.sizes import stated
from crossalpaca.records import Kind, SourceFile, Step
from crossalpaca.sources.files import file_problem, read_lines
from crossalpaca.store import step_key
from crossalpaca.training.deviations import feasible
from crossalpaca.training.preflight import Load
from crossalpaca.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Part:
    """Demonstrations of one kind and language."""

    kind: Kind
    language: str
    count: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is asked.

    Attributes:
        items: prompts.
        prompt: tokens of each.
        computed: tokens that go through the model for each, prefixes shared.
        answer: tokens of each answer.
        limit: tokens of the longest; 0 where nothing is generated.
    """

    items: int
    prompt: float
    computed: float
    answer: float = 0.0
    limit: int = 0


def ratio(code: str) -> float:
    """Tokens of a text in a language for one token of it in English.

    A language in which nothing was counted is taken for the mean of those in its script, English aside; one in a
    script of its own for the largest, since its letters are likely cut into bytes.
    """
    known: Mapping[str, float] = stated("amounts.toml")["languages"]
    spoken = language(code)
    if spoken.code in known:
        return known[spoken.code]
    alike = [known[each] for each in known if each != "en" and language(each).script == spoken.script]
    return sum(alike) / len(alike) if alike else max(known.values())


class Amounts:
    """What the steps of a plan have to do; files are read once."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = {step_key(step): step for step in steps}
        self._stated = stated("amounts.toml")
        self._counted: dict[tuple[str, ...], int] = {}
        self._assumed: dict[str, dict[str, None]] = {}

    @property
    def notes(self) -> list[str]:
        """What had to be assumed because files are not there."""
        return [f"not there: {', '.join(names)}; {what} assumed" for what, names in self._assumed.items()]

    def parts(self, key: str) -> list[Part]:
        """The demonstrations that a step makes."""
        step = self._steps[key]
        if step.name == "unite":
            return [part for each in step.inputs.values() for part in self.parts(each)]
        arguments, code = step.arguments, str(step.arguments["language"])
        instructions = self._instructions(step)
        translations = sum(counts(arguments["translations"], instructions).values())
        if arguments["control"] == "repeated":
            instructions, translations = instructions + translations, 0
        spoken = str(arguments.get("spoken", code))
        return [Part("instruction", spoken, instructions), Part("translation", code, translations)]

    def training(self, step: Step) -> tuple[Recipe, Load]:
        """The recipe as a GPU can follow it, and what it takes; what validation computes is in it."""
        parts = self.parts(step.inputs["demonstrations"])
        total = sum(part.count for part in parts)
        recipe, _ = feasible(step.arguments["recipe"], total, cuda=True)
        kept = total - recipe.validation
        steps = recipe.total_steps(kept)
        seen = steps * recipe.batch if recipe.steps else kept * recipe.epochs
        # A forward pass alone costs half of what a training pass does.
        validated = recipe.validation * (steps // recipe.checkpoint_every + 1) / 2 if recipe.validation else 0
        tokens, computed, output = (value / max(total, 1) for value in _tokens(parts, recipe.cutoff))
        learnt = tokens if recipe.loss_on == "all" else output
        load = Load(
            demonstrations=kept,
            held_out=recipe.validation,
            over_cutoff=0,
            share_over_cutoff=0.0,
            steps=steps,
            tokens=round(seen * tokens),
            target_tokens=round(seen * learnt),
            padded_tokens=round(seen * tokens),
            distinct_tokens=round(seen * computed),
            computed_tokens=round((seen + validated) * computed),
        )
        return recipe, load

    def asked(self, step: Step) -> Asked:
        """What an evaluation or a probe asks."""
        arguments = step.arguments
        if step.name == "evaluate":
            of = self._benchmark(arguments["benchmark"])
            grown, limit = ratio(arguments["language"]), int(arguments["max_new_tokens"])
            template = self._stated["answers"]["template"]
            prompt = template + (of["prompt"] - template) * grown
            return Asked(self._items(step), prompt, of["computed"] * grown, self._answer(step, limit), limit)
        tokens = self._stated["probing"]["tokens"] * (1 + ratio(arguments["language"])) / 2
        sentences = 2 * self._sentences(arguments)
        if step.name == "align":
            return Asked(sentences, tokens, tokens)
        frame = self._stated["demonstrations"]["translation"]["frame"]
        limit = int(arguments["max_new_tokens"])
        answer = min(tokens, limit) if "adapter" in step.inputs else self._answer(step, limit)
        return Asked(sentences, frame + tokens, tokens, answer, limit)

    def characters(self, step: Step) -> float:
        """Characters that a translation sends."""
        arguments = step.arguments
        if "file" in arguments:
            return float(
                self._rows(arguments["file"], arguments["source"]) * self._stated["instructions"]["characters"]
            )
        found = self._found(arguments["benchmark"], arguments["files"], arguments["source"])
        return float(found * self._benchmark(arguments["benchmark"])["characters"])

    def _instructions(self, step: Step) -> int:
        arguments, count = step.arguments, step.arguments["instruction_count"]
        if count is not None:
            return int(count)
        if "instructions" in step.inputs:
            translated = self._steps[step.inputs["instructions"]].arguments
            return self._rows(translated["file"], translated["source"])
        file = arguments["instructions"]
        return self._rows(file, arguments["language"]) if file is not None else 0

    def _rows(self, file: SourceFile, code: str) -> int:
        from crossalpaca.sources.instructions import read_instructions

        if not file_problem(file.path):
            if (file.sha256,) not in self._counted:
                self._counted[file.sha256,] = sum(1 for _ in read_instructions(file.path, code))
            return self._counted[file.sha256,]
        of = self._stated["instructions"]
        rows = int(of["rows"].get(file.name.partition(".")[0], of["other"]))
        self._assumed.setdefault(f"{rows:,} demonstrations each are", {})[file.name] = None
        return rows

    def _answer(self, step: Step, limit: int) -> float:
        of = self._stated["answers"]
        return float(min(of["trained"] * limit, of["most"]) if "adapter" in step.inputs else of["base"] * limit)

    def _benchmark(self, name: str) -> Mapping[str, Any]:
        of: Mapping[str, Any] = self._stated["benchmarks"][name]
        return self._benchmark(of["like"]) if "like" in of else of

    def _items(self, step: Step) -> int:
        """Items of an evaluation; those of a translated benchmark are its originals."""
        arguments = step.arguments
        files, code = arguments["files"], arguments["language"]
        if "benchmark" in step.inputs:
            source = self._steps[step.inputs["benchmark"]].arguments
            files, code = source["files"], source["source"]
        if arguments["items"] is None:
            return self._found(arguments["benchmark"], files, code)
        most = self._published(arguments["benchmark"], files, code)
        return min(arguments["items"], most) if most else int(arguments["items"])

    def _found(self, benchmark: str, files: Sequence[SourceFile], code: str) -> int:
        """Items of a benchmark's files: counted, else as published, else assumed."""
        if not any(file_problem(file.path) for file in files):
            key = (benchmark, *(file.sha256 for file in files))
            if key not in self._counted:
                tables = read_tables(BENCHMARKS[benchmark], [file.path for file in files], language(code))
                self._counted[key] = sum(len(table.rows) for table, _ in tables)
            return self._counted[key]
        items = self._published(benchmark, files, code)
        if not items:
            items = int(self._stated["answers"]["own"])
            self._assumed.setdefault(f"{items:,} questions each are", {})[files[0].name] = None
        return items

    def _published(self, benchmark: str, files: Sequence[SourceFile], code: str) -> int:
        """The published number of items, by the number of files; 0 for a user's own."""
        if BENCHMARKS[benchmark].own:
            return 0
        if benchmark == "mlqa":
            return sum(_mlqa(file, code) for file in files)
        of = self._benchmark(benchmark)
        return int(of["items"] * len(files) / of["files"])

    def _sentences(self, arguments: Mapping[str, Any]) -> int:
        if arguments["sentences"] is not None:
            return int(arguments["sentences"])
        file: SourceFile = arguments["files"][0]
        if file_problem(file.path):
            return int(self._stated["probing"]["sentences"])
        if (file.sha256,) not in self._counted:
            self._counted[file.sha256,] = sum(1 for line in read_lines(file.path) if line)
        return self._counted[file.sha256,]


def _tokens(parts: Sequence[Part], cutoff: int) -> tuple[float, float, float]:
    """Tokens of demonstrations, those that are computed, and those of outputs; none is over the cutoff."""
    tokens, computed, output = 0.0, 0.0, 0.0
    for part in parts:
        of, grown = stated("amounts.toml")["demonstrations"][part.kind], ratio(part.language)
        if part.kind == "instruction":
            text, answer = of["text"] * grown, of["output"] * grown
        else:  # one side is English, and either may be the output
            text, answer = of["text"] * (1 + grown), of["output"] * (1 + grown) / 2
        share = min(cutoff / (of["frame"] + text), 1.0)
        tokens += part.count * share * (of["frame"] + text)
        computed += part.count * share * (of["repeated"] + text)
        output += part.count * share * answer
    return tokens, computed, output


def _mlqa(file: SourceFile, code: str) -> int:
    """Questions of one of MLQA's files, by its name or that of its folder."""
    spoken = language(code)
    known = mlqa.COUNTS["dev" if "dev" in file.path.parent.name + file.name else "test"]
    return next((known[each] for each in (spoken.code, *spoken.aliases) if each in known), known["en"])
