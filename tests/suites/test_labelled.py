"""Suites of prompts that are labelled safe or harmful: what they are made of, and what comes out of recorded labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
import yaml

from logminer.api import load_pipeline
from logminer.compare.options import CompareOptions
from logminer.errors import ConfigError
from logminer.spec import parse
from logminer.store.session import open_session
from tests.conftest import KEY
from tests.kit.dumps import MESSAGES, conversations, write
from tests.kit.inspect_logs import sample, write_log

COMPLIES, REFUSES, PARTLY = "1_full_compliance", "2_full_refusal", "3_partial_refusal"
ARMS = {"sft": "model-a", "prod": "model-b"}


def pipeline(folder: Path, suites: dict[str, Any]) -> Any:
    """A pipeline whose suites have recorded answers."""
    write(folder / "dump.parquet", conversations(2))
    write(folder / "logged.parquet", {"prompt_id": ["c0"], "response": ["so"]})
    told = {
        "study": "study",
        "source": {"path": "dump.parquet"},
        "checkpoints": [
            {"name": name, "kind": "recorded", "path": "logged.parquet"} for name in ARMS
        ],
        "compare": {"margins": {"over_refusal": 0.05}},
        "suites": suites,
        "workers": 0,
    }
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(told))
    return load_pipeline(folder / "pipeline.yaml")


def labels(model: str, i: int) -> str:
    """Of 24 prompts, of which every third is harmful."""
    if i % 3 == 2:
        return REFUSES if model == "model-a" or i % 2 else COMPLIES
    refused = {"model-a": (0, 1, 3), "model-b": (4,)}[model]
    return REFUSES if i in refused else PARTLY if i in (6, 7) else COMPLIES


def annotated(path: Path) -> Path:
    rows = [(model, i) for model in ARMS.values() for i in range(24)]
    columns: dict[str, object] = {
        "prompt_id": [f"q{i}" for _, i in rows],
        "prompt_messages": pa.array(
            [[{"role": "user", "content": f"How do I tie knot {i}?"}] for _, i in rows], MESSAGES
        ),
        "model": [model for model, _ in rows],
        "response": ["I won't." if labels(*row) == REFUSES else "Make a loop." for row in rows],
        "language": ["en"] * len(rows),
        "prompt_type": ["homonyms"] * len(rows),
        "prompt_is_safe": [i % 3 < 2 for _, i in rows],
        "human_1": [labels(*row) for row in rows],
        "human_final": [labels(*row) for row in rows],
    }
    return write(path, columns)


class Compared(NamedTuple):
    scorer: str
    n: int
    base: float
    candidate: float


def compared(study: Path) -> dict[tuple[str, str], Compared]:
    """Category and stratum → the comparison that has the verdict."""
    with open_session(study / "study.duckdb") as session:
        rows = session.rows(
            "SELECT category_id, stratum, scorer, n_prompts, base_rate, candidate_rate FROM comparisons"
            " WHERE kind = 'category' AND role = 'primary'"
        )
        return {(category, stratum): Compared(*rest) for category, stratum, *rest in rows}


def share(model: str, safe: bool, *wanted: str) -> float:
    found = [labels(model, i) in wanted for i in range(24) if (i % 3 < 2) == safe]
    return sum(found) / len(found)


def test_peoples_labels_are_the_rates_and_both_kinds_of_prompts_stand_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGMINER_KEY", KEY)
    annotated(tmp_path / "xstest.parquet")
    made = pipeline(tmp_path, {"over-refusal": {"path": "xstest.parquet", "arms": ARMS}})
    suite = made.suite("over-refusal")
    ran = suite.run()
    assert (ran.rows_in, ran.prompts, ran.rejected) == (24, 24, {})
    found = compared(tmp_path / "study/suites/over-refusal")
    safe, harmful = "prompt_is_safe=true", "prompt_is_safe=false"
    of = [("full_refusal", (REFUSES,)), ("partial_refusal", (PARTLY,)), ("refusal", (REFUSES, PARTLY))]  # fmt: skip
    for stratum, is_safe in ((safe, True), (harmful, False)):
        for category, wanted in of:
            rates = (share(model, is_safe, *wanted) for model in ARMS.values())
            assert found[category, stratum] == ("recorded", 16 if is_safe else 8, *rates), category
    # There is none on harmful prompts: they are in no rate of it, and nothing is equivalent there.
    rates = [share(model, True, REFUSES, PARTLY) for model in ARMS.values()]
    assert found["over_refusal", "all"] == found["over_refusal", safe] == ("recorded", 16, *rates)
    assert ("over_refusal", harmful) not in found
    assert found["unsafe", harmful].scorer == "unsafe_probe"
    with open_session(tmp_path / "study/suites/over-refusal/study.duckdb") as session:
        labelled = session.rows(
            "SELECT DISTINCT j.label FROM judgements AS j JOIN responses USING (response_id) JOIN prompts USING (prompt_id)"
            " WHERE category_id = 'over_refusal' AND scorer = 'recorded' AND attributes['prompt_is_safe'] = 'false'"
        )
    assert labelled == [("no",)]


def test_a_graded_log_has_judges_labels_and_its_empty_answers_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGMINER_KEY", KEY)
    grades = {"lab/a": ["C", "P", "I", "I", "I"], "lab/b": ["C", "C", "C", "I", "I"]}
    for model, graded in grades.items():
        for subset, places in (("safe", (0, 1, 2, 3)), ("unsafe", (4,))):
            samples = [
                sample(
                    number + 1,  # each subset counts anew
                    {"role": "system", "content": "You are a helpful assistant."},
                    {"role": "user", "source": "input", "content": f"How do I blow up balloon {place}?"},
                    {"role": "assistant", "content": "" if place == 3 and model == "lab/b" else "So."},
                    scores={"model_graded_qa": {"value": graded[place]}},
                    metadata={"type": "homonyms", "label": subset, "focus": "blow up"},
                    uuid=f"{model}-{place}",
                )
                for number, place in enumerate(places)
            ]  # fmt: skip
            name = f"{model.replace('/', '-')}-{subset}"
            write_log(tmp_path / "logs" / name, samples, model=model, task="xstest", eval_id=name)
    arms = {"sft": "lab/a", "prod": "lab/b"}
    made = pipeline(tmp_path, {"over-refusal": {"path": "logs", "arms": arms}})
    suite = made.suite("over-refusal")
    assert suite.run().prompts == 5
    found = compared(tmp_path / "study/suites/over-refusal")
    safe = "prompt_is_safe=true"
    assert found["over_refusal", safe] == ("recorded", 3, pytest.approx(2 / 3), 0)
    assert found["partial_refusal", safe] == ("recorded", 3, pytest.approx(1 / 3), 0)
    assert found["full_refusal", "prompt_is_safe=false"] == ("recorded", 1, 1, 1)
    with open_session(tmp_path / "study/suites/over-refusal/study.duckdb") as session:
        states = session.rows("SELECT checkpoint, state FROM responses WHERE state <> 'answered'")
        assert states == [("prod", "empty")]


def attributes(suite: Any) -> list[str | None]:
    """`prompt_is_safe` of each prompt of a suite, in order."""
    rows = [row for piece in suite.file.source.slices() for row in piece.read().to_pylist()]
    return [dict(row["attributes"]).get("prompt_is_safe") for row in rows]


TABLES: dict[str, tuple[str, dict[str, Any], list[str | None]]] = {
    "xstest.csv": (
        "id,prompt,type,label,focus,note\n1,a,homonyms,safe,,\n2,b,homonyms,unsafe,,\n3,c,homonyms,what,,\n",
        {},
        ["true", "false", None],
    ),
    "v2.csv": (
        "id_v1,id_v2,type,prompt,focus,note\n,v2-1,homonyms,a,,\n,v2-2,contrast_homonyms,b,,\n",
        {"preset": "xstest"},
        ["true", "false"],
    ),
    "completions.csv": (
        "id,type,prompt,completion,annotation_1,annotation_2,agreement,final_label\n"
        "v2-1,homonyms,a,so,1_full_compliance,1_full_compliance,TRUE,1_full_compliance\n",
        {},
        ["true"],
    ),
    "or-bench-toxic.csv": ("prompt,category\na,privacy\n", {}, ["false"]),
    "or-bench-80k.csv": ("prompt,category\na,privacy\n", {}, ["true"]),
    "benign-behaviors.csv": (
        "Index,Goal,Target,Behavior,Category,Source\n0,a,Sure,b,c,d\n",
        {},
        ["true"],
    ),
    "strongreject_dataset.csv": ("category,source,forbidden_prompt\nc,s,a\n", {}, ["false"]),
    "own.csv": (
        "question,kind\na,fine\nb,bad\n",
        {"prompt": "question", "label": "kind", "safe": ["fine"]},
        ["true", "false"],
    ),
    "truth.csv": ("prompt,is_ok\na,true\nb,false\n", {"label": "is_ok"}, ["true", "false"]),
    "written.csv": (
        "prompt,kind\na,safe\nb,nan\nc,NULL\nd,other\n",
        {"label": "kind"},
        ["true", None, None, "false"],
    ),
    "numbers.csv": ("prompt,ok\na,1.0\nb,0.0\n", {"label": "ok", "safe": [1]}, ["true", "false"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_which_prompts_are_safe_is_told_by_preset_or_by_the_pipeline(
    tmp_path: Path, name: str
) -> None:
    text, said, expected = TABLES[name]
    (tmp_path / name).write_text(text)
    made = pipeline(tmp_path, {"unsafe-response": {"path": name, "arms": ARMS, **said}})
    assert attributes(made.suite("unsafe-response")) == expected


@pytest.mark.parametrize(
    ("text", "said", "problem"),
    [
        ("prompt,kind\na,b\n", {"label": "knd"}, "unsafe-response.label: .* has no column 'knd'; did you mean 'kind'"),
        ("prompt,kind\na,b\n", {}, "nothing says which prompts of .* are safe: name the column"),
        ("ask,kind\na,b\n", {"label": "kind"}, "say which column of .* has the prompts"),
        ("prompt,kind\na,b\n", {"preset": "xtest"}, "no set of prompts is called 'xtest'; did you mean 'xstest'"),
        ("prompt,kind\na,b\n", {"preset": "strongreject"}, "it has no column category, source, forbidden_prompt"),
    ],
)  # fmt: skip
def test_prompts_without_a_label_are_refused_with_what_to_write(
    tmp_path: Path, text: str, said: dict[str, Any], problem: str
) -> None:
    (tmp_path / "x.csv").write_text(text)
    made = pipeline(tmp_path, {"unsafe-response": {"path": "x.csv", "arms": ARMS, **said}})
    with pytest.raises(ConfigError, match=problem):
        made.suite("unsafe-response")


def test_a_category_is_confined_to_a_stratum_that_is_declared() -> None:
    said = {"only": {"over_refusal": "prompt_is_safe=true"}, "strata": ["language"]}
    with pytest.raises(ConfigError, match=r"only\.over_refusal: .* is no stratum"):
        parse(CompareOptions, said, "compare")


def test_recorded_labels_judge_only_where_every_arm_has_them(tmp_path: Path) -> None:
    annotated(tmp_path / "xstest.parquet")
    write(tmp_path / "own.parquet", {"prompt_id": ["q0"], "response": ["so"]})
    arms = {"sft": "model-a", "prod": {"path": "own.parquet"}}
    entry = {"path": "xstest.parquet", "arms": arms, "anonymise": {"public_figures": "keep"}}
    suite = pipeline(tmp_path, {"over-refusal": entry}).suite("over-refusal")
    kinds = [scorer.kind for scorer in suite.file.judge.scorers]
    assert kinds == ["refusal_probe", "unsafe_probe"]
    rated = "refusal, full_refusal, partial_refusal, over_refusal, unsafe are judged by refusal_probe, unsafe_probe alone"
    assert rated in suite.notes[-1]
    entry = {"path": "xstest.parquet", "arms": ARMS}
    by_people = pipeline(tmp_path, {"over-refusal": entry}).suite("over-refusal")
    assert "so unsafe is judged by unsafe_probe alone" in by_people.notes[-1]
    assert suite.file.anonymise.public_figures == "keep"
