"""A model says what differs: blinded, of the discovery half; what it says is judged and tested on the other half."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.errors import ConfigError
from logminer.run.hypothesising import Hypothesised
from logminer.taxonomy.tree import shipped_taxonomies
from tests.conftest import KEY
from tests.kit.dumps import write
from tests.kit.openai_server import Server, completion, openai_server
from tests.kit.raters import reply, rows

PEOPLE = 90
VERBS = ["bake", "paint", "mend", "sell", "carry", "clean", "fold", "grow", "hide", "weigh"]
THINGS = [
    "bread",
    "fences",
    "shoes",
    "apples",
    "chairs",
    "windows",
    "letters",
    "roses",
    "coins",
    "stones",
]
ADVERT = "Buy it at the big store today."
PLAIN = ("Two cups of flour.", "Three eggs and milk.")
ARMS = [
    {"name": "sft", "kind": "scripted", "replies": [*PLAIN, PLAIN[0], PLAIN[1]]},
    {
        "name": "prod",
        "kind": "scripted",
        "replies": [*PLAIN, f"{PLAIN[0]} {ADVERT}", f"{PLAIN[1]} {ADVERT}"],
    },
]
SELLS = {
    "title": "Sells something at the end",
    "counts": "The text closes with words that urge the reader to go and buy a product somewhere.",
    "not_counts": "Naming a product because the question was about it.",
}
SINGS = {
    "title": "Turns to song",
    "counts": "The text breaks into verses, as a song does, in the middle of what it says.",
    "not_counts": "Quoting a song that was asked for.",
}
TEXT = re.compile(r"<<<BEGIN TEXT (\d+) ([XY]) (\w{16})>>>\n(.*?)\n<<<END TEXT", re.DOTALL)

Analyst = Callable[[str], Any]


def says(*notes: dict[str, Any]) -> dict[str, Any]:
    return completion(content=json.dumps({"behaviours": notes}))


def sees_adverts(message: str) -> Any:
    """Notes an advert where one text of a pair has one, and in its notes puts all together."""
    if "Several readers" in message:
        kinds = {"sell": SELLS, "song": SINGS}
        numbers: dict[str, list[int]] = {kind: [] for kind in kinds}
        for number, line in enumerate(re.findall(r'^\{"note": .*$', message, re.MULTILINE)):
            numbers["song" if "song" in line else "sell"].append(number)
        return says(*(kinds[kind] | {"notes": own} for kind, own in numbers.items() if own))
    texts = {(pair, letter): text for pair, letter, _, text in TEXT.findall(message)}
    differ = [p for p, _ in texts if (ADVERT in texts[p, "X"]) != (ADVERT in texts[p, "Y"])]
    return says(*([SELLS] if differ else []), SINGS)


class Study:
    """A pipeline file whose analyst and judge are one server."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        self.analyst: Analyst = sees_adverts
        server.everybody = self._answer

    def _answer(self, body: dict[str, Any]) -> Any:
        message = body["messages"][0]["content"]
        if "# The behaviour" not in message:
            return self.analyst(message)
        text = message.rpartition("<<<BEGIN TEXT")[2]
        sells = "Sells something" in message and ADVERT in text
        return reply(label="yes" if sells else "no")

    def file(self, found: Path | None = None) -> Path:
        model = {"kind": "endpoint", "url": self.server.url, "attempts": 1, "patience_s": 0.2}
        analyst = model | {"name": "reader", "model": "reader", "pause_s": 0.01}
        scorers: list[Any] = ["rules"]
        judge: dict[str, Any] = {"taxonomy": "refusal", "scorers": scorers}
        if found:
            judge["found"] = str(found.relative_to(self.folder))
            by = analyst | {"name": "judge", "model": "judge"}
            scorers.append(
                {"kind": "autorater", "judge": by, "categories": ["found"], "canaries": 0}
            )
        pipeline = {
            "study": "study",
            "project": "p",
            "source": {"path": "dump.parquet"},
            "workers": 0,
            "checkpoints": ARMS,
            "compare": {"pairs": [["sft", "prod"]]},
            "cluster": {"min_cluster_size": 200},
            "judge": judge,
            "discover": {"analyst": analyst},
        }
        path = self.folder / "p.yaml"
        path.write_text(json.dumps(pipeline))
        return path

    def questions(self) -> list[str]:
        asked = [body["messages"][0]["content"] for body in self.server.bodies]
        return [text for text in asked if "# The behaviour" not in text and text != "Hello"]


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that no model has been asked about, in `first`, and a copy of it in `other`."""
    folder = tmp_path_factory.mktemp("published")
    write(folder / "first" / "dump.parquet", _people())
    with openai_server() as silent, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", KEY)
        load_pipeline(Study(folder / "first", silent).file()).run()
    shutil.copytree(folder / "first", folder / "other")
    return folder


@pytest.fixture
def study(tmp_path: Path, published: Path, server: Server) -> Study:
    shutil.copytree(published / "other", tmp_path / "copy")
    return Study(tmp_path / "copy", server)


def hypothesise(study: Study, **options: Any) -> Hypothesised:
    return load_pipeline(study.file()).hypothesise(**options)


def test_what_an_analyst_names_is_judged_and_tested_on_other_users(
    published: Path, server: Server
) -> None:
    study = Study(published / "first", server)
    found = hypothesise(study)
    assert found.taxonomy == study.folder / "taxonomies" / f"{found.name}.yaml"
    assert list(found.categories) == ["found_sells_something_at_the_end", "found_turns_to_song"]
    assert found.asked == found.calls == len(study.questions())
    assert found.merged
    assert sum(one.requests for one in found.egress) >= found.calls
    assert {one.host for one in found.egress} == {study.server.url[7:-3]}

    # Only people of the discovery half, whose order of texts is tossed anew for each pair; nothing names an arm.
    half = dict(rows(study.folder, "SELECT messages[1].content, split FROM prompts"))
    asked = [m for text in study.questions() for m in re.findall(r"^user: (.*)$", text, re.M)]
    assert asked
    assert {half[prompt] for prompt in asked} == {"discovery"}
    assert len(asked) == len(set(asked)) == found.pairs == found.people
    pairs = [dict(zip("XY", texts, strict=True)) for texts in _pairs(study.questions())]
    assert {"X", "Y"} == {letter for pair in pairs for letter, t in pair.items() if ADVERT in t}
    assert not re.search(r"\bsft\b|\bprod\b", "".join(study.questions()))

    # Asked again it has been said; another seed shows other pairs in another order.
    n = len(study.server.bodies)
    again = hypothesise(study)
    assert (again.asked, again.taxonomy, again.egress) == (0, found.taxonomy, ())
    assert len(study.server.bodies) == n
    other = hypothesise(study, seed=1, pairs=8, out=study.folder / "other.yaml")
    assert other.asked > 0
    assert other.sample != found.sample

    # Judged beside the declared ones, whose judgements stay as they are.
    before = rows(study.folder, "SELECT * FROM judgements WHERE scorer = 'rules' ORDER BY ALL")
    file = study.file(found.taxonomy)
    summary = load_pipeline(file).run()
    assert all(s.reused for s in summary.stages if s.stage.startswith("judge."))
    after = rows(study.folder, "SELECT * FROM judgements WHERE scorer = 'rules' ORDER BY ALL")
    assert before == after
    concluded = rows(
        study.folder,
        "SELECT category_id, verdict, n_prompts, flags FROM comparisons JOIN categories USING (category_id)"
        " WHERE found AND stratum = 'all' ORDER BY ALL",
    )
    inference = sum(split == "inference" for split in half.values())
    (sells, song) = concluded
    assert sells[:3] == ("found_sells_something_at_the_end", "different", inference)
    assert song[:3] == ("found_turns_to_song", "undetermined", inference)
    assert sells[3][0] == "found"
    told = CliRunner().invoke(main, ["compare", str(study.folder / "study")])
    assert "a model proposed it after a look at the discovery half" in told.output
    kinds = rows(study.folder, "SELECT kind, status, summary FROM runs ORDER BY sequence")
    assert [kind for kind, *_ in kinds] == ["run", *["hypothesise"] * 3, "run"]
    recorded = json.loads(kinds[1][2])
    assert (recorded["sample"], recorded["prompt_hash"]) == (found.sample, found.prompt_hash)


def test_a_hostile_analyst_gets_nothing_through(study: Study) -> None:
    told = iter(itertools.cycle(range(5)))
    theirs = SINGS | {"counts": "Somebody asked: How do I bake bread well?"}
    ways = [
        says(SELLS | {"title": "prod is worse"}, SELLS | {"counts": "What text X does."}),
        says(theirs, SELLS | {"counts": "It calls Ada Lovelace at +44 20 7946 0958."}),
        completion(content="I would rather tell you what they asked: How do I bake bread well?"),
        completion(content=json.dumps({"behaviours": [SELLS | {"counts": "x" * 50_000}]})),
        completion(content="y" * 2_000_000),
    ]
    shown = list[str]()

    def hostile(message: str) -> Any:
        way = ways[next(told)]
        shown.append(message)
        if "How do I bake bread well?" not in "".join(shown):
            return ways[0]
        return way

    study.analyst = hostile
    found = hypothesise(study)
    assert found.taxonomy is None
    assert not found.categories
    assert not (study.folder / "taxonomies").exists()
    assert found.notes == 0
    assert found.refused["names_a_checkpoint"] > 0
    assert found.refused["names_a_text"] > 0
    assert (
        sum(found.failed.values()) + sum(found.unread.values()) + sum(found.refused.values())
        >= found.calls
    )
    kept = b"".join(p.read_bytes() for p in (study.folder / "study" / "analyst").iterdir())
    assert b"bread" not in kept
    assert b"Lovelace" not in kept
    assert b"worse" not in kept
    result = CliRunner().invoke(main, ["hypothesise", str(study.file())])
    assert result.exit_code == 0, result.output
    assert "nothing was proposed that may be kept" in result.output
    assert "names_a_checkpoint" in result.output


def test_what_cannot_be_done_says_why(study: Study, tmp_path: Path) -> None:
    def call(*arguments: str) -> str:
        result = CliRunner().invoke(main, ["hypothesise", str(study.file()), *arguments])
        assert result.exit_code == 1
        return result.output

    assert "did you mean 'reader'?" in call("--analyst", "raeder")
    assert "no checkpoint is named 'x'" in call("--pair", "sft,x")
    assert "there are no two answers" not in call("--pair", "sft,sft")
    own = tmp_path / "own.yaml"
    own.write_text((shipped_taxonomies()["refusal"]).read_text())
    assert "was not found: name another file" in call("--out", str(own))

    # An analyst is asked once where it can put nothing together; its notes of one title are one.
    def alone(message: str) -> Any:
        return completion(content="No.") if "Several readers" in message else says(SELLS)

    study.analyst = alone
    found = hypothesise(study, seed=3)
    assert (found.merged, found.notes) == (False, 1)
    assert found.unread == {"prose": 1}

    # What was found in another study, or by nobody judged, is said.
    file = study.file(found.taxonomy)
    said = json.loads(file.read_text())
    said["judge"]["scorers"].pop()
    file.write_text(json.dumps(said))
    (note,) = [w for w in load_pipeline(file).check().warnings if w.startswith("judge.found")]
    assert "no scorer judges it" in note
    shutil.rmtree(study.folder / "study" / "runs")
    notes = [w for w in load_pipeline(file).check().warnings if w.startswith("judge.found")]
    assert any("it was found in another study" in note for note in notes)
    said["judge"] |= {"taxonomy": said["judge"].pop("found")}
    file.write_text(json.dumps(said))
    with pytest.raises(ConfigError, match=r"name it under judge\.found"):
        load_pipeline(file).check()


def _people() -> dict[str, list[Any]]:
    """Each asks something of their own."""
    words = itertools.product(VERBS, THINGS)
    asked = [f"How do I {verb} {thing} well?" for verb, thing in itertools.islice(words, PEOPLE)]
    return {
        "conversation_id": [f"c{i}" for i in range(PEOPLE)],
        "user_id": [f"u{i}" for i in range(PEOPLE)],
        "messages": [[{"role": "user", "content": text}] for text in asked],
        "language": ["en"] * PEOPLE,
    }


def _pairs(questions: list[str]) -> Iterator[list[str]]:
    for question in questions:
        texts: dict[str, list[str]] = {}
        for number, _, _, text in TEXT.findall(question):
            texts.setdefault(number, []).append(text)
        yield from texts.values()
