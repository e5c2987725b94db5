"""What a model's labels mean, whatever their case and family; a model that cannot say what a person is does not count."""

import json
from pathlib import Path

import pytest
import spacy

from logminer.errors import ModelError
from logminer.privacy.detect import Detector
from logminer.privacy.engine.engine import Engine
from logminer.privacy.engine.recognisers import Recognition
from logminer.privacy.options import AnonymiseOptions
from tests.kit.rulers import ruler

LABELS = [
    # GiNZA (Sekine's), spaCy's of the named languages, NEMO
    ("Person", "PERSON"), ("PERSON", "PERSON"), ("PER", "PERSON"), ("persName", "PERSON"), ("PS", "PERSON"), ("PRS", "PERSON"),
    ("City", "LOCATION"), ("Province", "LOCATION"), ("geogName", "LOCATION"), ("LC", "LOCATION"), ("gpe", "LOCATION"),
    ("Company", "ORGANIZATION"), ("OG", "ORGANIZATION"), ("Nationality", "NRP"), ("Date", "DATE_TIME"), ("TME", "DATE_TIME"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "kind"), LABELS)
def test_labels_are_known_in_any_case(label: str, kind: str, tmp_path: Path) -> None:
    model = ruler(tmp_path, "de", {"Quorvex": label, "Marja": "PER", "Zimtstern": "Doctrine"})
    (found,) = Engine("de", model, Recognition()).analyse(["Das Quorvex und Zimtstern."])
    assert [(s.start, s.end, s.entity_type) for s in found or ()] == [(4, 11, kind)]


def test_a_country_counts_less_than_a_town(tmp_path: Path) -> None:
    model = ruler(tmp_path, "de", {"Bad Zimtheim": "City", "Quorvland": "Country", "Marja": "PER"})
    text = "Das Quorvland und Bad Zimtheim."
    found = {
        profile: [
            text[s.start : s.end]
            for s in Detector(profile, ("de",), {"de": model}).detect([(text, "de")])[0]
        ]
        for profile in ("strict", "balanced")
    }
    assert found == {"strict": ["Quorvland", "Bad Zimtheim"], "balanced": ["Bad Zimtheim"]}


@pytest.mark.parametrize("says_its_labels", [True, False])
@pytest.mark.parametrize("labels", [("Doctrine", "MISC"), ()])
def test_a_model_without_a_person_is_refused(
    labels: tuple[str, ...], says_its_labels: bool, tmp_path: Path
) -> None:
    if labels:
        model = ruler(tmp_path, "de", {f"x{i}": label for i, label in enumerate(labels)})
    else:
        spacy.blank("de").to_disk(tmp_path)
        model = str(tmp_path)
    options = AnonymiseOptions(languages=("en", "de"), models={"de": model})
    if says_its_labels:
        with pytest.raises(ModelError) as planned:
            options.require_model()
        assert all(word in str(planned.value) for word in (model, "anonymise.models", *labels))
    else:
        meta = json.loads((tmp_path / "meta.json").read_text("utf-8"))
        (tmp_path / "meta.json").write_text(json.dumps(meta | {"labels": {}}), "utf-8")
    with pytest.raises(ModelError, match="no label for persons"):
        Detector("balanced", ("en", "de"), {"de": model})
