"""Checkpoints behind inspect's providers: one made here."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from logminer.checkpoints.base import Prompt, Sampling
from logminer.checkpoints.inspect.checkpoint import Inspect
from logminer.errors import CheckpointError
from tests.kit.asking import PSEUDONYMS, answers_of, ask, message
from tests.kit.openai_server import SECRET_WORDS


def inspected(model: str = "talker/one", **options: Any) -> Inspect:
    return Inspect(**{"name": "sft", "model": model, "pause_s": 0.01, **options})


@pytest.fixture
def talker() -> tuple[dict[str, Any], list[Any]]:
    """What the provider `talker` says to a prompt's text, and what it was asked.

    It says an output, raises an exception, says a text, or the seconds after which it says something.
    """
    pytest.importorskip("inspect_ai")
    from inspect_ai.model import GenerateConfig, ModelAPI, ModelOutput, modelapi

    script: dict[str, Any] = {}
    asked: list[Any] = []

    class Talker(ModelAPI):
        def __init__(
            self,
            model_name: str,
            base_url: str | None = None,
            api_key: str | None = None,
            config: GenerateConfig = GenerateConfig(),  # noqa: B008
            alternate: bool = False,
        ) -> None:
            super().__init__(model_name, base_url, api_key, [], config)
            self.alternate = alternate

        async def generate(self, input: Any, tools: Any, tool_choice: Any, config: Any) -> Any:
            asked.append((input, tools, tool_choice, config))
            said = script.get(input[-1].text, f"re: {input[-1].text}")
            if isinstance(said, list):
                said = said.pop(0) if len(said) > 1 else said[0]
            if isinstance(said, Exception):
                raise said
            if isinstance(said, float):
                await asyncio.sleep(said)
                said = "at last"
            if isinstance(said, str):
                return ModelOutput.from_content("talker-1", said)
            return said

        def collapse_user_messages(self) -> bool:
            return self.alternate

        def tools_required(self) -> bool:
            return self.alternate

    modelapi(name="talker")(Talker)
    return script, asked


Talks = tuple[dict[str, Any], list[Any]]


def output(**fields: Any) -> Any:
    from inspect_ai.model import ChatCompletionChoice, ChatMessageAssistant, ModelOutput, ModelUsage

    stop = fields.pop("stop_reason", "stop")
    usage = fields.pop("usage", {"input_tokens": 5, "output_tokens": 3})
    said = ChatMessageAssistant(
        content=fields.pop("content", ""), tool_calls=fields.pop("tool_calls", None)
    )
    return ModelOutput(
        model=fields.pop("model", "talker-1"),
        choices=[ChatCompletionChoice(message=said, stop_reason=stop)],
        usage=usage and ModelUsage(**usage),
        **fields,
    )


def test_outputs_become_answers(talker: Talks) -> None:
    from inspect_ai.model import ContentReasoning, ContentText, ModelOutput
    from inspect_ai.tool import ToolCall

    script, _ = talker
    hm, yes = ContentReasoning(reasoning="Hm."), ContentText(text="Yes.")
    sealed = ContentReasoning(reasoning="x8Fq==", summary="In short.", redacted=True)
    cached = {"input_tokens": 1, "input_tokens_cache_read": 6, "output_tokens": 3}
    script |= {
        "plain": output(content="Yes.", usage=cached),
        "reasons": output(content=[hm, yes]),
        "sealed": output(content=[sealed, yes]),
        "inline": output(content="<think>Hm.</think>\nYes."),
        "cut": output(content=[hm], stop_reason="max_tokens"),
        "full": output(content="Ye", stop_reason="model_length"),
        "calls": output(tool_calls=[ToolCall("1", "f", {})], stop_reason="tool_calls"),
        "called": output(tool_calls=[ToolCall("1", "f", {})], stop_reason="stop"),
        "unknown": output(content="Yes.", stop_reason="unknown", usage=None, model="a b"),
        "filtered": output(content="", stop_reason="content_filter"),
        "half": output(content="Ye", stop_reason="content_filter"),
        # So inspect hands over what a server said instead of the model.
        "refused": output(content=SECRET_WORDS, stop_reason="content_filter", usage=None),
        "moderated": output(content=SECRET_WORDS, stop_reason="content_filter", error="no"),
        "too long": output(content=SECRET_WORDS, stop_reason="model_length", usage=None),
        "nothing": ModelOutput(model="talker-1", choices=[]),
    }
    answers = dict(zip(script, ask(inspected(attempts=2), *script), strict=True))
    assert {
        name: (a.thoughts, a.response, a.finish_reason, a.error) for name, a in answers.items()
    } == {
        "plain": (None, "Yes.", "stop", None),
        "reasons": ("Hm.", "Yes.", "stop", None),
        "sealed": ("In short.", "Yes.", "stop", None),
        "inline": ("Hm.", "Yes.", "stop", None),
        "cut": ("Hm.", None, "length", None),
        "full": (None, "Ye", "length", None),
        "calls": (None, None, "tool_calls", None),
        "called": (None, None, "stop", None),
        "unknown": (None, "Yes.", None, None),
        "filtered": (None, None, "content_filter", "content_filter"),
        "half": (None, "Ye", "content_filter", "content_filter"),
        "refused": (None, None, None, "content_filter"),
        "moderated": (None, None, None, "content_filter"),
        "too long": (None, None, None, "context_too_long"),
        "nothing": (None, None, None, "empty_answer"),
    }
    assert SECRET_WORDS not in str(answers)
    plain, unknown = answers["plain"], answers["unknown"]
    assert (plain.input_tokens, plain.output_tokens, plain.answered_by) == (7, 3, "talker-1")
    assert (unknown.input_tokens, unknown.output_tokens, unknown.answered_by) == (None, None, None)
    assert plain.latency_s is not None


def test_what_is_asked_and_how(talker: Talks) -> None:
    _, asked = talker
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    odd = {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "oops"}}
    history = [
        message("system", "old"),
        message("user", "hello", name="ann"),
        message("assistant", "wait", thoughts="logged", tool_calls=json.dumps([call, odd])),
        message("tool", "42", tool_call_id="c1"),
        message("tool", "43"),
        message("user", "bye"),
    ]
    how = Sampling(temperature=0.5, top_p=0.9, max_new_tokens=9, seed=3, samples=2, stop=("END",))
    for alternate in (False, True):
        checkpoint = inspected(
            system="be kind",
            extra={"top_k": 5, "top_p": None, "extra_body": {"z": 1}},
            args={"alternate": alternate},
        )
        answerer = checkpoint.open(how, PSEUDONYMS)
        [answers] = answers_of(answerer, [Prompt("p", history, None, "k", range(2))])
        assert [a.error for a in answers] == [None, None]
    sent, tools, choice, config = asked[0]
    assert [(m.role, m.text) for m in sent] == [
        ("system", "be kind"),
        ("user", "hello"),
        ("assistant", "wait"),
        ("tool", "42"),
        ("user", "43"),
        ("user", "bye"),
    ]
    assert [(c.id, c.function, c.arguments) for c in sent[2].tool_calls] == [
        ("c1", "f", {"x": 1}),
        ("c2", "g", {"arguments": "oops"}),
    ]
    assert (sent[3].tool_call_id, sent[3].function) == ("c1", "f")
    assert (tools, choice) == ([], "none")
    seeds = {config.seed for _, _, _, config in asked}
    assert len(seeds) == 2
    assert config.model_dump(exclude_none=True) == {
        "temperature": 0.5,
        "max_tokens": 9,
        "stop_seqs": ["END"],
        "seed": config.seed,
        "cache_prompt": False,
        "top_k": 5,
        "extra_body": {"z": 1},
        "max_retries": 0,
        "max_connections": how.concurrency,
    }
    # A provider that wants turns to alternate and tools to be declared gets both.
    sent, tools, *_ = asked[-1]
    assert [(m.role, m.text) for m in sent][-2:] == [("tool", "42"), ("user", "43\nbye")]
    assert [tool.name for tool in tools] == ["f", "g"]


def test_an_error_of_unknown_kind_is_tried_again_and_told_by_its_name(talker: Talks) -> None:
    script, asked = talker
    script |= {"q": [KeyError(SECRET_WORDS), "yes"], "r": KeyError(SECRET_WORDS)}
    assert [a.error for a in ask(inspected(attempts=2), "q")] == [None]
    answers = ask(inspected(attempts=2), "r", "fine")
    assert [a.error for a in answers] == ["malformed_answer", None]
    script["Hello"] = script["r"]  # asked where it is in doubt whose fault it is
    asked.clear()
    with pytest.raises(
        CheckpointError, match=r"sft \(talker/one\): .*fails \(KeyError\)"
    ) as caught:
        ask(inspected(attempts=2), "r")
    assert SECRET_WORDS not in str(caught.value)
    assert len(asked) == 4


def test_the_error_of_a_client_library_is_told_by_its_status_or_name(talker: Talks) -> None:
    class Refusal(Exception):
        """As botocore's."""

        response = {"ResponseMetadata": {"HTTPStatusCode": 413, "HTTPHeaders": {}}}

    class CodeError(Exception):
        """As Google's."""

        code = 503

    class ReadTimeoutError(Exception):
        pass

    class ServerDisconnectedError(ConnectionError):
        pass

    script, _ = talker
    script |= {
        "413": Refusal(SECRET_WORDS),
        "503": CodeError(SECRET_WORDS),
        "slow": ReadTimeoutError(),
        "broken": ServerDisconnectedError(),
        "fine": 1.0,  # when the others are done: that somebody is answered shows that it was the prompts
    }
    answers = ask(inspected(attempts=2, retry_budget_s=0.1, patience_s=0.1), *script)
    assert [a.error for a in answers] == [
        "context_too_long:413",
        "server_error:503",
        "timeout",
        "connection",
        None,
    ]
