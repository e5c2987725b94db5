"""`logminer release`: the one way by which figures leave. A study is read once, what may be told is worked out, and it is written."""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logminer.compare.options import CompareOptions
from logminer.errors import ReleaseRefused, StoreError
from logminer.ids import load_key
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.policy import Policy
from logminer.pipeline.releasing import PrivacyOptions
from logminer.pipeline.suitefile import LOGS
from logminer.release.attacked import Attacked, attacked
from logminer.release.card import card_rows
from logminer.release.cells import BASE, Cell, Sum
from logminer.release.cube import CountedCube, count
from logminer.release.drawing import draw, own_pseudonyms
from logminer.release.drawn import Drawn
from logminer.release.facts import read_facts
from logminer.release.history import held_against, pooled_before, refuse_near_suites
from logminer.release.ledger import KeptRelease, Ledger, LedgerEntry
from logminer.release.noise import require_noise
from logminer.release.noisy import noisy_tables
from logminer.release.protecting import protect
from logminer.release.tables import DrawnStudy, public_tables, rounded_tables, table_of, untold
from logminer.release.thresholds import suite_stands
from logminer.schemas.release import (
    DATA_CARD,
    LEDGER,
    RELEASE,
    RELEASE_TABLES,
    VERDICTS,
)
from logminer.store.handing import handing_out
from logminer.store.layout import StudyFolder
from logminer.store.releasefile import (
    refuse_other_files,
    refuse_other_tables,
    release_file,
    release_folder,
)
from logminer.store.session import Session, open_session
from logminer.study.last_run import LastRun, last_run

__all__ = ["ReleaseWritten", "release"]

Row = dict[str, Any]
Tables = dict[str, pa.Table]


class ReleaseWritten(NamedTuple):
    """A release that was written.

    Attributes:
        out: the file.
        parquet: the folder with a file for each table; null: none was asked for.
        kind, mode, suppressed, attack, attack_targets: as in table `release`.
        headlines: a sentence for each pair.
        left_out: suite → why nothing of it is in the release.
        rows: of each table.
        notes: what whoever hands it on has to know.
    """

    out: Path
    parquet: Path | None
    release_id: str
    kind: str
    mode: str
    suppressed: int | None
    attack: str
    attack_targets: int | None
    headlines: tuple[str, ...]
    left_out: Mapping[str, str]
    rows: Mapping[str, int]
    notes: tuple[str, ...]

    def as_json(self) -> Row:
        """JSON-ready."""
        parquet = None if self.parquet is None else str(self.parquet)
        return self._asdict() | {"out": str(self.out), "parquet": parquet}


class _Source(NamedTuple):
    """What is released: studies by suite, the policy of their pipeline, and how it anonymised. Its own study lies, or would
    lie, in `folder`; `by_file`: the policy is that of a pipeline file, and not of the last run."""

    kind: str
    folder: StudyFolder
    studies: tuple[tuple[str, StudyFolder], ...]
    policy: Policy
    project: str
    anonymised: Mapping[str, Any]
    by_file: bool


def release(
    path: Path,
    out: Path,
    *,
    file: PipelineFile | None = None,
    parquet: Path | None = None,
    unattacked: bool = False,
) -> ReleaseWritten:
    """Write what of a study, or of all studies of a pipeline, may be handed on.

    Args:
        path: of a study's folder or database, or of a `board.duckdb`: of the study beside it and of those of its suites.
        out: a new file, or a release that is replaced. It is its owner's alone; to hand it on is a decision of its own.
        file: the pipeline of it; None: the policy is that of the last run.
        parquet: a folder that gets the tables as files too: a new one, or one that holds those of a release.
        unattacked: do without an attack on the policy, which the release says.

    Raises:
        ReleaseRefused: too few people are counted, they are nearly those of another release, a count cannot be protected, the
            policy was not attacked or did not hold, or what privacy may cost is spent.
        SecretError: the key is not the study's.
        StoreError: no study, another run holds it, or `out` or `parquet` is something else.
    """
    refuse_other_files(out)
    if parquet is not None:
        refuse_other_tables(parquet)
    source = _source(path, file)
    place: Row = {"out": str(out.absolute()), "parquet": parquet and str(parquet.absolute())}
    with contextlib.ExitStack() as stack:
        handed = [
            stack.enter_context(handing_out(folder, "release", place))
            for _, folder in source.studies
        ]
        sessions = [one.session for one in handed]
        making = _Making(source, sessions, unattacked=unattacked)
        made = making.tables()
        tables = [(table, made[table.name]) for table in RELEASE_TABLES]
        with release_file(out, tables), release_folder(parquet, tables):
            making.keep()  # before anything is in its place: what is out is known
            for one in handed:
                one.done(place | {"release_id": making.release_id})
    (row,) = made[RELEASE.name].to_pylist()
    return ReleaseWritten(
        out=out,
        parquet=parquet,
        release_id=making.release_id,
        kind=source.kind,
        mode=row["mode"],
        suppressed=row["suppressed"],
        attack=row["attack"],
        attack_targets=row["attack_targets"],
        headlines=tuple(made["headlines"]["sentence"].to_pylist()),
        left_out=making.left_out,
        rows={name: len(rows) for name, rows in made.items()},
        notes=tuple(making.notes),
    )


