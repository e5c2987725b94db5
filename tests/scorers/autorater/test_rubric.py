"""Autoraters, taken apart: what a judge reads, what of its answers counts, what votes come to, and who may judge."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.checkpoints.base import Answer, Given, Prompt
from logminer.checkpoints.endpoint import Endpoint
from logminer.checkpoints.scripted import Scripted
from logminer.errors import CheckpointError, ConfigError, StoreError
from logminer.ids import Pseudonyms
from logminer.scorers.autorater.cache import VoteCache
from logminer.scorers.autorater.impartial import impartial
from logminer.scorers.autorater.injection import ORDERS, inject, is_canary
from logminer.scorers.autorater.judge import OpenJudge, Question
from logminer.scorers.autorater.reply import PROBLEMS, locate, read_reply
from logminer.scorers.autorater.rubric import (
    Form,
    Rubric,
    Texts,
    ask_again,
    conversation,
)
from logminer.scorers.autorater.spec import Autorater
from logminer.scorers.autorater.votes import Vote, judgement
from logminer.scorers.base import LABELS, NO, UNPARSABLE, UNSURE, YES
from logminer.scorers.kinds import check_scorers
from logminer.spec import parse
from logminer.stages.judge import JudgeOptions
from logminer.taxonomy.tree import Channel, Scale, load_taxonomy

HERE = Path(__file__).parent
PSEUDONYMS = Pseudonyms(b"k" * 32, "test")
TAXONOMY = {name: load_taxonomy(name, HERE) for name in ("refusal", "odcv", "alignment")}
CATEGORY = {n.category.id: n.category for t in TAXONOMY.values() for n in t.nodes()}
PAIR = next(category for category in CATEGORY.values() if category.channel == "pair")
LABEL, DEGREE = Form(), Form(6)


def rubric(category: str = "refusal", channel: Channel = "response", shown: bool = True) -> Rubric:
    return Rubric(CATEGORY[category], channel, shows_prompt=shown)


# --- what a judge reads ------------------------------------------------------------------------------------------------


def test_what_a_judge_reads_is_this_to_the_letter() -> None:
    """To change a word of it is to measure something else: raise `rubric.VERSION` with it."""
    asked = [
        (rubric(), Texts("I won't.", None, "user: Tell me.\n\nassistant: Yes.\n\nuser: Now.")),
        (rubric("misalignment_severity"), Texts("Done.", None, "user: Do it.")),
        (rubric(PAIR.id, "pair", shown=False), Texts("They test me.", "Hello.")),
    ]
    read = "\n\n=====\n\n".join(one.message(texts) for one, texts in asked)
    assert read + "\n" == (HERE / "rubric.txt").read_text("utf-8")


def test_a_rubric_has_another_id_where_a_judge_would_read_anything_else() -> None:
    other = CATEGORY["refusal"].model_copy(update={"not_counts": "Nothing."})
    kinds = [
        rubric(),
        rubric(shown=False),
        rubric(channel="thoughts"),
        rubric("full_refusal"),
        Rubric(other, "response", shows_prompt=True),
    ]
    assert len({kind.id for kind in kinds}) == len(kinds)
    elsewhere = CATEGORY["refusal"].model_copy(update={"severity": "high", "children": ()})
    assert Rubric(elsewhere, "response", shows_prompt=True).id == rubric().id


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_leaves_its_fence(text: str, prompt: str) -> None:
    message = rubric().message(Texts(text, None, prompt))
    (mark,) = set(re.findall(r"<<<BEGIN TEXT ([0-9a-f]{16})>>>\n", message)) - set(
        re.findall(r"<<<BEGIN TEXT ([0-9a-f]{16})>>>\n", text + prompt)
    )
    for name, said in (("CONVERSATION", prompt), ("TEXT", text)):
        begin, end = f"<<<BEGIN {name} {mark}>>>\n", f"\n<<<END {name} {mark}>>>"
        assert message.count(begin) == message.count(end) == 1
        assert message[message.index(begin) + len(begin) : message.index(end)] == said


def test_a_conversation_shows_who_said_what_and_which_tools_were_called() -> None:
    messages = [
        {"role": "user", "content": " Book it. ", "thoughts": None},
        {"role": "assistant", "content": None, "thoughts": "hidden", "tool_calls": '[{"id": 1}]'},
    ]
    assert conversation(messages) == 'user: Book it.\n\nassistant: [{"id": 1}]'


# --- what of an answer counts ------------------------------------------------------------------------------------------


def reply(**fields: Any) -> str:
    return json.dumps({"evidence": "", "reason": "", "label": "yes"} | fields)


@pytest.mark.parametrize("said", ["yes", "no", "unsure"])
@pytest.mark.parametrize(
    "frame", ["{}", "```json\n{}\n```", "<think>no no\n</think>\n{}\n", "  {}\n\n"]
)
def test_the_object_asked_for_is_read(said: str, frame: str) -> None:
    found = read_reply(frame.replace("{}", reply(label=said, evidence="so")), LABEL)
    assert (LABELS[found.said or 0], found.evidence, found.problem) == (said, "so", None)


PROSE = "I'm sorry, but I can't rate this. The answer is no."
UNFIT = {
    PROSE: "prose",
    "": "prose",
    "no": "prose",
    '"no"': "prose",
    "<think>label: no": "prose",
    "{": "malformed",
    '{"label": "no"}': "malformed",
    reply() + reply(): "malformed",
    f"Sure! {reply()}": "malformed",
    reply(label="No"): "malformed",
    reply(label="unparsable"): "malformed",
    reply(label=True): "malformed",
    reply(label=["no"]): "malformed",
    reply(label={"no": 1}): "malformed",
    reply(label=None): "malformed",
    reply(evidence=1): "malformed",
    reply(more=1): "malformed",
    '{"evidence": "", "reason": "", "label": "no", "label": "yes"}': "malformed",
    f"[{reply()}]": "malformed",
    "[" * 100_000: "prose",
    '{"a":' * 100_000: "malformed",
}


@pytest.mark.parametrize("text", UNFIT, ids=lambda text: text[:20])
def test_whatever_else_comes_is_a_problem_and_says_nothing(text: str) -> None:
    found = read_reply(text, LABEL)
    assert (found.said, found.problem) == (None, UNFIT[text])
    assert found.complaint
    assert read_reply(text, LABEL, cut_off=True).problem == "cut_off"
    assert not re.search(r"sorry|rate this", found.complaint)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(LABELS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("evidence", "reason", "label", "degree", "x"), JSON)
)


@given(FIELDS | JSON, st.sampled_from([LABEL, DEGREE]), st.booleans())
def test_nothing_but_an_object_of_the_form_becomes_a_label(
    value: Any, form: Form, cut_off: bool
) -> None:
    found = read_reply(json.dumps(value), form, cut_off=cut_off)
    fits = (
        isinstance(value, dict)
        and value.keys() == {"evidence", "reason", form.key}
        and isinstance(value["reason"], str)
        and (value["evidence"] is None or isinstance(value["evidence"], str))
        and type(value[form.key]) is (int if form.degrees else str)
        and value[form.key] in form.allowed
    )
    assert (found.said is not None) == fits == (found.problem is None)
    assert found.problem is None or found.problem in PROBLEMS


@given(st.text(alphabet=st.characters(exclude_characters="{"), max_size=200))
def test_prose_is_never_a_label(text: str) -> None:
    assert read_reply(text, LABEL).problem == "prose"


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=40))
def test_evidence_is_found_where_it_stands(before: str, words: str, after: str) -> None:
    text = before + words + after
    span = locate(words, text)
    if words.split():
        assert span is not None
        assert text[span[0] : span[1]] == words
    else:
        assert span is None


def test_evidence_that_was_made_up_stands_nowhere() -> None:
    assert locate("never said", "What was said.") is None
    assert locate("two  words", "of two\nwords more") == (3, 12)


def test_asking_again_says_what_was_wrong_and_no_more() -> None:
    again = ask_again("the question", "x" * 9000, read_reply(PROSE, LABEL).complaint)
    assert [message["role"] for message in again] == ["user", "assistant", "user"]
    assert len(again[1]["content"]) == 2000
    assert "it is not one JSON object" in again[2]["content"]


# --- what votes come to ------------------------------------------------------------------------------------------------

SCALE = Scale(levels=("a", "b", "c", "d", "e", "f"), yes_from=3)


def votes(*said: int | str) -> list[Vote]:
    return [Vote(None, one) if isinstance(one, str) else Vote(one) for one in said]


@pytest.mark.parametrize(
    ("said", "label", "score", "error"),
    [
        ((YES,), YES, 1.0, None),
        ((NO,), NO, 0.0, None),
        ((UNSURE,), UNSURE, 0.5, None),
        (("prose",), UNPARSABLE, None, "prose"),
        ((YES, NO, YES), YES, 2 / 3, None),
        ((YES, NO), UNSURE, 0.5, None),
        ((YES, NO, UNSURE), UNSURE, 0.5, None),
        ((NO, "timeout", NO), NO, 0.0, None),
        ((NO, "timeout", "timeout"), UNPARSABLE, None, "timeout"),
        (("prose", "timeout", "timeout"), UNPARSABLE, None, "timeout"),
        ((NO, "prose"), NO, 0.0, None),
    ],
)
def test_the_majority(
    said: tuple[int | str, ...], label: int, score: float | None, error: str | None
) -> None:
    found = judgement(votes(*said), None)
    assert (found.label, found.score, found.error) == (label, pytest.approx(score), error)


@pytest.mark.parametrize(
    ("said", "label", "degree"),
    [
        ((0,), NO, 0),
        ((3,), YES, 3),
        ((5, 0, 2), NO, 2),
        ((5, 3, 0), YES, 3),
        ((2, 3), UNSURE, 2.5),
        ((0, 5, "malformed"), UNSURE, 2.5),
        ((4, 5, 0, 3), YES, 3.5),
    ],
)
def test_the_median_degree(said: tuple[int | str, ...], label: int, degree: float) -> None:
    found = judgement(votes(*said), SCALE)
    assert (found.label, found.score) == (label, pytest.approx(degree / 5))


@given(
    st.lists(
        st.sampled_from([YES, NO, UNSURE]) | st.sampled_from(["prose", "timeout"]), min_size=1
    ),
    st.randoms(use_true_random=False),
)
def test_a_vote_that_says_nothing_is_never_a_no(said: list[int | str], chance: Any) -> None:
    found = judgement(votes(*said), None)
    usable = [one for one in said if isinstance(one, int)]
    assert (found.label == UNPARSABLE) == (2 * len(usable) < len(said) or not usable)
    if found.label == NO:
        assert usable.count(NO) > max(usable.count(YES), usable.count(UNSURE))
    shuffled = said.copy()
    chance.shuffle(shuffled)
    assert judgement(votes(*shuffled), None).label == found.label


def test_evidence_is_that_of_a_vote_which_agrees() -> None:
    said = [Vote(NO, None, (0, 1)), Vote(YES), Vote(YES, None, (4, 6))]
    assert judgement(said, None).evidence == (4, 6)


# --- orders to the judge -----------------------------------------------------------------------------------------------


@given(st.text(max_size=60), st.integers(0, 2**128 - 1), st.sampled_from([LABEL, DEGREE]))
def test_an_order_leaves_the_text_as_it_was(text: str, number: int, form: Form) -> None:
    found = inject(text, f"{number:032x}", form)
    assert found.text[: found.at] + found.text[found.at + found.length :] == text
    for start, end in ((0, found.at), (found.at + found.length, len(found.text))):
        span = found.original((start, end))
        assert span is not None
        assert text[span[0] : span[1]] == found.text[start:end]
    if found.length > 1:
        assert found.original((found.at, found.at + 1)) is None


def test_a_share_of_the_texts_gets_every_kind_of_order() -> None:
    ids = [PSEUDONYMS.id("question", str(n)) for n in range(4000)]
    chosen = [id for id in ids if is_canary(id, 0.1)]
    assert 330 < len(chosen) < 470
    assert [id for id in chosen if is_canary(id, 0.05)] == [id for id in ids if is_canary(id, 0.05)]
    assert not [id for id in ids if is_canary(id, 0)]
    assert all(is_canary(id, 1) for id in ids)
    assert len({inject("", id, LABEL).text for id in chosen}) == 2 * len(ORDERS)


# --- what a pipeline says ----------------------------------------------------------------------------------------------

JUDGE = {"name": "j", "kind": "scripted", "replies": ["a", "b"]}


def rater(**more: Any) -> Autorater:
    options = {"kind": "autorater", "judge": JUDGE, "categories": ["refusal"]} | more
    if "judges" in more:
        options.pop("judge")
    (found,) = parse(JudgeOptions, {"scorers": [options]}, "p.yaml: judge").scorers
    assert isinstance(found, Autorater)
    return found


def test_a_pipeline_names_a_judge_as_it_names_a_checkpoint() -> None:
    found = rater(
        judge={
            "name": "j",
            "kind": "endpoint",
            "url": "http://h/v1",
            "model": "m",
            "extra": {"top_k": [1]},
        },
        categories=["refusal", "full_refusal"],
        temperature=0.5,
    )
    (judge,) = found.panel
    assert isinstance(judge, Endpoint)
    assert judge.extra == {"top_k": [1]}
    assert found.is_shaped(judge)
    assert [c.id for c in found.categories(TAXONOMY["refusal"])] == ["refusal", "full_refusal"]
    assert (found.sampling(judge).temperature, found.sampling(judge).samples) == (0.5, 1)
    assert not rater().is_shaped(rater().panel[0])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"judge": None}, "name a `judge`, or several under `judges`"),
    "twice the same": ({"judges": [JUDGE, JUDGE]}, "two judges have the same name"),
    "no such key": ({"vote": 3}, "vote: unknown key; did you mean 'votes'?"),
    "inside": (
        {"judge": JUDGE | {"repliess": []}},
        "repliess: unknown key; did you mean 'replies'?",
    ),
    "no recorded judge": ({"judge": JUDGE | {"kind": "recorded"}}, "'recorded'"),
    "votes alike": ({"votes": 3}, "several votes at temperature 0 are one vote: set `temperature`"),
    "samples": (
        {"judge": JUDGE | {"replay": {"samples": 2}}},
        "`votes` says how often it is asked",
    ),
    "category twice": ({"categories": ["refusal", "refusal"]}, "a category is named twice"),
    "no category": ({"categories": []}, "categories: "),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_meant_is_one_clear_line(what: str) -> None:
    changes, said = WRONG[what]
    with pytest.raises(ConfigError, match=r"p\.yaml: judge: scorers\.0: autorater: ") as raised:
        rater(**changes)
    assert said in str(raised.value)


def test_categories_that_it_cannot_rate_are_refused() -> None:
    with pytest.raises(ConfigError, match="has no category 'lies'; it has refusal, "):
        rater(categories=["lies"]).categories(TAXONOMY["refusal"])
    unseen = rater(categories=["over_refusal"], shows_prompt=False)
    with pytest.raises(ConfigError, match="'over_refusal' cannot be told without the prompt"):
        unseen.categories(TAXONOMY["refusal"])
    with pytest.raises(
        ConfigError, match="judge j of kind scripted cannot be held to a JSON schema"
    ):
        rater(json_schema=True).check()
    with pytest.raises(ConfigError, match="two autoraters are named 'autorater'"):
        check_scorers([rater(), rater(categories=["full_refusal"])], TAXONOMY["refusal"])
    with pytest.raises(ConfigError, match="kept for an autorater's canaries"):
        check_scorers([rater(name="x.injected")], TAXONOMY["refusal"])


def test_identity_is_of_who_judges_and_how() -> None:
    def judge(**more: Any) -> str:
        return rater(judge=JUDGE | more).identity

    same = [rater(name="other"), rater(canaries=0.5), rater(concurrency=2, timeout_s=5.0)]
    same += [
        rater(categories=["full_refusal"]),
        rater(judges=[JUDGE | {"name": "k", "family": "f"}]),
    ]
    assert {one.identity for one in same} == {rater().identity}
    others = [judge(replies=["a"]), judge(replay={"temperature": 1.0}), rater(seed=1).identity]
    others += [rater(shows_prompt=False).identity, rater(max_new_tokens=99).identity]
    assert len({*others, rater().identity}) == len(others) + 1


# --- nobody judges its own family --------------------------------------------------------------------------------------


def scripted(name: str, family: str | None = None) -> Scripted:
    return Scripted(name=name, family=family)


def test_a_judge_of_a_checkpoints_family_is_refused() -> None:
    arms = [scripted("sft", "Mistral "), scripted("prod", "Gemini")]
    with pytest.raises(ConfigError) as raised:
        impartial(rater(judge=JUDGE | {"family": "gemini"}), arms)
    assert str(raised.value) == (
        "scorer autorater: judge j would rate its own family (checkpoint prod): name a judge of another family"
    )
    other = rater(judge=JUDGE | {"family": "llama"})
    assert impartial(other, arms) == (other, [])


def test_so_is_one_of_the_same_model_name() -> None:
    server: dict[str, Any] = {"kind": "endpoint", "url": "http://h/v1", "model": "Big-1"}
    arm = Endpoint(name="a", url="http://elsewhere/v1", model="big-1")
    with pytest.raises(ConfigError, match="own family"):
        impartial(rater(judge={"name": "j", **server}), [arm])


def test_a_panel_goes_on_without_it() -> None:
    panel = [JUDGE | {"name": name, "family": name} for name in ("llama", "gemini", "qwen")]
    found = impartial(rater(judges=panel), [scripted("sft", "qwen")])
    assert [judge.name for judge in found.scorer.panel] == ["llama", "gemini"]
    assert found.notes == [
        "scorer autorater: judge qwen would rate its own family (checkpoint sft): it is left out"
    ]
    assert found.scorer.identity == rater(judges=panel[:2]).identity
    with pytest.raises(ConfigError, match="would rate its own family"):
        impartial(rater(judges=panel[2:]), [scripted("sft", "qwen")])


def test_where_no_family_is_said_nothing_is_known() -> None:
    (note,) = impartial(rater(), [scripted("sft", "qwen"), scripted("prod")]).notes
    assert note.endswith("cannot be told: no `family` is said of j, prod")


# --- an opened judge ---------------------------------------------------------------------------------------------------


class Answers:
    """Answers what the words of the text say, and records what it was asked; `gate` holds it up."""

    def __init__(self, *answers: Answer, gate: threading.Event | None = None) -> None:
        self.answers, self.gate = answers, gate
        self.asked: list[Prompt] = []

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        for place, prompt in enumerate(prompts):
            for sample in prompt.samples:
                if self.gate:
                    self.gate.wait(10)
                self.asked.append(prompt)
                answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
                if answer.error == "gone":
                    raise CheckpointError("gone")
                yield Given(place, sample, answer)


def question(text: str) -> Question:
    return Question.of(rubric(), Texts(text, None, "user: Hi."), PSEUDONYMS)


def opened(folder: Path, answers: Answers, n: int = 1, identity: str = "j") -> OpenJudge:
    return OpenJudge(answers, VoteCache(folder / "votes.sqlite", identity), n, shaped=False)


def test_what_was_said_is_asked_once_and_what_failed_again(tmp_path: Path) -> None:
    fine, fails = Answer(reply(evidence="said so")), Answer(None, error="timeout")
    answers = Answers(fine, fails)
    judge = opened(tmp_path, answers)
    texts = [question("He said so."), question("Other."), question("He said so.")]
    said = Vote(YES, None, (3, 10))
    assert judge.votes(texts) == [[said], [Vote(None, "timeout")], [said]]
    assert len(answers.asked) == 2
    answers.answers = (fine,)
    assert judge.votes(texts) == [[said], [Vote(YES)], [said]]
    assert len(answers.asked) == 3
    again = Answers()
    assert opened(tmp_path, again).votes(texts) == [[said], [Vote(YES)], [said]]
    assert not again.asked
    other = Answers(fine)
    assert opened(tmp_path, other, identity="k").votes(texts[:1]) == [[said]]
    assert len(other.asked) == 1


def test_an_answer_that_cannot_be_read_is_asked_for_once_more(tmp_path: Path) -> None:
    answers = Answers(Answer(PROSE), Answer(reply(label="no")), Answer(PROSE), Answer("{"))
    judge = opened(tmp_path, answers)
    assert judge.votes([question("One.")]) == [[Vote(NO)]]
    assert [m["role"] for m in answers.asked[1].messages] == ["user", "assistant", "user"]
    assert judge.votes([question("Two.")]) == [[Vote(None, "malformed")]]
    assert judge.votes([question("Two.")]) == [[Vote(None, "malformed")]]
    assert len(answers.asked) == 4


def test_what_was_said_before_the_judge_was_lost_is_kept(tmp_path: Path) -> None:
    lost = Answers(Answer(reply()), Answer(None, error="gone"))
    texts = [question(f"Text {n}.") for n in range(3)]
    with pytest.raises(CheckpointError):
        opened(tmp_path, lost).votes(texts)
    answers = Answers(Answer(reply()))
    assert opened(tmp_path, answers).votes(texts) == [[Vote(YES)]] * 3
    assert len(answers.asked) == 2


def test_the_same_question_at_the_same_moment_is_asked_once(tmp_path: Path) -> None:
    gate = threading.Event()
    answers = Answers(Answer(reply()), gate=gate)
    judge = opened(tmp_path, answers)
    found: list[list[list[Vote]]] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(judge.votes([question("Same."), question("Same too.")]))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(10)
    assert found == [[[Vote(YES)], [Vote(YES)]]] * 4
    assert len(answers.asked) == 2


def test_votes_that_are_wanted_beyond_those_kept_are_asked_for(tmp_path: Path) -> None:
    answers = Answers(Answer(reply()), Answer(reply(label="no")), Answer(reply(label="unsure")))
    assert opened(tmp_path, answers, 1).votes([question("One.")]) == [[Vote(YES)]]
    assert opened(tmp_path, answers, 3).votes([question("One.")]) == [
        [Vote(YES), Vote(NO), Vote(UNSURE)]
    ]
    assert [list(prompt.samples) for prompt in answers.asked] == [[0], [1, 2], [1, 2]]


def test_what_is_kept_holds_no_text_and_a_damaged_file_is_told(tmp_path: Path) -> None:
    answers = Answers(Answer(reply(evidence="zebra", reason="quagga")))
    opened(tmp_path, answers).votes([question("A zebra.")])
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not re.search(rb"zebra|quagga|Hi\.", raw)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "votes.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="if it is damaged, delete it"):
        opened(broken, answers)
