"""Where things lie in a study's folder, each named here and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from logminer.files.objects import AnyPath
from logminer.files.places import located
from logminer.files.sealing import ENCRYPTION_MARK

__all__ = ["DATABASE", "FORGOTTEN", "MARK", "SUITES", "StudyFolder"]

DATABASE = "study.duckdb"
MARK = ".study"
SUITES = "suites"
FORGOTTEN = "forgotten.parquet"


class StudyFolder(NamedTuple):
    """`study/`: what a run computes, what people say, and the database made of both.

    Attributes:
        root: the folder.
        kept_at: where the parts are to lie; None: where they lie already, else in the folder.
    """

    root: Path
    kept_at: AnyPath | None = None

    @classmethod
    def of(cls, path: Path) -> StudyFolder:
        """The folder, named by itself or by the database in it."""
        return cls(path.parent if path.name == DATABASE else path)

    @property
    def database(self) -> Path:
        """What analysts read."""
        return self.root / DATABASE

    @property
    def next_database(self) -> Path:
        """The copy that a publication brings up to date."""
        return self.root / f".{DATABASE}.next"

    @property
    def vectors(self) -> Path:
        """Files with the vectors of responses: see `vectors`."""
        return self.root / "vectors"

    @property
    def vectors_database(self) -> Path:
        """Shows them as one table to whoever reads the database without us."""
        return self.root / "vectors.duckdb"

    @property
    def next_vectors_database(self) -> Path:
        """What a publication puts in its place."""
        return self.root / ".vectors.duckdb.next"

    @property
    def lock(self) -> Path:
        """Held by the one that writes."""
        return self.root / ".lock"

    @property
    def parts(self) -> AnyPath:
        """A folder for each stage and fingerprint; see `parts.PartFolder`."""
        if self.kept_at is not None:
            return self.kept_at
        try:
            return located(self.parts_at.read_text("utf-8"))
        except OSError:
            return self.own_parts

    @property
    def own_parts(self) -> Path:
        """Where parts lie unless somebody says otherwise."""
        return self.root / "parts"

    @property
    def parts_at(self) -> Path:
        """Says where else they lie: a folder, or a URL."""
        return self.root / "parts_at"

    @property
    def mark(self) -> Path:
        """Says what the study is known by where its parts lie: see `placing`."""
        return self.root / MARK

    @property
    def encryption(self) -> Path:
        """Says that the study is encrypted: see `files.sealing`."""
        return self.root / ENCRYPTION_MARK

    @property
    def published(self) -> Path:
        """Of an encrypted database: which states of it were published. See `publication`."""
        return self.root / "published.json"

    @property
    def maps(self) -> Path:
        """Cluster maps, each under the name of the way in which it was found."""
        return self.root / "maps"

    @property
    def latest_map(self) -> Path:
        """Holds the name of the map that was kept last."""
        return self.maps / "latest"

    @property
    def lineage(self) -> Path:
        """What became of clusters when they were found anew."""
        return self.maps / "lineage"

    @property
    def runs(self) -> Path:
        """A record of each run."""
        return self.root / "runs"

    @property
    def votes(self) -> Path:
        """What judge models said."""
        return self.root / "votes.sqlite"

    @property
    def titles(self) -> Path:
        """What a namer called clusters: see `run.namer`."""
        return self.root / "titles.json"

    @property
    def analyst(self) -> Path:
        """What an analyst said of pairs of answers, a file for each question; it can be deleted, and is asked again then."""
        return self.root / "analyst"

    @property
    def contents(self) -> Path:
        """What the files that a run reads hold, as hashes: see `files.identity`."""
        return self.root / "contents.json"

    @property
    def matched(self) -> Path:
        """Which parts take what recorded answers say now: see `pipeline.rematched`; it can be deleted."""
        return self.root / "matched.json"

    @property
    def made_of(self) -> Path:
        """Which files it was made of: see `run.made_of`; it can be deleted."""
        return self.root / "made_of.json"

    @property
    def asked_as(self) -> Path:
        """How servers want to be asked: see `pipeline.adapting`."""
        return self.root / "asked_as.json"

    @property
    def project(self) -> Path:
        """The domain of the study's pseudonyms: see `pipeline.projects`."""
        return self.root / "project.json"

    @property
    def suites(self) -> Path:
        """A study for each suite, by its name."""
        return self.root / SUITES

    @property
    def nested(self) -> tuple[StudyFolder, ...]:
        """The studies of suites that are there, by name."""
        there = sorted(self.suites.glob("[!.]*")) if self.suites.is_dir() else []
        return tuple(StudyFolder(path) for path in there if path.is_dir())

    @property
    def above(self) -> tuple[Path, ...]:
        """Where this is a suite's study: the folder of the one that it belongs to, and of all its suites."""
        is_suites = self.root.parent.name == SUITES
        return (self.root.parent.parent, self.root.parent) if is_suites else ()

    @property
    def board(self) -> Path:
        """What this study and those of the suites say together: see `board`."""
        return self.root / "board.duckdb"

    @property
    def attacks(self) -> Path:
        """What `attack` found out of people by what the study's policy would release: see `release.attacked`."""
        return self.root / "attacks.json"

    @property
    def halves(self) -> Path:
        """Which half each user is on: see `store.halves`."""
        return self.root / "halves.parquet"

    @property
    def forgotten(self) -> Path:
        """Who is not to come back: see `store.forgotten`. A suite's study has that of the pipeline's."""
        return (self.above[0] if self.above else self.root) / FORGOTTEN

    @property
    def forgotten_for_workers(self) -> AnyPath:
        """The same where every worker reads it: where parts lie elsewhere, a copy among them."""
        return self.forgotten if self.parts == self.own_parts else self.parts / FORGOTTEN

    @property
    def forgetting(self) -> Path:
        """Is there while somebody is being taken out; left by a call that was cut off."""
        return self.root / "forgetting"

    @property
    def human_labels(self) -> Path:
        """What people said of single responses."""
        return self.root / "human_labels.parquet"

    @property
    def kept(self) -> tuple[Path, ...]:
        """What a run leaves for others to read, where others may."""
        folders = (self.own_parts, self.vectors, self.maps, self.runs, self.analyst, self.suites)
        said = (self.votes, self.titles)
        files = (
            self.database,
            self.vectors_database,
            *said,
            self.contents,
            self.matched,
            self.made_of,
            self.asked_as,
            self.project,
            self.parts_at,
            self.mark,
            self.encryption,
            self.published,
        )
        said_of = (self.halves, self.human_labels, self.forgotten, self.forgetting)
        return (*folders, *files, *said_of, self.board, self.lock)
