"""Folders of models that bring code: none of it runs, also where somebody at the terminal would say yes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from logminer.models.packaged import find_packaged

EVIL = """
from pathlib import Path
Path(__file__).with_name("RAN").touch()
Path({ran!r}).touch()
from transformers import BertConfig, BertModel
class EvilConfig(BertConfig): model_type = "evil"
class EvilModel(BertModel): config_class = EvilConfig
"""
LOADERS = {
    "checkpoint l": """
from logminer.checkpoints.base import Sampling
from logminer.checkpoints.local import Local
from logminer.ids import Pseudonyms
Local(name="l", path=FOLDER).open(Sampling(), Pseudonyms(b"k" * 32, "p"))
""",
    "scorer classifier": """
from pathlib import Path
from logminer.scorers.classifier import Classifier
from logminer.taxonomy.tree import load_taxonomy
category = load_taxonomy("refusal", Path()).nodes()[0].category.id
Classifier(path=FOLDER, category=category, yes=("LABEL_1",)).open(load_taxonomy("refusal", Path()), "")
""",
    "embedding model": """
from logminer.models.encoder import Encoder
Encoder(FOLDER)
""",
    "anonymise.ner": """
from logminer.privacy.engine.recognisers import _second
_second(FOLDER, "en")
""",
}

TRY_EACH = """
import json, sys, traceback
errors = {}
for who, code in json.loads(sys.argv[1]).items():
    try:
        exec(code, {})
    except Exception as error:
        errors[who] = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    else:
        errors[who] = "it was loaded"
print()
print(json.dumps(errors))
"""


def _folder(place: Path, ran: Path, *, modules: bool) -> Path:
    """A model that is whole but for its code: as `auto_map` names it, or `modules.json`."""
    packaged = find_packaged("all-MiniLM-L6-v2")
    assert packaged
    shutil.copytree(packaged, place)
    (place / "evil.py").write_text(EVIL.format(ran=str(ran)))
    if modules:
        file = place / "modules.json"
        file.write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "evil.EvilModel"}]))
        return place
    config = json.loads((place / "config.json").read_text("utf-8"))
    kinds = (
        *("AutoModel", "AutoModelForCausalLM"),
        *("AutoModelForSequenceClassification", "AutoModelForTokenClassification"),
    )
    config |= {"model_type": "evil"}
    config["auto_map"] = {"AutoConfig": "evil.EvilConfig"} | dict.fromkeys(kinds, "evil.EvilModel")
    (place / "config.json").write_text(json.dumps(config))
    return place


class Tried(NamedTuple):
    folder: Path
    ran: Path
    error: str
    said: str


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tried]:
    """Each loads its folder, one after another in one process, with somebody there who says yes to all."""
    place, folders = tmp_path_factory.mktemp("trust"), {}
    for number, who in enumerate(LOADERS):
        modules = who == "embedding model"
        (place / str(number)).mkdir()
        folders[who] = _folder(
            place / str(number) / "model", place / str(number) / "RAN", modules=modules
        )
    tries = {who: f"FOLDER = {str(folders[who])!r}\n{code}" for who, code in LOADERS.items()}
    done = subprocess.run(
        [sys.executable, "-c", TRY_EACH, json.dumps(tries)],
        input="y\n" * 80,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = json.loads(done.stdout.splitlines()[-1])
    said = done.stdout + done.stderr
    return {who: Tried(f, f.with_name("RAN"), errors[who], said) for who, f in folders.items()}


@pytest.mark.parametrize("who", LOADERS)
def test_a_folders_own_code_never_runs(who: str, tried: dict[str, Tried]) -> None:
    folder, ran, error, said = tried[who]
    assert error.startswith(f"logminer.errors.ModelError: {who}")
    assert f"{folder} brings code of its own" in error
    assert "[y/N]" not in said
    assert not ran.exists()
    assert not (folder / "RAN").exists()


class _Bomb:
    def __init__(self, ran: Path) -> None:
        self.ran = ran

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.mkdir, (str(self.ran),)


def test_a_pickle_among_the_weights_never_runs(tmp_path: Path) -> None:
    import torch

    from logminer.errors import ModelError
    from logminer.models.encoder import Encoder

    ran, folder = tmp_path / "RAN", tmp_path / "model"
    packaged = find_packaged("all-MiniLM-L6-v2")
    assert packaged
    shutil.copytree(packaged, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    torch.save({"embeddings.weight": _Bomb(ran)}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Encoder(str(folder))
    assert not ran.exists()
