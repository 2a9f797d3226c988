"""Scores carry every choice behind them, and differences are paired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from crossalpaca import __version__
from crossalpaca.errors import DataError
from crossalpaca.evaluation.answered import Answered, repeated
from crossalpaca.evaluation.metrics import METRICS
from crossalpaca.evaluation.scores import Difference, Measured, adjusted, differences, scores, signature
from crossalpaca.records import Example, Prediction, Score

Answer = Callable[..., Answered]
OPTIONS = ("one", "two", "three", "four")


@pytest.fixture
def answer(make_example: Callable[..., Example], make_prediction: Callable[..., Prediction]) -> Answer:
    """What a model answers where the right answer is always `yes`, or the letter B."""

    def make(
        completions: Sequence[str],
        model: str = "model",
        ids: Sequence[str] | None = None,
        tasks: Sequence[str] = ("",),
        choices: tuple[str, ...] = (),
        bits: Sequence[float] | None = None,
        language: str = "en",
    ) -> Answered:
        names = list(ids or [f"e{n}" for n in range(len(completions))])
        gold = "B" if choices else "yes"
        examples = [
            make_example(
                gold, id=id, task=tasks[n % len(tasks)], cluster=f"c{n // 2}", choices=choices, language=language
            )
            for n, id in enumerate(names)
        ]
        predictions = [
            make_prediction(
                completion,
                id=id,
                model=model,
                bits=(bits[n] if bits else 6.0,),
                label_bits=(4.0, 3.0, 5.0, 6.0) if choices else (),
                choice_bits=(30.0, 20.0, 40.0, 50.0) if choices else (),
            )
            for n, (id, completion) in enumerate(zip(names, completions, strict=True))
        ]
        return Answered(model, examples, predictions, "alpaca/0123", "greedy/bf16")

    return make


def only(
    found: Sequence[Score] | Sequence[Difference], metric: str, task: str = "", items: str = "all"
) -> Score | Difference:
    matching = [score for score in found if (score.metric, score.task, score.items) == (metric, task, items)]
    assert len(matching) == 1
    return matching[0]


# Scores


def test_every_metric_that_applies_is_given_over_all_items(answer: Answer) -> None:
    answered = answer(["yes", "no", "Yes.", "yes"])
    found = list(scores(answered, 42))
    for items in ("all", "sound"):
        given = [score.metric for score in found if score.items == items]
        assert given == [n for n, m in METRICS.items() if m.applies(answered.examples[0])]
    assert only(found, "exact_match").value == 0.5
    assert only(found, "exact_match_squad").value == 0.75
    assert only(found, "gold_bits_per_byte").value == 2.0
    assert {(score.n, score.model, score.benchmark, score.language) for score in found} == {(4, "model", "bench", "en")}


def test_four_choice_questions_are_scored_by_letter(answer: Answer) -> None:
    found = list(scores(answer(["B", "A", "b"], choices=OPTIONS), 42))
    assert only(found, "accuracy_generated").value == pytest.approx(2 / 3)
    assert only(found, "accuracy_labels").value == 1.0
    assert only(found, "accuracy_choices").value == 1.0
    assert "f1_squad" not in {score.metric for score in found}


def test_several_tasks_are_scored_together_and_each_by_itself(answer: Answer) -> None:
    found = list(scores(answer(["yes", "no", "yes", "no"], tasks=("t1", "t2")), 42))
    assert only(found, "exact_match").value == 0.5
    assert only(found, "exact_match", "t1").value == 1.0
    assert only(found, "exact_match", "t2").value == 0.0
    assert only(found, "exact_match", "t1").n == 2


def test_one_task_alone_is_scored_once(answer: Answer) -> None:
    answered = answer(["yes", "no"], tasks=("t1",))
    assert answered.by_task() == {"t1": answered}
    assert {score.task for score in scores(answered, 42)} == {"t1"}


@pytest.mark.parametrize("out", ["t1", "t2"])
def test_where_one_task_is_left_the_whole_is_that_task_and_no_row_is_given_twice(answer: Answer, out: str) -> None:
    answered = replace(answer(["yes", "no", "yes", "no"], tasks=("t1", "t2")), kept_out=frozenset({out}))
    found = list(scores(answered, 42))
    values = {task: only(found, "exact_match", task).value for task in ("", "t1", "t2")}
    assert values == {"": values["t2" if out == "t1" else "t1"], "t1": 1.0, "t2": 0.0}
    assert len({score.signature for score in found}) == len(found)
    assert {score.task for score in found if f"|kept-out:{out}|" in score.signature} == {""}


def test_where_all_tasks_are_kept_out_there_is_no_whole(answer: Answer) -> None:
    tasks = ("t1", "t2", "t3")
    answered = replace(answer(["yes"] * 6, tasks=tasks), kept_out=frozenset(tasks))
    assert tuple(answered.by_task()) == tasks
    assert {score.task for score in scores(answered, 42)} == set(tasks)
    alone = replace(answer(["yes"], tasks=("t1",)), kept_out=frozenset({"t1"}))
    assert list(scores(alone, 42)) == []


def test_items_of_no_task_are_in_the_whole_alone(answer: Answer) -> None:
    found = list(scores(answer(["yes", "no", "no", "no"], tasks=("", "t1")), 42))
    assert [only(found, "exact_match", task).value for task in ("", "t1")] == [0.25, 0.0]


def test_scores_do_not_change_from_run_to_run(answer: Answer) -> None:
    answered = answer(["yes", "no", "maybe", "yes", "no"])
    assert list(scores(answered, 7)) == list(scores(answered, 7))


def test_a_signature_names_every_choice_in_one_line(answer: Answer) -> None:
    measured = Measured(answer(["yes", "no", "yes"]), METRICS["f1_mlqa"], "", "all")
    text = signature(measured, 2, 7)
    assert text.startswith("f1_mlqa|")
    assert "\n" not in text
    assert set(text.split("|")) >= {
        "bench:bench",
        "lang:en",
        "task:all",
        "items:all",
        "golds:own",
        "n:3",
        "clusters:2",
        "shots:0",
        "prompt:alpaca/0123",
        "decode:greedy/bf16",
        "ci:bootstrap2000/seed7",
        f"v:{__version__}",
    }


def test_a_score_carries_the_signature_of_its_own_items(answer: Answer) -> None:
    found = list(scores(answer(["yes"] * 6, tasks=("t1", "t2", "t3")), 42))
    assert "|n:6|clusters:3|" in only(found, "exact_match").signature  # type: ignore[union-attr]
    assert "|n:2|clusters:2|" in only(found, "exact_match", "t1").signature  # type: ignore[union-attr]
    assert all("\n" not in score.signature and score.signature.startswith(f"{score.metric}|") for score in found)


def test_different_scores_have_different_signatures(answer: Answer) -> None:
    found = list(scores(answer(["yes"] * 6, tasks=("t1", "t2", "t3")), 42))
    assert len({score.signature for score in found}) == len(found)


def test_every_score_comes_with_and_without_the_items_that_fail_the_audit(answer: Answer) -> None:
    answered = replace(answer(["yes", "no", "no", "yes"]), failing=frozenset({"e1", "another"}))
    found = list(scores(answered, 42))
    assert only(found, "exact_match").value == 0.5
    sound = only(found, "exact_match", items="sound")
    assert isinstance(sound, Score)
    assert (sound.value, sound.n) == (pytest.approx(2 / 3), 3)
    assert "|items:sound|" in sound.signature


def test_where_no_item_is_sound_there_is_no_score_without_the_failing(answer: Answer) -> None:
    answered = replace(answer(["yes", "no"]), failing=frozenset({"e0", "e1"}))
    assert {score.items for score in scores(answered, 42)} == {"all"}


def test_a_metric_is_over_the_items_that_it_applies_to(answer: Answer, make_example: Callable[..., Example]) -> None:
    answered = answer(["yes", "yes", "no"], tasks=("t1", "t2"))
    examples = [answered.examples[0], replace(answered.examples[1], references=()), answered.examples[2]]
    predictions = [
        answered.predictions[0],
        replace(answered.predictions[1], reference_bits=()),
        answered.predictions[2],
    ]
    found = list(scores(replace(answered, examples=examples, predictions=predictions), 42))
    bits = only(found, "gold_bits_per_byte")
    assert isinstance(bits, Score)
    assert (bits.n, bits.value) == (2, 2.0)
    assert [score.metric for score in found if score.task == "t2" and "bits" in score.metric] == []


def test_predictions_for_other_examples_are_refused(
    make_example: Callable[..., Example], make_prediction: Callable[..., Prediction]
) -> None:
    examples = [make_example("yes", id="e1"), make_example("yes", id="e2")]
    predictions = [make_prediction("yes", id="e1"), make_prediction("yes", id="e9")]
    with pytest.raises(DataError, match="prediction e9 is not for example e2"):
        Answered("model", examples, predictions, "t", "d")
    with pytest.raises(DataError, match="1 predictions for 2 examples"):
        Answered("model", examples, predictions[:1], "t", "d")
    with pytest.raises(DataError, match="2 predictions for 1 examples"):
        Answered("model", examples[:1], [predictions[0], predictions[0]], "t", "d")


# Differences


def test_a_difference_is_the_model_minus_the_baseline(answer: Answer) -> None:
    model, baseline = answer(["yes", "yes", "yes", "no"]), answer(["no", "yes", "no", "yes"], "base")
    found = only(list(differences(model, baseline, 42)), "exact_match")
    assert isinstance(found, Difference)
    assert (found.model, found.baseline, found.value, found.n) == ("model", "base", 0.25, 4)
    assert (found.wins, found.losses) == (2, 1)


def test_fewer_bits_are_a_win(answer: Answer) -> None:
    model = answer(["yes"] * 3, bits=[3.0, 3.0, 6.0])
    baseline = answer(["yes"] * 3, "base", bits=[6.0, 1.5, 6.0])
    found = only(list(differences(model, baseline, 42)), "gold_bits_per_byte")
    assert isinstance(found, Difference)
    assert found.value == pytest.approx((-1.0 + 0.5 + 0.0) / 3)
    assert (found.wins, found.losses) == (1, 1)


def test_a_model_does_not_differ_from_itself(answer: Answer) -> None:
    found = list(differences(answer(["yes", "no"] * 4), answer(["yes", "no"] * 4, "base"), 42))
    assert {(d.value, d.interval, d.wins, d.losses) for d in found} == {(0.0, (0.0, 0.0), 0, 0)}


def test_exchanging_the_two_turns_the_difference_round(answer: Answer) -> None:
    one, other = answer(["yes", "no", "yes", "yes", "no"]), answer(["no", "no", "yes", "no", "yes"], "base")
    there, back = (only(list(differences(*pair, 42)), "exact_match") for pair in ((one, other), (other, one)))
    assert isinstance(there, Difference)
    assert isinstance(back, Difference)
    assert there.value == -back.value
    assert (there.wins, there.losses) == (back.losses, back.wins)
    assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]))


def test_differences_are_given_for_each_task_too(answer: Answer) -> None:
    model = answer(["yes", "no", "yes", "no"], tasks=("t1", "t2"))
    baseline = answer(["no", "no", "no", "no"], "base", tasks=("t1", "t2"))
    found = list(differences(model, baseline, 42))
    assert [only(found, "exact_match", task).value for task in ("", "t1", "t2")] == [0.5, 1.0, 0.0]


@pytest.mark.parametrize(
    ("tasks", "kept_out", "adjusted_ones"),
    [
        (("t1",), (), {"t1"}),
        (("t1", "t2"), (), {""}),
        (("t1", "t2"), ("t1",), {""}),
        (("t1", "t2"), ("t1", "t2"), set()),
    ],
)
def test_what_is_adjusted_are_the_differences_over_whole_benchmarks(
    tasks: Sequence[str], kept_out: Sequence[str], adjusted_ones: set[str], answer: Answer
) -> None:
    model, baseline = (
        replace(answer(completions, name, tasks=tasks), kept_out=frozenset(kept_out))
        for name, completions in (("model", ["yes", "yes", "yes", "no"]), ("base", ["no", "yes", "no", "no"]))
    )
    found = list(differences(model, baseline, 42))
    done = adjusted([*found, *(replace(each, benchmark="other", p=each.p / 4) for each in found)])
    assert [replace(each, p_holm=None) for each in done[: len(found)]] == found
    assert {each.task for each in done} == {*tasks, *adjusted_ones}
    assert {each.task for each in done if each.p_holm is not None} == adjusted_ones
    assert all(each.p_holm >= each.p for each in done if each.p_holm is not None)


def test_differences_come_with_and_without_the_items_that_fail_the_audit(answer: Answer) -> None:
    failing = frozenset({"e0"})
    model = replace(answer(["yes", "yes", "no"]), failing=failing)
    baseline = replace(answer(["no", "no", "no"], "base"), failing=failing)
    found = list(differences(model, baseline, 42))
    assert only(found, "exact_match").value == pytest.approx(2 / 3)
    assert only(found, "exact_match", items="sound").value == 0.5


def test_models_that_answered_different_items_are_refused_with_the_items(answer: Answer) -> None:
    model, baseline = answer(["yes"] * 3, ids=["a", "b", "c"]), answer(["yes"] * 3, "base", ids=["a", "b", "d"])
    with pytest.raises(DataError, match=r"model and base did not answer the same items: c, d$"):
        list(differences(model, baseline, 42))


def test_at_most_three_odd_items_are_named(answer: Answer) -> None:
    model, baseline = answer(["yes"] * 9), answer(["yes"], "base")
    with pytest.raises(DataError, match=r"items: e1, e2, e3$"):
        list(differences(model, baseline, 42))


def test_the_same_items_in_another_order_are_refused(answer: Answer) -> None:
    model, baseline = answer(["yes"] * 2, ids=["a", "b"]), answer(["yes"] * 2, "base", ids=["b", "a"])
    with pytest.raises(DataError, match=r"items: the order$"):
        list(differences(model, baseline, 42))


def test_the_same_ids_in_another_language_are_other_items(answer: Answer) -> None:
    model, baseline = answer(["yes"] * 2, language="de"), answer(["yes"] * 2, "base", language="en")
    with pytest.raises(DataError):
        list(differences(model, baseline, 42))


def skipping(make_example: Any, make_prediction: Any, model: str, skipped: frozenset[str], kept: list[str]) -> Answered:
    examples = [make_example("a", id=id, cluster=id) for id in kept]
    predictions = [make_prediction("a", id=id, model=model, bits=(1.0,)) for id in kept]
    return Answered(model, examples, predictions, "t", "d", skipped=skipped)


def test_skipped_items_are_left_out_of_both_sides_and_said(make_example: Any, make_prediction: Any) -> None:
    own = skipping(make_example, make_prediction, "own", frozenset({"e1"}), ["e2", "e3", "e4"])
    other = skipping(make_example, make_prediction, "other", frozenset({"e4"}), ["e1", "e2", "e3"])
    assert {difference.n for difference in differences(own, other, 1)} == {2}
    assert "|window:skipped1|" in next(scores(own, 1)).signature
    with pytest.raises(DataError, match="no item in common"):
        list(differences(own, skipping(make_example, make_prediction, "x", frozenset({"e2", "e3", "e4"}), ["e1"]), 1))


def test_the_signature_says_what_the_window_did(make_example: Any, make_prediction: Any) -> None:
    examples = [make_example("a", id=f"e{n}") for n in range(4)]
    fits = ("whole", "cut", "cut", "gold-lost")
    predictions = [replace(make_prediction("a", id=f"e{n}", bits=(1.0,)), fit=fit) for n, fit in enumerate(fits)]
    found = next(scores(Answered("m", examples, predictions, "t", "d"), 1))
    assert "|window:cut2,gold-lost1|" in found.signature
    assert found.n == 4


def test_without_likelihoods_their_metrics_are_left_out(make_example: Any, make_prediction: Any) -> None:
    served = Answered("s", [make_example("a")], [make_prediction("a")], "t", "greedy/server")
    local = Answered("l", [make_example("a")], [make_prediction("a", bits=(1.0,))], "t", "greedy/bf16")
    assert "gold_bits_per_byte" not in {score.metric for score in scores(served, 1)}
    assert "gold_bits_per_byte" in {score.metric for score in scores(local, 1)}
    assert {d.metric for d in differences(local, served, 1)} == {score.metric for score in scores(served, 1)}


# Several seeds


def test_a_score_over_seeds_is_the_mean_of_theirs_and_says_how_many(answer: Answer) -> None:
    runs = [answer(["yes", "no", "yes", "no"]), answer(["yes", "yes", "yes", "no"])]
    found = only(list(scores(repeated(runs), 42)), "exact_match")
    assert (found.value, found.by_seed, found.n) == (0.625, (0.5, 0.75), 4)
    assert "|seeds:2|" in found.signature
    assert only(list(scores(repeated(runs[:1]), 42)), "exact_match") == only(list(scores(runs[0], 42)), "exact_match")


def test_differences_are_paired_seed_by_seed_and_with_one_untrained_model(answer: Answer) -> None:
    model = repeated([answer(["yes", "yes"]), answer(["yes", "no"])])
    baseline = repeated([answer(["yes", "no"], "b"), answer(["no", "no"], "b")])
    found = only(list(differences(model, baseline, 42)), "exact_match")
    assert (found.value, found.by_seed, found.wins, found.losses) == (0.5, (0.5, 0.5), 2, 0)
    untrained = only(list(differences(model, answer(["no", "no"], "base"), 42)), "exact_match")
    assert untrained.by_seed == (1.0, 0.5)
    back = only(list(differences(answer(["no", "no"], "base"), model, 42)), "exact_match")
    assert back.by_seed == (-1.0, -0.5)


def test_seeds_that_cannot_be_paired_are_refused(answer: Answer) -> None:
    two, three = ([answer(["yes", "no"])] * n for n in (2, 3))
    with pytest.raises(DataError, match="2 seeds of one model and 3 of the other"):
        list(differences(repeated(two), repeated(three), 42))


def test_seeds_that_answered_other_items_are_refused(answer: Answer) -> None:
    with pytest.raises(DataError, match="did not answer the same items"):
        repeated([answer(["yes"], ids=["a"]), answer(["yes"], ids=["b"])])


def test_what_one_seed_skipped_is_left_out_of_all(answer: Answer) -> None:
    whole, less = answer(["yes", "no", "yes"]), answer(["no", "no"], ids=["e0", "e2"])
    found = repeated([whole, replace(less, skipped=frozenset({"e1"}))])
    assert [example.id for example in found.examples] == ["e0", "e2"]
    assert found.values(METRICS["exact_match"]) == [[1.0, 1.0], [0.0, 0.0]]


def test_seeds_that_skipped_all_items_between_them_are_refused(answer: Answer) -> None:
    first, second = answer(["yes"], ids=["e0"]), answer(["yes"], ids=["e1"])
    runs = [replace(first, skipped=frozenset({"e1"})), replace(second, skipped=frozenset({"e0"}))]
    with pytest.raises(DataError, match="model model: no item was asked at all its seeds"):
        repeated(runs)
