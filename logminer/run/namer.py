"""Asking a checkpoint for the titles of clusters. What it said is kept, anonymised, so that it is asked once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from logminer.checkpoints.base import Generating, Prompt
from logminer.clusters.hierarchy import siblings
from logminer.clusters.map import ClusterMap
from logminer.clusters.naming import Name
from logminer.clusters.terms import TermProfile
from logminer.clusters.titles import VERSION, common_words, question, title_of
from logminer.errors import AskedOtherwise, CheckpointError
from logminer.files.atomic import write_text
from logminer.files.sealing import read_bytes
from logminer.messages.states import JUDGED
from logminer.pipeline.journey import Journey
from logminer.privacy.requests import TextRequest
from logminer.spec import content_hash

__all__ = ["titled"]

NEIGHBOURS = 3


def titled(
    journey: Journey,
    found: ClusterMap,
    profiles: Mapping[int, TermProfile],
    names: Mapping[int, Name],
    say: Callable[[str], None],
) -> dict[int, Name]:
    """The names, those of phrases replaced by titles of the pipeline's namer where it gives any that may stand.

    Where it answers nobody the names stay, and that is said. It has no part in what is compared: names are no measure.

    Raises:
        LogminerError: as opening a checkpoint, or the anonymiser, does.
        AskedOtherwise: the namer's server wants to be asked in another way.
        StoreError: what it said cannot be kept.
        Stopped: it was wished.
    """
    if (namer := journey.file.namer()) is None:
        return dict(names)
    near = siblings(found)
    common = common_words(profiles.values())
    questions = {
        cluster: question(
            profiles[cluster], [profiles[n] for n in near[cluster][:NEIGHBOURS] if n in profiles]
        )
        for cluster, name in names.items()
        if name.source == "keyphrases"
    }
    try:
        said = _Asking(journey, namer).answers(questions)
    except AskedOtherwise:
        raise
    except CheckpointError as error:
        say(f"note: {error}; clusters keep the names that their phrases make")
        return dict(names)
    titles = {
        cluster: title
        for cluster, answer in said.items()
        if (title := title_of(answer, profiles[cluster], common))
    }
    once = list(map(str.casefold, titles.values()))
    by = f"{namer.name}, prompt {VERSION}"
    given = {
        cluster: Name(title, "namer", by)
        for cluster, title in titles.items()
        if once.count(title.casefold()) == 1  # a name that two clusters have names neither
    }
    return {**names, **given}


class _Asking:
    """A namer with what it has said before."""

    def __init__(self, journey: Journey, namer: Generating) -> None:
        self._journey, self._namer = journey, namer
        self._sampling = journey.file.cluster.sampling(namer)
        self._identity = content_hash(
            [namer.options() | {"name": ""}, self._sampling.options(), VERSION]
        )
        self._kept = _read(journey.folder.titles)

    def answers(self, questions: Mapping[int, str]) -> dict[int, str]:
        """What it says of each cluster, unless an anonymiser finds something in it or nothing came."""
        key = {
            cluster: self._journey.pseudonyms.id("title", self._identity, text)
            for cluster, text in questions.items()
        }
        open_ = {key[c]: text for c, text in questions.items() if key[c] not in self._kept}
        if open_:
            self._kept |= self._clean(self._ask(open_))
        asked = {key[c] for c in questions}
        if open_ or not asked.issuperset(self._kept):  # of clusters that are no more nothing stays
            self._kept = {one: said for one, said in self._kept.items() if one in asked}
            text = json.dumps(self._kept, sort_keys=True, ensure_ascii=False, indent=0)
            write_text(text, self._journey.folder.titles)
        return {c: said for c in questions if (said := self._kept.get(key[c]))}

    def _ask(self, questions: Mapping[str, str]) -> dict[str, str]:
        prompts = [
            Prompt(key, [{"role": "user", "content": text}], None, "")
            for key, text in questions.items()
        ]
        answerer = self._namer.open(self._sampling, self._journey.pseudonyms)
        return {
            prompts[place].prompt_id: answer.response or ""
            for place, _, answer in answerer.answer(prompts)
            if answer.state in JUDGED
        }

    def _clean(self, said: Mapping[str, str]) -> dict[str, str]:
        """Of what was said just now, what an anonymiser would leave as it is; of the rest nothing."""
        from logminer.privacy.anonymiser import open_anonymiser

        options = self._journey.file.anonymise
        anonymiser = open_anonymiser(options, self._journey.pseudonyms)
        requests = [TextRequest(text, key, options.languages[0]) for key, text in said.items()]
        found = anonymiser.texts(requests)
        return {
            key: text if not done.redactions and done.text == text else ""
            for (key, text), done in zip(said.items(), found, strict=True)
        }


def _read(path: Path) -> dict[str, str]:
    """What was kept; nothing where the file is none of ours: then the namer is asked again."""
    try:
        kept = json.loads(read_bytes(path))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
