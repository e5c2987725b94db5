"""inspect's provider: set up by itself, and asked once a try."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import io
import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.ambient import hidden
from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.asking.served import quieten
from logminer.checkpoints.base import Answer, Request
from logminer.checkpoints.inspect.faults import fault_of
from logminer.checkpoints.inspect.messages import (
    merged,
    offered_tools,
    read_output,
    to_inspect,
    tools,
)
from logminer.errors import ConfigError, ModelError
from logminer.process import egress

__all__ = ["TOOLS", "Provider", "check_settings", "set_up"]

MOST_WORDS = 200
TOOLS = "tools"  # the setting of a request that is no field of inspect's


class Provider:
    """One try of one request, through inspect's provider.

    Args:
        api: inspect's `ModelAPI`.
        host: under which to count what is sent.
        timeout_s: for one try.
        most: requests in flight at most.
        max_bytes: of an answer; what the provider's own client reads of a reply is not ours to limit.
    """

    def __init__(self, api: Any, host: str, timeout_s: float, most: int, max_bytes: int) -> None:
        self._api, self._host, self._max_bytes = api, host, max_bytes
        self._timeout_s, self._most = timeout_s, most

    async def send(self, request: Request) -> Answer:
        """The answer, or a `Fault`."""
        begun = asyncio.get_running_loop().time()
        chat = merged(request.messages, self._api)
        settings = {name: value for name, value in request.settings.items() if name != TOOLS}
        offered = offered_tools(request.settings.get(TOOLS, ()))
        sent = len(json.dumps(chat, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        egress.note(self._host, requests=1, sent_bytes=sent)
        try:
            async with asyncio.timeout(self._timeout_s):
                given = await self._api.generate(
                    to_inspect(chat),
                    offered or tools(chat, self._api),
                    "auto" if offered else "none",
                    _config(settings, self._most),
                )
            output = given[0] if isinstance(given, tuple) else given
            if isinstance(output, Exception):  # so they hand over what the server refused
                raise output
            answer = read_output(output, asyncio.get_running_loop().time() - begun)
        except Fault:
            raise
        except Exception as error:  # as many kinds as there are providers
            raise fault_of(error, self._api) from None
        received = f"{answer.thoughts or ''}{answer.response or ''}".encode(
            "utf-8", "surrogatepass"
        )
        egress.note(self._host, received_bytes=len(received))
        if len(received) > self._max_bytes:
            raise faults.too_large()
        return answer


def check_settings(checkpoint: str, settings: Mapping[str, Any]) -> None:
    """Whether inspect is there and takes these settings.

    Raises:
        ModelError: inspect_ai is not installed.
        ConfigError: its `GenerateConfig` has no such field, or not with such a value.
    """
    if importlib.util.find_spec("inspect_ai") is None:
        raise ModelError(
            f"checkpoint {checkpoint}: kind inspect needs: pip install 'logminer[inspect]'"
        )
    from inspect_ai.model import GenerateConfig

    for name in settings:
        if name not in GenerateConfig.model_fields:
            raise ConfigError(
                f"checkpoint {checkpoint}: extra: '{name}' is no field of inspect's GenerateConfig"
                " (what goes to the server as it stands: extra_body)"
            )
    try:
        _config(settings, 1)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"][:1]))
        raise ConfigError(
            f"checkpoint {checkpoint}: extra.{where}: not a value that inspect takes"
        ) from None


def set_up(
    checkpoint: str,
    model: str,
    base_url: str | None,
    key: str | None,
    args: Mapping[str, Any],
    most: int,
) -> Any:
    """inspect's `ModelAPI` of a model; the arguments are those of `Inspect`.

    Raises:
        ModelError: the provider cannot be set up.
    """
    quieten(("inspect_ai",), logging.CRITICAL)  # its warnings can quote a conversation
    quieten(("openai", "anthropic", "httpx", "httpx2", "httpcore", "httpcore2", "botocore"))
    with _by_itself():
        from inspect_ai.model import get_model

        try:
            made = get_model(
                model,
                config=_config({}, most),
                base_url=base_url,
                api_key=key,
                memoize=False,
                **args,
            )
        except Exception as error:  # as many kinds as there are providers
            raise ModelError(
                f"checkpoint {checkpoint}: inspect cannot set up {model}: {_told(error, key)}"
            ) from None
    _ask_once(made.api)
    return made.api


def _config(settings: Mapping[str, Any], most: int) -> Any:
    from inspect_ai.model import GenerateConfig

    return GenerateConfig(**settings, max_retries=0, max_connections=most)


def _ask_once(api: Any) -> None:
    """Turn off what clients do on their own: a second try, and following a redirect to who knows where."""
    for client in list(vars(api).values()):
        if isinstance(getattr(client, "max_retries", None), int):
            client.max_retries = 0
        http = getattr(client, "_client", client)
        if hasattr(http, "follow_redirects"):
            http.follow_redirects = False


@contextlib.contextmanager
def _by_itself() -> Iterator[None]:
    """Set inspect up without what lies about: other addresses, hooks, and its wish to print and to show tracebacks."""

    def undeclared(name: str) -> bool:
        name = name.upper()
        ambient = name.startswith(("INSPECT_", "OPENAI_")) or name.endswith(("_BASE_URL", "_PROXY"))
        return ambient and not name.endswith("_API_KEY")

    hook = sys.excepthook
    try:
        with hidden(undeclared), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        sys.excepthook = hook


def _told(error: Exception, key: str | None) -> str:
    """What inspect says of a set-up that failed, in one line: no conversation has been seen yet."""
    words = str(getattr(error, "message", None) or error)
    line = " ".join(re.sub(r"\[/?[a-z ]+\]", "", words).split())
    if not line or (key and key in line):
        return type(error).__name__
    return line if len(line) <= MOST_WORDS else line[: MOST_WORDS - 1] + "…"
