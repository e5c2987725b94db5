"""From a look at a dump to a pipeline file to start from: what is there, what is missing, and what that costs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import ConfigError
from logminer.files.finding import survey
from logminer.messages.roles import OTHER
from logminer.privacy.languages.language import (
    default_model,
    has_stock_model,
    how_to_install,
    locate,
    normalise_language,
)
from logminer.privacy.patterns import find_all
from logminer.sources.formats import FORMATS
from logminer.sources.peeking import KeepAble, Peek, peek
from logminer.sources.spec import SourceSpec
from logminer.spec import parse

__all__ = ["Start", "peek_at"]

MODEL_NAME = re.compile(r"[\w./:+@ ()-]{1,120}")
ARM_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
WORTH = 0.01  # share of conversations from which on a language is taken in
MOST_ARMS = 4
FEW = 6  # values of an attribute that is kept unasked
TURN = "turn"  # how many there are, in WildChat; `turn=first` and `turn=later` are there without it
MOST_KEPT = 2  # each is a stratum, and each stratum is tested


class Start(NamedTuple):
    """What may be said of a dump without a word of it, and where to go on from there."""

    languages: dict[str, int]  # ISO 639-1 code, `other`, or `null` → conversations
    models: dict[str, int]  # names of models; `others` where a value looks like no model's name
    missing: tuple[str, ...]  # what the dump lacks, and what that costs
    pipeline: str  # YAML


def peek_at(
    path: str | Path,
    said: Mapping[str, Any],
    *,
    arms: Mapping[str, str],
    most: int | None = None,
    write: Path | None = None,
    tell: Callable[[int], None] | None = None,
) -> tuple[Peek, Start]:
    """A look at a dump, and where to go on from there.

    Args:
        path: a file, a folder or a glob.
        said: the other keys of `source:`, as far as they are known.
        arms: name → path of answers that were recorded for its prompts.
        most: conversations to look at; None: all.
        write: where the pipeline file is written; its folder is made.
        tell: called with the number of conversations looked at, now and then.

    Raises:
        SourceError, ConfigError: nothing is there, it is a pipeline file or has no known format, an arm's file is not
            there, or `write` exists or cannot be written.
    """
    if write is not None and write.exists():
        raise ConfigError(f"{write}: is there already; name another file, or remove it")
    if Path(path).suffix in (".yaml", ".yml"):
        raise ConfigError(f"{path}: a pipeline file, and no dump; logminer check takes it")
    for recorded in arms.values():
        survey(recorded)
    source = parse(SourceSpec, {"path": str(path), **said}, "source")
    found = peek(source, most, tell)
    folder = write.absolute().parent if write else Path.cwd()
    answers = {name: _relative_to(recorded, folder) for name, recorded in arms.items()}
    start = _starting_point(found, source, _relative_to(str(path), folder), arms=answers)
    if write is not None:
        try:
            write.parent.mkdir(parents=True, exist_ok=True)
            write.write_text(start.pipeline, "utf-8")
        except OSError as error:
            raise ConfigError(f"{write}: cannot be written ({error.strerror})") from None
    return found, start


def _starting_point(
    found: Peek,
    source: SourceSpec,
    path: str,
    *,
    study: str = "studies/first",
    arms: Mapping[str, str] | None = None,
) -> Start:
    """What is to be said of a dump.

    Args:
        found: the look at it.
        source: how it was looked at; what was said there goes into the pipeline file.
        path: of the dump, as the pipeline file is to name it.
        study: the folder of the study, likewise.
        arms: name → path of answers that were recorded for its prompts.
    """
    languages: Counter[str] = Counter()
    for text, n in found.languages.items():
        languages[normalise_language(text) or ("other" if text else "null")] += n
    models: Counter[str] = Counter()
    for name, n in found.models.items():
        models[name if _is_model(name) else "others"] += n
    missing = (*_missing(found), *_without_model(found, languages))
    start = Start(dict(languages.most_common()), dict(models.most_common()), missing, "")
    return start._replace(pipeline=_pipeline(found, source, start, path, study, arms or {}))


def _is_model(name: str) -> bool:
    return bool(MODEL_NAME.fullmatch(name)) and not find_all(name)


def _missing(found: Peek) -> Iterator[str]:
    n = max(1, found.looked_at)
    if found.users is None:
        yield (
            "no user: standard errors count each conversation as one person, which makes intervals too narrow where people"
            " talk more than once; k-user checks say `unknown`. Name a column: source.columns: {user_id: …}"
            + (
                f", or let answers hang together in `{found.cluster_by}`"
                if found.cluster_by
                else ""
            )
        )
    elif found.users == 1 and found.looked_at > 1:
        yield (
            "one user for all conversations: if that is no person, nothing is known of users; no interval can be had by user."
            " Let answers hang together in an attribute: compare.cluster_by"
        )
    elif found.without_user:
        yield (
            f"{found.without_user / n:.1%} of conversations without a user: each counts as one person"
        )
    if found.first is None:
        yield "no time: nothing can be told by day, and drift is not seen"
    if set(found.languages) <= {""}:
        yield (
            "no language: it is detected on each conversation; short ones count as the first of anonymise.languages, those"
            " in none of them are rejected"
        )
    if not found.models and not found.arms:
        yield "no model: who answered is not known"
    if found.has_answers and not found.answers and found.turns:
        yield "no answers: prompts alone; replay them, or name recorded answers"
    if found.has_answers and found.answers and not found.thoughts:
        yield "no thoughts: the channel `thoughts` stays empty for the logged answers"
    if "conversation_id" not in found.columns.values() and not _has_key(found):
        yield (
            "no conversation id: a row is known by its content and place, and one that moves inside a changed file is"
            " computed anew"
        )
    if found.repeated_prompts:
        yield (
            f"{found.repeated_prompts / n:.0%} of conversations answer a prompt that another model answers too: compare the"
            " models as recorded checkpoints, and take the prompts of one of them (source.where), or each prompt counts"
            " once for each model"
        )
    if found.again:
        repeat = _repeat(found)
        yield (
            f"{found.again / n:.0%} of conversations answer a prompt that the same model has answered before: recorded"
            " checkpoints take them as its samples (samples: all), and the dump counts each as a prompt of its own"
            + (f" unless it is read once (source.where: {{{repeat}: 1}})" if repeat else "")
        )


def _repeat(found: Peek) -> str | None:
    """The column that numbers a model's answers to a prompt, if it is there."""
    name = FORMATS[found.format].repeat
    return name if name in (*found.columns.values(), *found.unread) else None


