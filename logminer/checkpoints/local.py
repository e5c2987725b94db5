"""A model on this machine: a GGUF file through llama.cpp, or a transformers folder.

The runtime runs inside the worker and opens no network connection; llama.cpp's own HTTP door, which cannot be left
out, is locked with a random key. What is generated depends on how requests are batched, so the number of slots and the
batch size are part of the fingerprint, as are the weights themselves.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

from logminer.checkpoints.asking.chat import read_completion, response_format, to_chat
from logminer.checkpoints.base import (
    Answer,
    Answerer,
    Generating,
    Given,
    Prompt,
    Sampling,
    answer_of,
    model_label,
    request_seed,
)
from logminer.errors import ModelError, Stopped
from logminer.files.identity import files_identity
from logminer.ids import Pseudonyms
from logminer.messages.message import read_answer
from logminer.messages.states import Finish
from logminer.models.packaged import find_packaged, go_offline
from logminer.models.trust import SAFE, unloadable
from logminer.process import stopping
from logminer.spec import incidental

__all__ = ["Local"]


class Local(Generating):
    """A GGUF file or a transformers folder.

    Attributes:
        path: the file or folder, or the name of a packaged model; incidental, for the weights are fingerprinted.
        system: replaces the system messages of every prompt; null leaves them.
        context_length: tokens of prompt and answer together; a longer prompt is the error `context_too_long`.
        slots: GGUF only: requests that llama.cpp computes together. With one, greedy output is reproducible.
        batch_size: transformers only: prompts that are padded and computed together.
        threads: CPU threads; null takes all cores. A model far below a billion weights is fastest with one.
        device: transformers only: `cpu`, `cuda`, `mps`; null takes an accelerator where there is one.
    """

    kind: Literal["local"] = "local"
    path: str = incidental()
    system: str | None = None
    context_length: int = Field(4096, ge=16)
    slots: int = Field(1, ge=1)
    batch_size: int = Field(8, ge=1)
    threads: int | None = incidental(None, ge=1)
    device: str | None = incidental(None)

    @property
    def model_name(self) -> str | None:
        return Path(self.path).name

    @property
    def holds_shape(self) -> bool:
        return self._weights().suffix == ".gguf"

    @property
    def takes_tools(self) -> bool:
        return self._weights().suffix == ".gguf"

    def rooted(self, base: Path) -> Self:
        if find_packaged(self.path) and not (base / self.path).exists():
            return self
        return self.model_copy(update={"path": str(base / self.path)})

    def options(self) -> dict[str, Any]:
        options = super().options()
        weights = self._weights()
        options.pop("batch_size" if weights.suffix == ".gguf" else "slots")
        return {**options, "weights": files_identity(weights)}

    def check(self) -> None:
        weights = self._weights()
        library, extra = (
            ("xllamacpp", "logminer[gguf]")
            if weights.suffix == ".gguf"
            else ("transformers", "transformers")
        )
        if importlib.util.find_spec(library) is None:
            raise ModelError(f"checkpoint {self.name}: {weights.name} needs: pip install '{extra}'")

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        self.check()
        weights = self._weights()
        if weights.suffix == ".gguf":
            return _Gguf(self, weights, sampling)
        return _Transformers(self, weights, sampling)

    def _weights(self) -> Path:
        path = Path(self.path)
        if not path.exists():
            path = find_packaged(self.path) or path
        if path.is_file() and path.suffix == ".gguf":
            return path
        if path.is_dir() and (path / "config.json").is_file():
            return path
        found = "no such file or folder, nor a packaged model" if not path.exists() else "neither"
        raise ModelError(
            f"checkpoint {self.name}: {self.path}: {found}; give a .gguf file or a transformers folder (with config.json)"
        )

    def _unloadable(self, path: Path) -> ModelError:
        otherwise = f"{path} cannot be loaded as a model: is it whole, and is there memory for it?"
        return unloadable(f"checkpoint {self.name}", path, otherwise)


class _Gguf:
    """llama.cpp's server in this process, called without HTTP."""

    def __init__(self, local: Local, path: Path, sampling: Sampling) -> None:
        # Its threads wait for each other in busy loops: beside other workers that is many times slower than sleeping.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.offline = True
        params.verbosity = -1  # its log quotes prompts
        params.api_keys = [secrets.token_hex(32)]
        params.endpoint_slots = params.ui = False
        params.n_parallel = local.slots
        params.n_ctx = local.context_length * local.slots  # shared out among the slots
        params.fit_params = False
        # Nothing may depend on what was asked before.
        params.cache_prompt, params.cache_ram_mib = False, 0
        params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
        threads = local.threads or os.cpu_count() or 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.cpuparams.poll = params.cpuparams_batch.poll = 0
        try:
            self._server = xllamacpp.Server(params)
        except (RuntimeError, ValueError):
            raise local._unloadable(path) from None
        self._local, self._sampling = local, sampling
        self._answered_by = model_label(path.name, files_identity(path))

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        pool, stopped = ThreadPoolExecutor(self._local.slots), None
        asked = [
            (place, sample, pool.submit(self._ask, prompt, sample))
            for place, prompt in enumerate(prompts)
            for sample in prompt.samples
        ]
        try:
            for place, sample, answer in asked:
                try:
                    yield Given(place, sample, answer.result())
                except Stopped as error:
                    stopped = error
        finally:
            pool.shutdown(cancel_futures=True)
        if stopped:
            raise stopped

    def _ask(self, prompt: Prompt, sample: int) -> Answer:
        if stopping.requested():
            raise Stopped
        sampling, begun = self._sampling, time.monotonic()
        request = {
            "messages": to_chat(prompt.messages, self._local.system),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            "stop": list(sampling.stop),
            "seed": request_seed(sampling, prompt.prompt_id, sample),
            "cache_prompt": False,
            # llama.cpp's own defaults would cut the distribution where OpenAI's API does not.
            "top_k": 0,
            "min_p": 0.0,
            "repeat_penalty": 1.0,
        }
        if prompt.shape:
            request["response_format"] = response_format(prompt.shape)
        if prompt.tools:
            request["tools"] = list(prompt.tools)
        try:
            body = self._server.handle_chat_completions(request)
        except (RuntimeError, ValueError):  # the model's chat template refuses such a dialogue
            return Answer(None, latency_s=time.monotonic() - begun, error="refused_by_server")
        if isinstance(body, dict) and isinstance(body.get("error"), dict):
            too_long = body["error"].get("type") == "exceed_context_size_error"
            code = "context_too_long" if too_long else "server_error"
            return Answer(None, latency_s=time.monotonic() - begun, error=code)
        answer = read_completion(body, time.monotonic() - begun)
        return answer._replace(answered_by=self._answered_by)


