"""What a training takes, counted against its definitions, and the reference's figures on real data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bitext_pairs import read_bitext
from crossalpaca.errors import DataError, TrainingError
from crossalpaca.languages import language
from crossalpaca.prompts import ALPACA, Template
from crossalpaca.records import Demonstration, Example
from crossalpaca.sources.instructions import read_instructions
from crossalpaca.training.preflight import Load, SentencePiece, fertility, load, prompts
from crossalpaca.training.recipe import Recipe

PLAIN = Template("plain", "{instruction} {input} ", "{instruction} ")


class Letters:
    """A token a character; BOS is 1, EOS 2."""

    chat_template = None
    eos_token_id: int | None = 2

    def __call__(self, text: str, *, add_special_tokens: bool) -> Mapping[str, list[int]]:
        return {"input_ids": [1] * add_special_tokens + [ord(letter) for letter in text]}


def demonstration(number: int, instruction: str, output: str) -> Demonstration:
    return Demonstration(f"d:{number}", "instruction", instruction, "", output, "de", None, "d")


SETS = st.lists(
    st.tuples(st.text("ab", min_size=1, max_size=9), st.text("ab", min_size=1, max_size=9)), max_size=12
).map(lambda texts: [demonstration(number, *each) for number, each in enumerate(texts)])


@given(given_ones=SETS, batch=st.integers(1, 6), epochs=st.integers(1, 3))
@settings(max_examples=40)
def test_a_load_is_counted_as_training_counts(given_ones: list[Demonstration], batch: int, epochs: int) -> None:
    recipe = Recipe(batch=batch, epochs=epochs, cutoff=14)
    found = load(given_ones, Letters(), PLAIN, recipe, 42)
    lengths = [1 + len(d.instruction) + 1 + len(d.output) + 1 for d in given_ones]
    fitting = [length for length in lengths if length <= 14]
    assert (found.demonstrations, found.over_cutoff) == (len(fitting), len(lengths) - len(fitting))
    assert found.tokens == epochs * sum(fitting)
    assert found.target_tokens == epochs * sum(
        len(d.output) + 1 for d, length in zip(given_ones, lengths, strict=True) if length <= 14
    )
    assert found.steps == (recipe.total_steps(len(fitting)) if fitting else 0)
    assert found.padded_tokens >= found.tokens >= found.computed_tokens >= found.distinct_tokens
    assert found.padded_tokens % 8 == 0


def test_padding_is_by_four_to_a_multiple_of_eight_and_prefixes_count_once() -> None:
    texts = ["a" * 3, "a" * 4, "a" * 5, "a" * 6, "a" * 20]
    found = load([demonstration(n, text, "b") for n, text in enumerate(texts)], Letters(), PLAIN, Recipe(batch=5), 42)
    # With BOS, space, b and EOS: one of 24 tokens in a batch of four or alone, the others of 7 to 10.
    assert found.padded_tokens in {4 * 24 + 8, 4 * 24 + 16, 4 * 16 + 24}
    # BOS, twenty times a, and for each a space, b and EOS
    assert found.distinct_tokens == 1 + 20 + 5 * 3
    assert found.sharing == found.padded_tokens / found.distinct_tokens


def test_what_is_cut_and_what_is_held_out_is_counted_as_the_recipe_says() -> None:
    given_ones = [demonstration(n, "a" * (n + 1), "b" * 9) for n in range(20)]
    cut = load(given_ones, Letters(), PLAIN, Recipe(batch=4, cutoff=20, too_long="truncate"), 42)
    assert (cut.demonstrations, cut.over_cutoff, cut.share_over_cutoff) == (17, 12, 0.6)  # three are all prompt
    held = load(given_ones, Letters(), PLAIN, Recipe(batch=4, validation=5), 42)
    assert (held.demonstrations, held.held_out, held.steps) == (18, 2, 5)  # a tenth at most
    learnt = load(given_ones, Letters(), PLAIN, Recipe(batch=4, loss_on="all"), 42)
    assert learnt.target_tokens == learnt.tokens - 20
    error = load(given_ones, Letters(), PLAIN, Recipe(batch=4, cutoff=20, too_long="error"), 42)
    assert (error.demonstrations, error.over_cutoff) == (8, 12)


def test_nothing_takes_nothing() -> None:
    assert load([], Letters(), PLAIN, Recipe(), 42) == Load(0, 0, 0, 0.0, 0, 0, 0, 0, 0, 0)


def test_a_tokenizer_without_end_of_sequence_is_refused() -> None:
    endless = Letters()
    endless.eos_token_id = None
    with pytest.raises(TrainingError, match="no end-of-sequence"):
        load([], endless, PLAIN, Recipe(), 42)


def test_fertility_is_tokens_a_word_and_to_english() -> None:
    found = fertility({"en": ["ab cd"], "de": ["abcd efgh ij"], "zh-Hans": ["你 好吗"]}, Letters())
    assert {code: (each.words, each.tokens) for code, each in found.items()} == {
        "en": (2, 5),
        "de": (3, 12),
        "zh-Hans": (3, 4),
    }
    assert (found["de"].per_word, found["de"].to_english) == (4.0, 2.4)


@pytest.mark.parametrize("texts", [{}, {"de": ["ab"]}, {"en": [], "de": []}])
def test_without_english_there_is_no_fertility(texts: dict[str, list[str]]) -> None:
    with pytest.raises(DataError, match="no parallel text"):
        fertility(texts, Letters())


def test_prompts_are_measured_with_their_template() -> None:
    def example(text: str) -> Example:
        return Example("e", "b", "", "", "de", "Do", text, "text", (), (), (), "f")

    found = prompts([example("x" * 5), example("x" * 9)], Letters(), PLAIN, 12)
    assert (found.count, found.over_cutoff, found.longest) == (2, 1, 1 + 2 + 1 + 9 + 1)
    assert prompts([], Letters(), PLAIN, 12).longest == 0


def test_what_is_no_sentencepiece_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.model"
    path.write_text("not a model", encoding="utf-8")
    with pytest.raises(DataError, match="is not a SentencePiece model") as raised:
        SentencePiece(path)
    assert "\n" not in str(raised.value)


# Real data


@pytest.fixture(scope="module")
def llama(data_folder: Path) -> SentencePiece:
    return SentencePiece(data_folder / "tokenizer/llama-sp.model")


def test_llamas_tokenizer_puts_bos_before_and_has_eos(llama: SentencePiece) -> None:
    assert llama("Hello", add_special_tokens=True)["input_ids"] == [
        1,
        *llama("Hello", add_special_tokens=False)["input_ids"],
    ]
    assert llama.eos_token_id == 2


def translations(files: list[Path], code: str) -> list[Demonstration]:
    """Every other pair in each direction, with the first English wording."""
    known = language(code).translation
    asked = (known["from_english_in_english"], known["to_english_in_english"])
    return [
        Demonstration(
            pair.id,
            "translation",
            asked[number % 2][number % 5],
            pair.texts[number % 2],
            pair.texts[1 - number % 2],
            code,
            ("en-x", "x-en")[number % 2],
            pair.corpus,
        )
        for number, pair in enumerate(read_bitext(files, code))
    ]


@pytest.mark.parametrize("name", ["alpaca.de.12k", "alpaca.en.12k", "news-commentary.en-zh.10k"])
def test_prefixes_share_as_much_as_the_reference_measured(name: str, data_folder: Path, llama: SentencePiece) -> None:
    if name.startswith("alpaca"):
        demonstrations = list(read_instructions(data_folder / f"alpaca/{name}.json.gz", "de"))
    else:
        demonstrations = translations([data_folder / f"parallel/{name}.jsonl"], "zh-Hans")
    found = load(demonstrations[:3840], llama, ALPACA, Recipe(batch=128), 42)
    assert found.steps == 30
    assert 2.0 <= found.sharing <= 2.4
    assert found.padded_tokens / found.computed_tokens > 1.8


def test_languages_cost_more_tokens_than_english_on_flores(data_folder: Path, llama: SentencePiece) -> None:
    names = {"en": "en", "de": "de", "zh-Hans": "zh", "ar": "ar"}
    texts = {
        code: (data_folder / f"parallel/flores200.devtest.{name}").read_text(encoding="utf-8").splitlines()
        for code, name in names.items()
    }
    found = fertility(texts, llama)
    assert found["en"].to_english == 1 < found["de"].to_english < found["zh-Hans"].to_english < found["ar"].to_english
    assert 1 < found["en"].per_word < found["de"].per_word < found["ar"].per_word