def _source(path: Path, file: PipelineFile | None) -> _Source:
    is_board = file is not None or path.name == StudyFolder(path.parent).board.name
    folder = StudyFolder(path.parent) if path.suffix == ".duckdb" else StudyFolder.of(path)
    own = [(folder.root.name if folder.above else LOGS, folder)]
    nested = [(one.root.name, one) for one in folder.nested] if is_board else []
    studies = tuple((name, one) for name, one in [*own, *nested] if one.database.is_file())
    if not studies:
        raise StoreError(f"{folder.database}: no such study database; run the pipeline first")
    kind = "board" if len(studies) > 1 or not folder.database.is_file() else "study"
    with open_session(studies[0][1].root) as session:
        ran = last_run(session) or LastRun({}, None)
    project = ran.options.get("project") or folder.root.name
    policy = Policy.of(file) if file else Policy.kept(ran.options)
    anonymised = ran.options.get("anonymise", {})
    return _Source(kind, folder, studies, policy, project, anonymised, file is not None)


class _Making:
    """One release, from the studies that are open."""

    def __init__(self, source: _Source, sessions: Sequence[Session], *, unattacked: bool) -> None:
        self._source, self._policy = source, source.policy.release
        self._attack = _tried(source) if unattacked else _held(source)
        self.release_id = uuid.uuid4().hex[:16]
        self.left_out: dict[str, str] = {}
        self.notes: list[str] = []
        self._pseudonyms = own_pseudonyms(sessions[0], load_key(), source.project)
        self._ledger = Ledger.open(source.project, self._pseudonyms.key_id)
        if _called(source) != source.project:
            self.notes.append(
                "nobody named the project: another dump in another folder would begin with an empty ledger, as if nothing had been"
                " released; set `project:` in the pipeline file before the next study (for this one to"
                f" '{source.project}', by which its ledger goes)"
            )
        self._earlier = self._ledger.kept()
        self._kept: KeptRelease | None = None
        self._began: LedgerEntry
        self._studies = self._read(sessions)

    @property
    def _least(self) -> int:
        """Drawn prompts behind each count."""
        return self._policy.min_users * self._policy.contribution

    def _read(self, sessions: Sequence[Session]) -> list[DrawnStudy]:
        studies = []
        for (suite, _), session in zip(self._source.studies, sessions, strict=True):
            own_pseudonyms(session, load_key(), self._source.project)
            options = _compared_as(session)
            private = self._source.policy.privacy is not None
            drawn = draw(
                session,
                suite,
                options,
                self._policy,
                self._pseudonyms,
                private=private,
                before=pooled_before(self._earlier, suite),
            )
            stands = suite_stands(self._pseudonyms, self._policy.min_users, suite, len(drawn.users))
            # a private release says nothing of how many there are, not by what it leaves out either
            if not private and not stands:
                unknown = "; prompts of unknown users do not count" if drawn.left_out else ""
                self.left_out[suite] = (
                    f"too few people are counted: release.min_users asks for {self._policy.min_users}, and the key for some"
                    f" more{unknown}"
                )
                continue
            if not drawn.known:
                self.notes.append(
                    f"{suite}: users are unknown, and each wording counts as a person: one person may be behind all of them"
                )
            facts = read_facts(session, drawn, options, self._policy, self._pseudonyms)
            studies.append(DrawnStudy(drawn, facts))
        if not studies:
            whys = "; ".join(f"{suite}: {why}" for suite, why in self.left_out.items())
            raise ReleaseRefused(f"there is nothing to release ({whys})")
        return studies

    def tables(self) -> Tables:
        """All of them, by name; what is spent is spent."""
        privacy = self._source.policy.privacy
        made = public_tables(self._studies, private=privacy is not None)
        made |= self._rounded() if privacy is None else self._noisy(privacy)
        row = self._row(made, privacy)
        made |= {
            RELEASE.name: table_of(RELEASE, [row]),
            LEDGER.name: table_of(LEDGER, self._entries()),
        }
        card = card_rows(row, made, self._source.anonymised)
        return made | {DATA_CARD.name: table_of(DATA_CARD, card)}

    def _rounded(self) -> Tables:
        suites = [one.drawn for one in self._studies]
        refuse_near_suites(suites, self._policy.min_users)
        counted = [count([drawn], self._least, self._pseudonyms) for drawn in suites]
        told: dict[Cell, int | None] = {}
        sums: list[Sum] = []
        for drawn, mine in zip(suites, counted, strict=True):
            begins = len(told)
            asked = self._policy.min_users, self._policy.contribution
            earlier = list(held_against(drawn, self._earlier, *asked, suites))
            told |= mine.cube.read(self._protected(drawn, mine, earlier))
            sums += [
                Sum(begins + whole, tuple(begins + part for part in parts))
                for whole, parts in mine.cube.sums_read()
            ]
        self._began = began = self._ledger.begin(self.release_id, self._source.kind, "rounded")
        people = frozenset(digest for one in suites for digest in one.digests)
        self._kept = KeptRelease(
            self.release_id,
            began.made_at,
            self._least,
            BASE,
            told,
            people,
            tuple(sums),
            self._policy.contribution,
        )
        return rounded_tables(self._studies, counted, told, self._policy)

    def _protected(
        self, drawn: Drawn, counted: CountedCube, earlier: Sequence[KeptRelease]
    ) -> NDArray[np.bool_]:
        """Which cells of a study are told."""
        return protect(
            counted.cube,
            self._least,
            earlier=earlier,
            people=frozenset(drawn.digests),
            fixed=counted.fixed,
            shown=counted.shown,
            leasts=counted.least,
            contribution=self._policy.contribution,
        ).told

    def _noisy(self, privacy: PrivacyOptions) -> Tables:
        """What it takes is written down before any noise is drawn."""
        require_noise()
        self._began = self._ledger.begin(
            self.release_id,
            self._source.kind,
            "noisy",
            privacy.epsilon,
            privacy.delta,
            privacy.project_epsilon or privacy.epsilon,
            privacy.project_delta or privacy.delta,
        )
        return noisy_tables(self._studies, privacy)

    def _row(self, made: Mapping[str, pa.Table], privacy: PrivacyOptions | None) -> Row:
        """Of table `release`."""
        attack, policy = self._attack, self._policy
        row: Row = {
            "release_id": self.release_id,
            "made_at": self._began.made_at,
            "version": importlib.metadata.version("logminer"),
            "project": _called(self._source),
            "kind": self._source.kind,
            "min_users": policy.min_users,
            "accept_unknown_users": policy.accept_unknown_users,
            "attack": "not run" if attack is None else "passed" if attack.passed else "failed",
            "attacked_at": attack.at if attack else None,
            "attack_targets": attack.targets if attack else None,
        }
        if privacy is not None:
            return row | {
                "mode": "noisy",
                "contribution": privacy.contribution,
                "epsilon": privacy.epsilon,
                "delta": privacy.delta,
            }
        n_people = max((n for n in made[VERDICTS.name]["n"].to_pylist() if n), default=None)
        return row | {
            "mode": "rounded",
            "contribution": policy.contribution,
            "base": BASE,
            "n_people": None if n_people is None else n_people // policy.contribution,
            "suppressed": untold(made),
        }

    def _entries(self) -> list[Row]:
        """Of table `ledger`: once somebody reads it, this release is done."""
        entries = [one._asdict() for one in self._ledger.entries()]
        mine = {"release_id": self.release_id}
        return [row | {"state": "done"} if row.items() >= mine.items() else row for row in entries]

    def keep(self) -> None:
        """Say in the ledger that the release is there."""
        self._ledger.done(self.release_id, self._kept)