def _without_model(found: Peek, languages: Mapping[str, int]) -> Iterator[str]:
    lacking = [code for code in languages if code not in ("null", "other") and not _installed(code)]
    if lacking:
        n = sum(languages[code] for code in lacking)
        yield (
            f"no spaCy model for {_some(lacking)}: {n:,} conversations ({n / max(1, found.looked_at):.1%}) are rejected"
            " as long as there is none"
        )


def _installed(language: str) -> bool:
    return locate(default_model(language)) is not None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - FEW:,} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def _has_key(found: Peek) -> bool:
    return any(re.search(r"id$|hash$", name) for name in found.columns)


# ---- the pipeline file


def _pipeline(
    found: Peek, source: SourceSpec, start: Start, path: str, study: str, arms: Mapping[str, str]
) -> str:
    said = [*_source(found, source, start, path, study), *_rest(found, start, path, arms)]
    return "\n".join(said) + "\n"


def _source(found: Peek, source: SourceSpec, start: Start, path: str, study: str) -> Iterator[str]:
    yield f"study: {_text(study)}"
    yield "source:"
    yield f"  path: {_text(path)}"
    yield f"  format: {found.format}"
    for name in ("group_by", "order_by"):
        if value := getattr(source, name, None):
            yield f"  {name}: {_text(value)}"
    if source.columns:
        pairs = ", ".join(f"{_text(a)}: {_text(b)}" for a, b in source.columns.items())
        yield f"  columns: {{{pairs}}}"
    if source.roles:
        pairs = ", ".join(f"{_text(a)}: {b}" for a, b in source.roles.items())
        yield f"  roles: {{{pairs}}}"
    if strange := [role for role in found.roles if role != OTHER]:
        pairs = ", ".join(f"{_text(role)}: …" for role in strange)
        yield f"  # roles: {{{pairs}}}      # say which each is: user, assistant, system or tool"
    if found.repeated_prompts and "model" in found.columns and not found.arms:
        model = next((name for name in start.models if name != "others"), None)
        if model:
            where = f"{_text(found.columns['model'])}: {_text(model)}"
            if found.again and (repeat := _repeat(found)):
                where += f", {repeat}: 1"
            yield f"  where: {{{where}}}      # its prompts; the others answer the same ones"
    kept = _kept(found)
    if kept:
        yield f"  keep: [{', '.join(map(_text, kept))}]      # kept with the prompts; may be strata, which a release tells of"
    others = [one.name for one in _attributes(found) if one.values > 1 and one.name not in kept]
    if others:
        yield f"  # could be kept too: {', '.join(others[:20])}"
    spoken = [code for code in start.languages if has_stock_model(code)]
    taken = [c for c in spoken if start.languages[c] >= WORTH * found.looked_at] or ["en"]
    yield f"anonymise: {{languages: [{', '.join(taken)}]}}"
    for code in taken:
        if not _installed(code):
            yield f"# no model for {code}: {how_to_install(code, default_model(code))}; until then its conversations are rejected"


