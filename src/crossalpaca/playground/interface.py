"""The page: fields, answers side by side, and what is wired to what. Imported late: it needs Gradio at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import gradio as gr
from gradio.components import Component

from crossalpaca.languages import language, languages
from crossalpaca.playground.answering import Sampling
from crossalpaca.playground.lineup import Lineup
from crossalpaca.playground.streaming import Shown, Streams
from crossalpaca.playground.texts import Prompt, Texts, direction_of, examples
from crossalpaca.records import Direction

_AT_FIRST = 4  # models shown; more are there to be chosen
_LONGEST = 1024  # tokens of an answer at most
_FONTS = ["system-ui", "sans-serif"]  # of the machine itself, which has those of its user's script
_MONOSPACED = ["ui-monospace", "monospace"]


@dataclass(frozen=True, slots=True)
class _Settings:
    """The fields that both tabs share: which models answer, and how."""

    models: gr.CheckboxGroup
    temperature: gr.Slider
    top_p: gr.Slider
    limit: gr.Slider
    seed: gr.Number

    @property
    def fields(self) -> list[Component]:
        return [self.models, self.temperature, self.top_p, self.limit, self.seed]


@dataclass(frozen=True, slots=True)
class _Answers:
    """Where answers appear: what is happening, and for each model a column with its answer and figures."""

    status: gr.HTML
    columns: list[gr.Column]
    boxes: list[Component]

    @property
    def outputs(self) -> list[Component]:
        return [self.status, *self.boxes]


def page(streams: Streams, lineup: Lineup, code: str) -> gr.Blocks:
    """The page in a language of the interface.

    Args:
        streams: what its buttons do.
        lineup: which models there are.
        code: of the interface's language.
    """
    texts = streams.texts
    blocks: gr.Blocks = gr.Blocks(title=texts["title"], analytics_enabled=False, fill_width=True)
    with blocks:
        gr.HTML(f"<h1>{texts['title']}</h1><p>{texts['subtitle']}</p>", elem_id="heading", padding=False)
        with gr.Row(elem_id="whole"):
            with gr.Column(scale=3, min_width=300):
                main = gr.Column()
            with gr.Column(scale=1, min_width=260, elem_id="settings"):
                settings = _settings(streams.names, texts)
        with main, gr.Tabs():
            with gr.Tab(texts["tab_ask"], id="ask"):
                _ask_tab(streams, settings, examples([*lineup.languages, "en"] if lineup.languages else [code]))
            with gr.Tab(texts["tab_translate"], id="translate"):
                _translate_tab(streams, settings, lineup.languages)
        blocks.unload(_stopping(streams))
    return blocks


def look(code: str) -> dict[str, Any]:
    """What gives the page its looks, and its language to the browser."""
    folder = resources.files("crossalpaca.playground")
    theme = gr.themes.Base(
        primary_hue="blue", neutral_hue="slate", radius_size="sm", font=_FONTS, font_mono=_MONOSPACED
    ).set(  # Gradio's greys are too pale to read, and so is white on its blue
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_700",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_600",
        input_placeholder_color_dark="*neutral_300",
    )
    spoken = {"lang": code, "dir": direction_of(code)}
    script = (folder / "page.js").read_text(encoding="utf-8")
    return {
        "theme": theme,
        "css": (folder / "page.css").read_text(encoding="utf-8"),
        "head": f"<script>const SPOKEN = {json.dumps(spoken)};\n{script}</script>",
    }


def _settings(names: Sequence[str], texts: Texts) -> _Settings:
    models = gr.CheckboxGroup(list(names), value=list(names[:_AT_FIRST]), label=texts["models"])
    with gr.Accordion(texts["decoding"], open=False):
        plain = Sampling()
        temperature = gr.Slider(
            0, 2, plain.temperature, step=0.1, label=texts["temperature"], info=texts["temperature_info"]
        )
        top_p = gr.Slider(0.05, 1, plain.top_p, step=0.05, label=texts["top_p"], info=texts["top_p_info"])
        limit = gr.Slider(1, _LONGEST, plain.max_new_tokens, step=1, label=texts["max_new_tokens"])
        seed = gr.Number(plain.seed, precision=0, minimum=0, maximum=2**32 - 1, label=texts["seed"])
    return _Settings(models, temperature, top_p, limit, seed)


def _ask_tab(streams: Streams, settings: _Settings, prompts: Sequence[tuple[str, Prompt]]) -> None:
    texts = streams.texts
    titles = [f"{language(code).own_name} · {prompt.title}" for code, prompt in prompts]
    example = gr.Dropdown(titles, value=None, type="index", label=texts["examples"], filterable=False)
    instruction = gr.Textbox(label=texts["instruction"], lines=3, max_lines=12)
    given = gr.Textbox(label=texts["input"], placeholder=texts["optional"], lines=3, max_lines=12)
    run, stop = _buttons(texts["ask"], texts["stop"])
    answers = _answers(streams, settings)
    prompt = _prompt_box(texts)

    def fill(index: int | None) -> tuple[str, str]:
        return ("", "") if index is None else (prompts[index][1].instruction, prompts[index][1].input)

    def ask(request: gr.Request, instruction: str, input: str, models: list[str], *how: float) -> Iterator[Shown]:
        yield from streams.ask(_session(request), instruction, input, models, _sampling(*how))

    example.input(fill, example, [instruction, given], **_QUIET)
    _wire(streams, run, stop, answers, ask, [instruction, given, *settings.fields])
    _wire_prompt(streams.prompts, prompt, [instruction, given, settings.models])


def _translate_tab(streams: Streams, settings: _Settings, codes: Sequence[str]) -> None:
    texts = streams.texts
    others = [*codes, *(code for code in languages() if code != "en" and code not in codes)]
    with gr.Row():
        other = gr.Dropdown(
            [(languages()[code].own_name, code) for code in others], value=others[0], label=texts["language"]
        )
        direction = gr.Radio(
            [(texts["from_english"], "en-x"), (texts["to_english"], "x-en")], value="en-x", label=texts["direction"]
        )
    text = gr.Textbox(label=texts["text"], lines=3, max_lines=12)
    run, stop = _buttons(texts["translate"], texts["stop"])
    answers = _answers(streams, settings)
    prompt = _prompt_box(texts)

    def translate(
        request: gr.Request, text: str, language: str, direction: Direction, models: list[str], *how: float
    ) -> Iterator[Shown]:
        yield from streams.translate(_session(request), text, language, direction, models, _sampling(*how))

    def prompts(text: str, language: str, direction: Direction, models: list[str]) -> str:
        return streams.prompts(streams.instruction(language, direction), text, models)

    _wire(streams, run, stop, answers, translate, [text, other, direction, *settings.fields])
    _wire_prompt(prompts, prompt, [text, other, direction, settings.models])


# An event that shows no spinner, waits for no answer of a model, and is no part of the API.
_QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def _buttons(run: str, stop: str) -> tuple[gr.Button, gr.Button]:
    with gr.Row(elem_classes="buttons"):
        return gr.Button(run, variant="primary", scale=0, min_width=160), gr.Button(stop, scale=0, min_width=120)


def _answers(streams: Streams, settings: _Settings) -> _Answers:
    status = gr.HTML("", html_template='<p role="status">${value}</p>', elem_classes="status", padding=False)
    columns: list[gr.Column] = []
    boxes: list[Component] = []
    with gr.Row(elem_classes="answers"):
        for place, name in enumerate(streams.names):
            with gr.Column(min_width=260, visible=place < _AT_FIRST) as column:
                boxes.append(gr.Textbox(label=name, lines=12, max_lines=12, interactive=False, buttons=["copy"]))
                boxes.append(gr.HTML("", elem_classes="figures", padding=False))
            columns.append(column)

    def show(chosen: list[str]) -> list[Any]:
        return [gr.update(visible=name in chosen) for name in streams.names]

    settings.models.change(show, settings.models, columns, **_QUIET)
    return _Answers(status, columns, boxes)


def _prompt_box(texts: Texts) -> gr.Textbox:
    with gr.Accordion(texts["prompt"], open=False):
        return gr.Textbox(
            show_label=False, label=texts["prompt"], lines=6, max_lines=30, interactive=False, elem_classes="prompt"
        )


def _wire(
    streams: Streams,
    run: gr.Button,
    stop: gr.Button,
    answers: _Answers,
    answering: Any,
    fields: list[Component],
) -> None:
    """One generation at a time for all users: the others wait in the queue."""
    run.click(
        answering,
        fields,
        answers.outputs,
        show_progress="hidden",
        concurrency_id="answers",
        concurrency_limit=1,
        api_name=answering.__name__,
    )
    stop.click(_stopping(streams), **_QUIET)


def _wire_prompt(prompts: Any, box: gr.Textbox, fields: list[Any]) -> None:
    gr.on([field.change for field in fields], prompts, fields, box, trigger_mode="always_last", **_QUIET)


def _stopping(streams: Streams) -> Any:
    def stop(request: gr.Request) -> None:
        streams.stop(_session(request))

    return stop


def _session(request: gr.Request) -> str:
    return request.session_hash or ""


def _sampling(temperature: float, top_p: float, limit: float, seed: float | None) -> Sampling:
    return Sampling(temperature, top_p, int(limit), int(seed or 0))
