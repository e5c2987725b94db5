"""`logminer attack`: a study's policy, tried on people that are made up by attackers who may read what it releases.

A dump is made in which every person is invented. It goes the way of the study: anonymised, clustered, named and released by its
options, under a key of its own. Everything but the dump is real. Then attackers read the release, and the same attackers what
would be told without any protection: there they must succeed, or their failure proves nothing.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import importlib.metadata
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logminer.attack.outside import dictionary, inversion
from logminer.attack.record import keep_attack
from logminer.attack.scores import SURE, WEAK, Figure, of_claims
from logminer.attack.seen import ShownNames, carelessly, claim, released
from logminer.attack.tipping import tipping
from logminer.attack.twice import differencing
from logminer.attack.world import ACCOUNTS, ILLNESSES, InventedWorld, make_world
from logminer.clusters.options import ClusterOptions
from logminer.errors import ConfigError, ReleaseRefused, StoreError
from logminer.ids import (
    CONFIGURATION_VARIABLE,
    KEY_FILE_VARIABLE,
    KEY_VARIABLE,
    Pseudonyms,
    key_file,
    load_key,
)
from logminer.pipeline.file import ClusterSettings, PipelineFile
from logminer.pipeline.journey import prepare
from logminer.pipeline.loading import read_pipeline_file
from logminer.pipeline.policy import Policy
from logminer.pipeline.reporter import Reporter
from logminer.privacy.options import AnonymiseOptions
from logminer.release.attacked import FEWEST, attacked
from logminer.release.releasing import release
from logminer.run.execute import run
from logminer.sources.spec import SourceSpec
from logminer.spec import parse
from logminer.stages.embed import EmbedOptions
from logminer.stages.judge import JudgeOptions
from logminer.store.layout import StudyFolder
from logminer.store.session import open_session
from logminer.study.last_run import last_run

__all__ = ["TARGETS", "AttackResult", "attack"]

TARGETS = FEWEST  # for each number of accounts, unless somebody says how many
PROJECT = "attack"
INVERTED = 60  # targets whose vectors are looked at
JUDGE = {"taxonomy": "refusal", "scorers": ["string_match"]}


class AttackResult(NamedTuple):
    """What was found out.

    Attributes:
        study: whose policy it was.
        policy: its digest.
        figures: of each attack.
        passed: the policy held, and what is not protected did not.
        why: what speaks against it; empty where it passed.
    """

    study: Path
    policy: str
    figures: tuple[Figure, ...]
    passed: bool
    why: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        figures = [figure.as_json() for figure in self.figures]
        return self._asdict() | {"study": str(self.study), "figures": figures}


class _Tried(NamedTuple):
    """What is tried, and where it is kept that it was."""

    folder: StudyFolder
    policy: Policy
    anonymise: AnonymiseOptions
    embed: EmbedOptions
    cluster: ClusterSettings


def attack(
    path: Path,
    reporter: Reporter,
    *,
    targets: int = TARGETS,
    accounts: Sequence[int] = ACCOUNTS,
    seed: int = 0,
) -> AttackResult:
    """Attack the policy of a study, or of a pipeline file, and keep with the study what came of it.

    Args:
        path: of a study's folder or database, whose last run's policy it is; or of a pipeline file.
        targets: for each number of accounts.
        accounts: from which the attacker writes.
        seed: of the people and of the key.

    Raises:
        ConfigError: too many targets, or fewer than `SURE` where the policy did not withstand the last attack.
        StoreError: no study, or none that says how it was made.
    """
    tried = _tried(path)
    _refuse_fewer(tried, targets)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="logminer-attack-") as named, _own_key(named, seed):
        folder = Path(named)
        world = make_world(targets, accounts=accounts, seed=seed)
        reporter.say(f"{len(world.targets):,} targets, {len(world.chats):,} conversations")
        world.write(folder / "dump.parquet")
        file = _pipeline(tried, folder)
        run(prepare(file, folder), reporter)
        pseudonyms = Pseudonyms(load_key(), PROJECT)
        figures += _by_names(world, carelessly(file.study), "weakened")
        figures += _by_names(world, _released(file.study, folder, reporter), "default")
        figures += _counted(tried.policy, targets, accounts, pseudonyms)
        figures += [dictionary(world.targets, pseudonyms, PROJECT, keyed=k) for k in (False, True)]
        figures.append(inversion(file.study, world.targets[:INVERTED], pseudonyms, tried.embed))
    why = tuple(_against(figures, targets))
    result = AttackResult(
        tried.folder.root, tried.policy.digest or "", tuple(figures), not why, why
    )
    keep_attack(tried.folder, result.policy, _kept(result, targets, seed))
    return result


def _tried(path: Path) -> _Tried:
    if path.suffix in (".yaml", ".yml"):
        file = read_pipeline_file(path)
        return _Tried(file.folder, Policy.of(file), file.anonymise, file.embed, file.cluster)
    folder = StudyFolder.of(path)
    with open_session(folder.root) as session:
        ran = last_run(session)
    policy = Policy.kept(ran.options if ran else {})
    if ran is None or policy.digest is None:
        raise StoreError(
            f"{folder.root}: nothing says by which policy it was made: run the pipeline again, or name its file"
        )

    def said(key: str) -> dict[str, Any]:
        # A file that was read, or a folder with a model, stands there as a hash.
        options: dict[str, Any] = ran.options.get(key, {})
        return {
            name: value for name, value in options.items() if name not in ("recognizers", "ner")
        }

    where = f"{folder.root}: its last run"
    known = {
        name: said("cluster")[name]
        for name in ClusterOptions.model_fields
        if name in said("cluster")
    }
    return _Tried(
        folder,
        policy,
        parse(AnonymiseOptions, said("anonymise"), where),
        parse(EmbedOptions, said("embed"), where),
        parse(ClusterSettings, known, where),
    )


def _refuse_fewer(tried: _Tried, targets: int) -> None:
    """Raises ConfigError: the policy did not hold, and fewer targets, or others that are as few, cannot show that it does."""
    last = attacked(tried.folder, tried.policy.digest or "")
    if last and not last.passed and targets < max(SURE, last.targets):
        raise ConfigError(
            f"{tried.folder.root}: the last attack on this policy did not hold, and that others are not found out by chance says"
            f" nothing against it: --targets {max(SURE, last.targets)}, which are judged by the strict rule, or change the policy"
        )


def _pipeline(tried: _Tried, folder: Path) -> PipelineFile:
    """The study of the invented people, in everything that decides what a release tells as the one that is tried."""
    cluster = {"map": None, "namer": None, "refits": 0}
    return PipelineFile(
        study=folder / "study",
        project=PROJECT,
        source=SourceSpec(path=str(folder / "dump.parquet")),
        anonymise=tried.anonymise,
        judge=parse(JudgeOptions, JUDGE, "attack: judge"),
        embed=tried.embed,
        cluster=tried.cluster.model_copy(update=cluster),
        release=tried.policy.release,
        privacy=tried.policy.privacy,
        workers=0,
    )


@contextlib.contextmanager
def _own_key(folder: str, seed: int) -> Iterator[None]:
    """A key of the attack's own, and a place for its ledger: neither the study's people nor its ledger are touched."""
    names = KEY_VARIABLE, KEY_FILE_VARIABLE, CONFIGURATION_VARIABLE
    kept = {name: os.environ.pop(name, None) for name in names}
    os.environ[CONFIGURATION_VARIABLE] = folder
    try:
        path = key_file()
        path.parent.mkdir()
        path.write_text(hashlib.sha256(f"attack {seed}".encode()).hexdigest(), "ascii")
        path.chmod(0o600)
        yield
    finally:
        del os.environ[CONFIGURATION_VARIABLE]
        os.environ.update({name: value for name, value in kept.items() if value is not None})


def _released(study: Path, folder: Path, reporter: Reporter) -> ShownNames:
    """What the policy lets out; a release that is refused lets out nothing."""
    out = folder / "release.duckdb"
    try:
        release(study, out, unattacked=True)
    except ReleaseRefused as refused:
        reporter.say(f"note: the release was refused: {refused}")
        return ShownNames({})
    return released(out)


def _by_names(world: InventedWorld, seen: ShownNames, policy: str) -> Iterator[Figure]:
    by_accounts: dict[int, list[int]] = {}
    for place, target in enumerate(world.targets):
        by_accounts.setdefault(target.accounts, []).append(place)
    for accounts, places in by_accounts.items():
        own = [world.targets[place] for place in places]
        claims = [claim(seen, target) for target in own]
        secrets = [target.secret for target in own]
        yield of_claims("names", policy, accounts, claims, secrets, len(ILLNESSES))


def _counted(
    policy: Policy, targets: int, accounts: Sequence[int], pseudonyms: Pseudonyms
) -> Iterator[Figure]:
    """Attacks on counts; where these are noisy, ε bounds them."""
    if policy.privacy is not None:
        return
    declared = policy.release
    writing = sorted({*accounts, declared.min_users - 1})
    yield from tipping(declared.min_users, declared.contribution, targets, writing, pseudonyms)
    key = load_key()
    yield from differencing(declared.min_users, declared.contribution, targets, writing, key)


def _against(figures: Sequence[Figure], targets: int) -> Iterator[str]:
    if targets < FEWEST:
        yield f"of {targets} targets nothing can be said: at least {FEWEST}"
    weakened: dict[str, list[Figure]] = {}
    for one in figures:
        named = one.attack if one.accounts is None else f"{one.attack}, {one.accounts} accounts"
        if one.gated and one.policy == "default" and not one.held:
            yield f"{named}: {one.excess:.3f} more than by guessing"
        if one.policy == "weakened":  # few targets tell nothing of one number of accounts
            weakened.setdefault(named if one.n >= SURE else one.attack, []).append(one)
    for named, alike in weakened.items():
        if sum(one.excess for one in alike) < WEAK * len(alike):
            yield f"{named}: what is not protected held too, so that the attack proves nothing"


def _kept(result: AttackResult, targets: int, seed: int) -> Mapping[str, Any]:
    now = datetime.datetime.now(datetime.UTC)
    return {
        "passed": result.passed,
        "at": now.isoformat(timespec="seconds"),
        "version": importlib.metadata.version("logminer"),
        "targets": targets,
        "seed": seed,
        "figures": [figure.as_json() for figure in result.figures],
    }