def _rest(found: Peek, start: Start, path: str, arms: Mapping[str, str]) -> Iterator[str]:
    told = list(_arms(found, start, path, arms))
    yield from (
        ["checkpoints:", *told]
        if told
        else [
            "# checkpoints:      # the answers to compare, one line each: recorded ones, or a server to ask",
            "#   - {name: sft,  kind: recorded, path: sft_answers.jsonl}      # prompt_id or prompt, response",
            '#   - {name: prod, kind: endpoint, url: "http://localhost:8000/v1", model: my-prod}',
        ]
    )
    judging = FORMATS[found.format].judging
    named = f", scorers: [{', '.join(judging.scorers)}]" if judging.scorers else ""
    yield f"judge: {{taxonomy: {judging.taxonomy}{named}}}"
    yield "compare:"
    yield f"  margins: {{{judging.category}: 0.03}}      # no margin, no `equivalent`; settle it before judging"
    if found.users is None and found.cluster_by:
        yield f"  cluster_by: {found.cluster_by}"
    kept = [name for name in _kept(found) if name != found.cluster_by]
    strata = dict.fromkeys([*(["language"] if len(start.languages) > 1 else []), *kept])
    if strata:
        yield f"  strata: [{', '.join(map(_text, strata))}]"


def _arms(found: Peek, start: Start, path: str, arms: Mapping[str, str]) -> Iterator[str]:
    if arms:
        for name, answers in arms.items():
            yield f"  - {{name: {_text(name)}, kind: recorded, path: {_text(answers)}}}"
        return
    names = list(found.arms) or [name for name in start.models if name != "others"]
    if not found.arms and not found.repeated_prompts:
        return
    samples = ", samples: all" if found.again and _repeat(found) else ""
    for name in names[:MOST_ARMS]:
        arm = ARM_NAME.sub("-", name.rpartition("/")[2]).strip("-.") or "arm"
        yield (
            f"  - {{name: {_text(arm)}, kind: recorded, path: {_text(path)}, format: {found.format},"
            f" model: {_text(name)}{samples}}}"
        )
    if len(names) > MOST_ARMS:
        yield f"  # {len(names) - MOST_ARMS} more models are there"


def _kept(found: Peek) -> list[str]:
    few = [one for one in _attributes(found) if 1 < one.values <= FEW and one.null < 0.5]
    kept = [one.name for one in sorted(few, key=_plain)[:MOST_KEPT]]
    cluster = [found.cluster_by] if found.users is None and found.cluster_by else []
    return [*cluster, *(name for name in kept if name not in cluster)]


def _attributes(found: Peek) -> list[KeepAble]:
    """Those of prompts: how an answer ended, who gave it and what judges say of it is none; language and turn are strata anyway."""
    form = FORMATS[found.format]
    known = {found.columns.get(form.fields.get(ours, "")) for ours in ("model", "language")}
    known.add(TURN)
    return [
        one
        for one in found.attributes
        if one.name not in known
        and one.name.startswith(form.judging.prompts)
        and not one.name.startswith(form.judging.answers)
    ]


def _plain(one: KeepAble) -> tuple[bool, int]:
    """Names of columns before those of fields inside them, few values before many."""
    return "." in one.name, one.values


def _text(value: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_/.][\w./+@-]*", value) and value.lower() not in _WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "~"))


def _relative_to(path: str, folder: Path) -> str:
    """A path as a pipeline file in `folder` names it."""
    if "://" in path or Path(path).is_absolute():
        return path
    whole = Path(path).absolute()
    return str(whole.relative_to(folder)) if whole.is_relative_to(folder) else str(whole)
