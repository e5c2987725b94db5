"""What Inspect and Scout make of an export, and of the scorers that they find by the entry point."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from logminer.api import export_study
from tests.exports.conftest import Exportable

DECLINED = "I'm sorry, but I can't help with that."
HELPED = "Sure! Boil the water first, then add the pasta and some salt."


def output(text: str, stop: str = "stop") -> Any:
    """An answer with its usage, without which Inspect would count tokens with a file from the network."""
    from inspect_ai.model import ModelOutput, ModelUsage

    made = ModelOutput.from_content("mockllm/model", text, stop_reason=stop)
    made.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return made


def evaluated(dataset: Any, outputs: list[Any], folder: Path, scorers: list[Any]) -> Any:
    from inspect_ai import Task, eval
    from inspect_ai.model import get_model

    (log,) = eval(
        Task(dataset=dataset, scorer=scorers or None),
        model=get_model("mockllm/model", custom_outputs=outputs),
        display="none",
        log_dir=str(folder / "logs"),
        max_samples=1,
    )
    assert log.status == "success"
    return log


def test_scorers_judge_without_a_model(tmp_path: Path) -> None:
    pytest.importorskip("inspect_ai")
    from inspect_ai.dataset import MemoryDataset, Sample

    from logminer.exports.inspect import scorers

    outputs = [output(DECLINED), output(HELPED), output(""), output("", "content_filter")]
    samples = [Sample(id=i, input="How do I cook?") for i in range(len(outputs))]
    made = [scorers.refusal_probe(), scorers.rules(), scorers.unsafe_probe()]
    log = evaluated(MemoryDataset(samples), outputs, tmp_path, made)
    for name in ("refusal_probe", "rules"):
        scores = [sample.scores[name] for sample in log.samples]
        assert [score.value for score in scores[:2]] == [1, 0]
        assert [score.reason for score in scores] == [None, None, "no_response", "refusal"]
    means = {result.name: result.metrics["mean"].value for result in log.results.scores}
    assert means == {"refusal_probe": 0.5, "rules": 0.5, "unsafe_probe": 0}


def test_inspect_reads_scores_back(exportable: Exportable, tmp_path: Path) -> None:
    pytest.importorskip("inspect_ai")
    from inspect_ai import score
    from inspect_ai.dataset import json_dataset
    from inspect_ai.scorer import precomputed_scores

    out = export_study(exportable.folder, "inspect-scores", tmp_path / "out").out
    dataset = json_dataset(str(out / "dataset.not-released.jsonl"))
    log = evaluated(dataset, [output("x")] * 3, tmp_path, [])
    file = out / "b" / "judge" / "bad.response.not-released.jsonl"
    scored = score(log, precomputed_scores(str(file)), display="none")
    found = {sample.id: next(iter(sample.scores.values())) for sample in scored.samples}
    first, unsure, sampled = exportable.prompts
    assert (found[first].value, found[sampled].value, found[unsure].reason) == (0, 1, "unsure")
    assert scored.results.scores[0].metrics["accuracy"].value == 0.5


def test_scout_scans_what_was_exported(exportable: Exportable, tmp_path: Path) -> None:
    pytest.importorskip("inspect_scout")
    from inspect_scout import scan, scan_results_df, transcripts_from, validation_set

    from logminer.exports.inspect import scanners

    out = export_study(exportable.folder, "scout-transcripts", tmp_path / "transcripts").out
    cases = export_study(exportable.folder, "scout-validation", tmp_path / "cases").out
    transcripts = transcripts_from(str(out))

    async def read() -> list[Any]:
        from inspect_scout import TranscriptContent

        async with transcripts.reader() as reader:
            wanted = TranscriptContent(messages="all")
            return [await reader.read(one, wanted) async for one in reader.index()]

    read_back = {one.transcript_id: one for one in asyncio.run(read())}
    assert set(read_back) == set(exportable.responses.values())
    dialogue = read_back[exportable.responses[0, "a", 0]]
    assert dialogue.messages[2].tool_calls[0].arguments == {"at": "x"}
    assert dialogue.messages[-1].content[0].reasoning == "hm"
    status = scan(
        [scanners.rules()],
        transcripts=transcripts,
        validation={"rules": validation_set(str(cases / "bad.response.not-released.csv"))},
        scans=str(tmp_path / "scans"),
        display="none",
        max_processes=1,
    )
    assert status.complete
    assert not status.errors
    rows = scan_results_df(status.location).scanners["rules"]
    assert len(rows) == len(exportable.responses)
    assert sum(rows["value"].isna()) == 1  # the answer that failed
    checked = {str(one) for one in rows["validation_target"].dropna()}
    assert checked <= {"true", "false", "True", "False"}
    assert len(rows["validation_result"].dropna()) == 3
