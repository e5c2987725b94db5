"""A plan is borne out by the run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.errors import ConfigError
from logminer.store.session import open_session
from tests.kit.openai_server import Server, completion, openai_server

WORDS = "please tell me how a river is made and why it never runs dry in the heat of summer".split()  # noqa: SIM905


def dump(folder: Path, prompts: int) -> None:
    """Questions of one to some hundred words, by a few users each, some in a language that is not taken in."""
    chance = np.random.default_rng(0)
    rows = []
    for i in range(prompts):
        length = int(chance.lognormal(2.5, 0.8)) + 1
        text = " ".join(chance.choice(WORDS, length))
        rows.append(
            {
                "conversation_id": f"c{i}",
                "user_id": f"u{i // 4}",
                "messages": [{"role": "user", "content": f"{text} {i}?"}],
                "language": "ja" if i % 10 == 9 else "en",
            }
        )
    pq.write_table(pa.Table.from_pylist(rows), folder / "dump.parquet")


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:

        class Counting(dict[str, list[Any]]):
            def get(self, text: str, default: Any = None) -> list[Any]:
                number = int(text.rstrip("?").split()[-1])
                said = "I can't help with that." if number % 7 == 0 else "Sure, here it is."
                answer = completion(role="assistant", content=said)
                answer["usage"] = {
                    "prompt_tokens": 9 + len(text) // 3,
                    "completion_tokens": 20 + (number * 7919) % 97,
                }
                return [answer]

        running.plan = Counting()
        yield running


def pipeline_file(folder: Path, url: str, more: str = "") -> Path:
    file = folder / "p.yaml"
    file.write_text(
        "study: study\nproject: study\nsource: {path: dump.parquet}\nworkers: 0\n"
        "checkpoints:\n"
        f"  - {{name: sft, kind: endpoint, url: '{url}', model: a, pause_s: 0.01, patience_s: 0.1}}\n"
        '  - {name: prod, kind: scripted, replies: ["Sure."]}\n'
        "judge: {taxonomy: refusal, scorers: [rules]}\n"
        "compare: {margins: {refusal: 0.01}}\n"
        "plan: {currency: EUR, prices: {sft: {input: 2.0, output: 10.0}}}\n" + more
    )
    return file


def test_a_plan_is_borne_out_by_the_run(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 400)
    file = pipeline_file(tmp_path, server.url)
    told = CliRunner().invoke(main, ["plan", str(file), "--requests", "96", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    sft, prod = found["checkpoints"]
    assert (found["rows"], found["conversations"], found["prompts"]) == (400, 360, 360)
    assert found["pilot_prompts"] == 96
    assert (sft["requests"], sft["left"]) == (360, 264)
    assert len(server.bodies) == 96
    assert (prod["input_tokens"], prod["cost"], prod["seconds_high"]) == (None, None, None)
    assert 0 < sft["seconds_low"] <= sft["seconds_high"]

    summary = load_pipeline(file).run()
    assert len(server.bodies) == 360  # the pilot's answers were kept
    assert summary.responses["sft"] == 360
    with open_session(tmp_path / "study") as session:
        [(tokens_in, tokens_out)] = session.rows(
            "SELECT sum(input_tokens), sum(output_tokens) FROM responses WHERE checkpoint = 'sft'"
        )
        [(n, differ)] = session.rows(
            "SELECT n_prompts, base_only + candidate_only FROM comparisons"
            " WHERE category_id = 'refusal' AND stratum = 'all' AND base = 'sft'"
        )
    assert sft["input_tokens"] == pytest.approx(tokens_in, rel=0.05)
    assert sft["output_tokens"] == pytest.approx(tokens_out, rel=0.10)
    cost = 264 / 360 * (2 * sft["input_tokens"] + 10 * sft["output_tokens"]) / 1e6
    assert sft["cost"] == pytest.approx(cost, rel=1e-3)
    [refusal] = [d for d in found["detectable"] if d["category_id"] == "refusal"]
    assert refusal["discordant"] == pytest.approx(differ / n, abs=0.08)
    assert refusal["margin"] == 0.01 < refusal["smallest_margin"]
    assert not {"base_rate", "rate", "difference"} & refusal.keys()  # blinded
    whole, half = found["smaller"][:2]
    assert (whole["prompts"], half["prompts"]) == (360, 180)
    assert half["minimum_detectable_rare"] > whole["minimum_detectable_rare"]

    again = load_pipeline(file).plan(requests=96)
    assert len(server.bodies) == 360
    assert again.checkpoints[0].left == 0
    assert again.checkpoints[0].input_tokens == sft["input_tokens"]


def test_a_page_for_people(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 120)
    file = pipeline_file(tmp_path, server.url, "replay: {sample: 60}\n")
    told = CliRunner().invoke(main, ["plan", str(file), "--requests", "40"])
    assert told.exit_code == 0, told.output
    for said in (
        "120 rows, of which 108 can be read",
        "measured on 40 prompts",
        "measured on 40 answers",
        " EUR",
        "1.00 too narrow",
        "A smaller sample",
        "note 17 users ask 62 prompts",
    ):
        assert said in told.output, told.output
    assert len(server.bodies) == 40
    assert load_pipeline(file).run().sampled == {"prod": 62, "sft": 62}
    assert len(server.bodies) == 62


def test_without_a_pilot_nobody_is_asked(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 120)
    found = load_pipeline(pipeline_file(tmp_path, server.url)).plan(requests=0)
    sft = found.checkpoints[0]
    assert server.bodies == []
    assert sft.input_basis == "estimate: four characters a token"
    assert (sft.output_basis, sft.output_tokens) == ("at most: max_new_tokens", 108 * 512)
    assert {d.basis for d in found.detectable} == {"assumed"}
    assert any("no pilot" in note for note in found.notes)


def test_a_server_that_is_not_there_is_a_note(tmp_path: Path) -> None:
    dump(tmp_path, 60)
    file = pipeline_file(tmp_path, "http://127.0.0.1:9/v1")
    told = CliRunner().invoke(main, ["plan", str(file), "--requests", "8"])
    assert told.exit_code == 0, told.output
    assert "not asked: checkpoint sft at http://127.0.0.1:9/v1: cannot be reached" in told.output
    assert "estimate: four characters a token" in told.output


def test_prices_are_of_checkpoints(tmp_path: Path) -> None:
    dump(tmp_path, 10)
    file = pipeline_file(tmp_path, "http://h/v1")
    file.write_text(file.read_text().replace("prices: {sft:", "prices: {sfd:"))
    with pytest.raises(ConfigError, match=r"plan\.prices\.sfd: no checkpoint .* sft, prod"):
        load_pipeline(file)