def _called(source: _Source) -> str:
    """The project; one that nobody named without the hash of the dump that it has."""
    made_up = re.fullmatch(r"(.+)-[0-9a-f]{12}", source.project)
    return made_up[1] if made_up else source.project


def _tried(source: _Source) -> Attacked | None:
    """The last attack on the policy."""
    digest = source.policy.digest
    return attacked(source.folder, digest) if digest else None


def _held(source: _Source) -> Attacked:
    """The attack that the policy withstood.

    Raises:
        ReleaseRefused: there is none.
    """
    found = _tried(source)
    whose = "the same pipeline file" if source.by_file else source.folder.root
    if found is None:
        raise ReleaseRefused(
            f"nobody has attacked this policy yet: `logminer attack` of {whose} does, and --no-attack releases without,"
            " which the release says"
        )
    if not found.passed:
        raise ReleaseRefused(
            "the last attack on this policy gave people away: change the policy, or see `logminer attack`; --no-attack"
            " releases all the same, which the release says"
        )
    return found


def _compared_as(session: Session) -> CompareOptions:
    """How a study was compared."""
    ran = last_run(session)
    said = ran.options.get("compare", {}) if ran else {}
    known = {name: said[name] for name in CompareOptions.model_fields if name in said}
    return CompareOptions.model_validate(known, strict=False)
