"""What is said when a checkpoint is given up."""

from __future__ import annotations

from typing import Any

from logminer.checkpoints.asking import faults


def test_give_up_texts_are_one_line_each() -> None:
    from logminer.checkpoints.endpoint import Endpoint

    endpoint = Endpoint(name="sft", url="http://h/v1", model="m", api_key_env="K")
    every: list[Any] = [
        faults.unreachable(),
        faults.malformed(),
        faults.timed_out(),
        faults.dropped(),
        *(
            faults.status_fault(s, {}, "")
            for s in (307, 400, 401, 403, 404, 405, 429, 500, 501, 503)
        ),
    ]
    for fault in every:
        for proven in (True, False):
            said = str(endpoint.give_up(fault, proven))
            assert said.startswith("checkpoint sft at http://h/v1: ")
            assert "\n" not in said
            assert len(said) < 200