class _Transformers:
    """A causal language model with its chat template; batches are padded on the left."""

    def __init__(self, local: Local, path: Path, sampling: Sampling) -> None:
        go_offline()
        import torch
        import transformers

        transformers.utils.logging.disable_progress_bar()
        transformers.utils.logging.set_verbosity_error()
        if local.threads:
            torch.set_num_threads(local.threads)
        device = local.device or (
            "cuda"
            if torch.cuda.is_available()
            else "mps"
            if torch.backends.mps.is_available()
            else "cpu"
        )
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                path, padding_side="left", **SAFE
            )
            model = transformers.AutoModelForCausalLM.from_pretrained(
                path, dtype="auto", weights_only=True, **SAFE
            )
            self._model = model.to(device).eval()
        except Exception:  # as many kinds as there are file formats
            raise local._unloadable(path) from None
        if tokenizer.chat_template is None:
            raise ModelError(
                f"checkpoint {local.name}: {path} has no chat template; replay needs a model tuned to chat"
            )
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        self._tokenizer, self._local, self._sampling = tokenizer, local, sampling
        self._answered_by = model_label(path.name, files_identity(path))
        trained = getattr(model.config, "max_position_embeddings", None) or local.context_length
        self._room = min(local.context_length, trained)
        ends = model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        self._ends = {*ends, tokenizer.eos_token_id, tokenizer.pad_token_id}

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        encoded = [self._encode(prompt) for prompt in prompts]
        ready = []
        for place, ids in enumerate(encoded):
            if isinstance(ids, Answer):
                yield from (Given(place, sample, ids) for sample in prompts[place].samples)
            else:
                ready.append((place, ids))
        size = self._local.batch_size
        # What is padded together bears on the answers: batches are the same whatever is wanted of them.
        for sample in sorted({sample for prompt in prompts for sample in prompt.samples}):
            for batch in (ready[begin : begin + size] for begin in range(0, len(ready), size)):
                wanted = [sample in prompts[place].samples for place, _ in batch]
                if not any(wanted):
                    continue
                if stopping.requested():
                    raise Stopped
                seed = request_seed(self._sampling, prompts[batch[0][0]].prompt_id, sample)
                generated = self._generate([ids for _, ids in batch], seed)
                for (place, _), asked, answer in zip(batch, wanted, generated, strict=True):
                    if asked:
                        yield Given(place, sample, answer)

    def _encode(self, prompt: Prompt) -> list[int] | Answer:
        import jinja2

        chat = to_chat(prompt.messages, self._local.system)
        try:
            text = self._tokenizer.apply_chat_template(
                chat, tokenize=False, add_generation_prompt=True
            )
        except (jinja2.TemplateError, ValueError, TypeError):  # it refuses such a dialogue
            return Answer(None, error="refused_by_server")
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids if len(ids) < self._room else Answer(None, error="context_too_long")

    def _generate(self, batch: Sequence[list[int]], seed: int) -> list[Answer]:
        import torch

        sampling, begun = self._sampling, time.monotonic()
        inputs = self._tokenizer.pad({"input_ids": list(batch)}, return_tensors="pt")
        width = inputs["input_ids"].shape[1]
        # The folder's own generation defaults (penalties, top_k) are not what the user declared.
        how: dict[str, Any] = {"do_sample": False, "repetition_penalty": 1.0, "num_beams": 1}
        if sampling.temperature > 0:
            how |= {"do_sample": True, "temperature": sampling.temperature}
            how |= {"top_p": sampling.top_p, "top_k": 0}
            torch.manual_seed(seed)
        if sampling.stop:
            how["stopping_criteria"] = [self._said_to_stop(width)]
        with torch.inference_mode():
            output = self._model.generate(
                **inputs.to(self._model.device),
                **how,
                max_new_tokens=min(sampling.max_new_tokens, self._room - width),
                pad_token_id=self._tokenizer.pad_token_id,
            )
        latency_s = time.monotonic() - begun
        return [
            self._read(ids, generated[width:].tolist(), latency_s)
            for ids, generated in zip(batch, output, strict=True)
        ]

    def _said_to_stop(self, width: int) -> Callable[[Any, Any], Any]:
        """Which rows hold one of the `stop` texts; transformers' own way wants a tokenizer of bytes or pieces."""
        import torch

        longest = max(map(len, self._sampling.stop))

        def ended(ids: Any, scores: Any) -> Any:
            tails = self._tokenizer.batch_decode(
                ids[:, max(width, ids.shape[1] - 2 * longest - 4) :], skip_special_tokens=True
            )
            found = [any(stop in tail for stop in self._sampling.stop) for tail in tails]
            return torch.tensor(found, device=ids.device)

        return ended

    def _read(self, prompt: list[int], generated: list[int], latency_s: float) -> Answer:
        end = next((i for i, token in enumerate(generated) if token in self._ends), None)
        kept = generated[:end]
        text = self._tokenizer.decode(kept, skip_special_tokens=True)
        cut = min(
            (at for stop in self._sampling.stop if (at := text.find(stop)) >= 0), default=None
        )
        return answer_of(
            read_answer({"content": text[:cut]}),
            Finish("length" if end is None and cut is None else "stop"),
            input_tokens=len(prompt),
            output_tokens=len(kept),
            latency_s=latency_s,
            answered_by=self._answered_by,
        )
