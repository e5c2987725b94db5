"""Proof of privacy: looks for what must not be there in everything that a study's folder holds.

A search through the bytes of the files is no audit, since compressed columns hide what is in them; so every column of
every part and table is decoded first, and the bytes of every file are searched as well: write-ahead log, spill,
temporary and hidden files, logs, the report.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from logminer.audit.canaries import Seeker
from logminer.audit.findings import (
    Audit,
    Canary,
    CertainFind,
    HashedIdFind,
    Hit,
    Kind,
    Quasi,
    Undecoded,
)
from logminer.audit.forms import Form
from logminer.audit.leaves import LeafPlace, json_leaves, leaves
from logminer.audit.leftovers import (
    KINDS,
    blanked,
    certain,
    is_own_hash,
    occurrences,
    quasi_identifiers,
)
from logminer.audit.passages import (
    CATALOGUE,
    TABLES,
    Database,
    Known,
    Passage,
    known_beside,
    known_in,
    nobody,
    order,
    passages_of,
    place_of_part,
    query_of,
    stem_of,
    table_of,
)
from logminer.audit.rawids import HashedIds
from logminer.audit.studyfiles import (
    CHUNK,
    PARQUET,
    FileKind,
    StudyWords,
    files_of,
    frames,
    kind_of,
    lines_of,
    name_in,
    opened,
    sqlite_columns,
    starts_with,
)
from logminer.audit.vouching import vouched
from logminer.errors import ConfigError, StoreError
from logminer.files.jsonread import read_json
from logminer.files.objects import AnyPath
from logminer.privacy.redact import spare
from logminer.store.layout import DATABASE, SUITES, StudyFolder
from logminer.store.segments import open_table

__all__ = ["audit", "read_canaries", "read_ids"]

BATCH_ROWS = 2_048  # of a table
MOST_QUASI = 3  # kinds that a conversation had better not tell together
SMALLEST = 64  # bytes of a file in which something could be packed
WITHHELD = "(name withheld)"  # of a file or column whose name gives something away

# What is no conversation, but the pipeline's author's or our own; canaries are sought in it, identifiers are not.
AUTHORED: dict[str, tuple[str, ...]] = {
    "categories": ("taxonomy", "title", "definition", "source", "parent", "category_id"),
    "checkpoints": ("checkpoint", "model", "options"),
    "runs": ("pipeline", "margins", "summary"),
}
OpenDatabase = Callable[[Path], AbstractContextManager[Database]]


def audit(
    study: Path,
    database: OpenDatabase,
    *,
    canaries: Sequence[Canary] = (),
    ids: Sequence[str] = (),
) -> Audit:
    """Search a study's folder, or one file, for canaries, proven identifiers and hashes of known ids.

    Args:
        study: the folder; nothing in it is changed.
        database: opens a database file for reading: `store.session.Session`.
        canaries: planted values.
        ids: raw ids of the dump, of which no plain hash may be there.

    Raises:
        StoreError: there is no such folder or file.
        SecretError: it is encrypted, and the key is not at hand.
    """
    if not study.exists() or study.suffix in (".yaml", ".yml"):
        raise StoreError(f"{study}: no folder or file of a study; give the folder of one")
    return _Auditor(study, database, canaries, ids).run()


def read_canaries(path: Path, kind: Kind = "plumbing") -> list[Canary]:
    """Canaries, one a line; blank lines are skipped but counted.

    A line that begins with `plumbing` or `detector` and a tab says itself of which kind the rest is.

    Raises:
        ConfigError: the file cannot be read.
    """
    found = []
    for index, line in enumerate(_lines(path)):
        head, tab, rest = line.partition("\t")
        if tab and head == "plumbing":
            canary = Canary(index, "plumbing", rest)
        elif tab and head == "detector":
            canary = Canary(index, "detector", rest)
        else:
            canary = Canary(index, kind, line)
        if canary.text.strip():
            found.append(canary)
    return found


def read_ids(path: Path) -> list[str]:
    """Known raw ids, one a line; a blank line stands for none, so that an index is a line.

    Raises:
        ConfigError: the file cannot be read.
    """
    return _lines(path)


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    return text.replace("\r\n", "\n").split("\n")


# ---- the walk ---------------------------------------------------------------------------------------------------


class _Tally:
    """What was found → where: of several batches of an artefact, the first row, and the cells of all."""

    def __init__(self) -> None:
        self._places: dict[tuple[Any, ...], LeafPlace | None] = {}

    def add(self, key: tuple[Any, ...], place: LeafPlace | None) -> None:
        known = self._places.get(key)
        both = known._replace(n=known.n + place.n) if known and place else known or place
        self._places[key] = both

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """What was found, then row and cells."""
        for key, place in self._places.items():
            yield (*key, *(place or (None, 1)))


class _Auditor:
    def __init__(
        self, study: Path, database: OpenDatabase, canaries: Sequence[Canary], ids: Sequence[str]
    ) -> None:
        self._root = study if study.is_dir() else study.parent
        self._studies = (StudyFolder(self._root), *StudyFolder(self._root).nested)
        self._away = {s.parts: s.own_parts for s in self._studies if s.parts != s.own_parts}
        self._files = {path: kind_of(path) for path in files_of(study, self._away)}
        self._open_database = database
        self._canaries = tuple(canaries)
        self._of: dict[Kind, list[Canary]] = {"plumbing": [], "detector": []}
        for canary in canaries:
            self._of[canary.kind].append(canary)
        self._seekers = {kind: Seeker([c.text for c in some]) for kind, some in self._of.items()}
        self._ids = HashedIds(ids)
        self._hits, self._certain, self._hashed = _Tally(), _Tally(), _Tally()
        self._undecoded: list[Undecoded] = []
        self._clear: set[int] = (
            set()
        )  # keys of passages that tell nothing; most are in several tables
        self._surrogates: set[int] = set()  # hashes of what stands in redactions
        self._replaced: tuple[tuple[Path, str] | None, dict[str, frozenset[str]]] = (None, {})
        self._labels: dict[str, str] = {}
        self._quasi: dict[
            tuple[str, str], Counter[str]
        ] = {}  # of each study its database and parts
        self._texts = self._bytes = 0

    def run(self) -> Audit:
        for path in self._files:
            self._name(path)
        for path in self._of_kind("duckdb"):
            self._decoded(path, self._database)
        for path in sorted(self._of_kind("parquet"), key=place_of_part):
            self._decoded(path, self._part)
        for path in self._of_kind("sqlite"):
            self._decoded(path, self._sqlite)
        for path in self._of_kind("json", "html", "text"):
            self._decoded(path, self._document)
        for path in self._files:
            self._decoded(path, self._raw)
        return Audit(
            hits=tuple(self._hit(*found) for found in self._hits),
            certain_finds=tuple(CertainFind(*found) for found in self._certain),
            hashed_ids=tuple(HashedIdFind(*found) for found in self._hashed),
            quasi_identifiers=self._quasi_identifiers(),
            undecoded=tuple(self._undecoded),
            canaries=self._canaries,
            whole_words=sum(len(seeker.whole_words) for seeker in self._seekers.values()),
            files=len(self._files),
            bytes=self._bytes,
            texts=self._texts,
            parts=vouched(self._studies, self._files, self._artefact),
        )

    def _of_kind(self, *kinds: FileKind) -> list[AnyPath]:
        return [path for path, kind in self._files.items() if kind in kinds]

    def _decoded(self, path: AnyPath, decode: Callable[[AnyPath], None]) -> None:
        """What a library says of a damaged file may quote it, so only the kind of error is told."""
        try:
            decode(path)
        except Exception as error:
            if path.exists():
                kind, self._files[path] = self._files[path], "bytes"
                self._cannot(path, f"{kind} that cannot be read ({type(error).__name__})")

    def _cannot(self, path: AnyPath, reason: str) -> None:
        self._undecoded.append(Undecoded(self._artefact(path), reason))

    # ---- names

    def _name(self, path: AnyPath) -> None:
        name = name_in(self._root, path, self._away)
        if self._artefact(path) == WITHHELD:
            self._look(WITHHELD, "name", [name], _somewhere)

    def _artefact(self, path: AnyPath) -> str:
        return self._label(name_in(self._root, path, self._away))

    def _label(self, name: str) -> str:
        """The name of a file, table or column, unless it gives something away."""
        if name not in self._labels:
            told = any(seeker.in_texts([name]) for seeker in self._seekers.values())
            parts = [part for part in name.split("/") if not is_own_hash(part.split(".")[0])]
            told = told or any(certain(part) for part in parts)
            self._labels[name] = WITHHELD if told else name
        return self._labels[name]

    # ---- tables

    def _database(self, path: AnyPath) -> None:
        assert isinstance(path, Path)
        # Two sessions: a question asked in between would end the reading of a table.
        with self._open_database(path) as session, self._open_database(path) as asked:
            for query in CATALOGUE:
                batches = session.sql(query).to_arrow_reader(BATCH_ROWS)
                self._table(f"{self._artefact(path)}:catalogue", "", batches, nobody)
            known = functools.lru_cache(100_000)(functools.partial(known_in, asked))
            for schema, table in sorted(session.rows(TABLES), key=lambda name: order(name[1])):
                batches = session.sql(query_of(session, schema, table)).to_arrow_reader(BATCH_ROWS)
                self._table(f"{self._artefact(path)}:{self._label(table)}", table, batches, known)

    def _part(self, path: AnyPath) -> None:
        with open_table(path) as file:
            groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
            row_bytes = sum(g.total_byte_size for g in groups) / max(1, file.metadata.num_rows)
            rows = max(1, min(65_536, int(CHUNK / max(1.0, row_bytes))))
            batches = file.iter_batches(rows, use_threads=False)
            self._table(self._artefact(path), table_of(file), batches, self._known(path))

    def _known(self, path: AnyPath) -> Known:
        """What the prompts of a slice replaced; read when it is first asked for, and kept for the slice's other parts."""
        stem = stem_of(path)
        own = [s for s in self._studies[1:] if {s.root, s.parts}.intersection(path.parents)]
        study = own[0].root if own else self._root

        def known(prompt_id: str) -> frozenset[str]:
            if self._replaced[0] != (study, stem):
                self._replaced = ((study, stem), known_beside(study, stem))
            return self._replaced[1].get(prompt_id, frozenset())

        return known

    def _table(
        self, artefact: str, table: str, batches: Iterable[pa.RecordBatch], known: Known
    ) -> None:
        first = 0
        for batch in batches:
            passages = list(passages_of(batch, first))
            detected = {passage.column for passage in passages}
            rows = np.arange(first, first + batch.num_rows)
            for name, array in zip(batch.schema.names, batch.columns, strict=True):
                for leaf in leaves(name, array, rows):
                    self._look(
                        artefact,
                        leaf.column,
                        leaf.texts,
                        leaf.place,
                        judged=leaf.is_text and name not in AUTHORED.get(table, ()),
                        detected=leaf.column in detected,
                    )
            self._detect(artefact, passages, known)
            if table == "conversations":
                self._count_quasi_identifiers(artefact, passages)
            first += batch.num_rows

    def _sqlite(self, path: AnyPath) -> None:
        for table, column, first, texts in sqlite_columns(path):
            at = functools.partial(_line, first)
            self._look(f"{self._artefact(path)}:{self._label(table)}", column, texts, at)

    # ---- files of text

    def _document(self, path: AnyPath) -> None:
        artefact, kind = self._artefact(path), self._files[path]
        if kind == "json":
            self._json(path)
            return
        if kind == "html":
            words = StudyWords()
            words.feed(opened(path).read().decode("utf-8", "replace"))
            self._look(artefact, None, words.texts, _somewhere)
        for first, lines in lines_of(path):
            at = functools.partial(_line, first)
            self._look(artefact, None, lines, at, judged=kind != "html")

    def _json(self, path: AnyPath) -> None:
        ran = any(path.parent == study.runs for study in self._studies)
        authored = AUTHORED["runs"] if ran else ()
        columns: dict[str, list[str]] = {}
        text = opened(path).read().decode("utf-8", "replace")
        try:
            said = read_json(text)
        except ValueError:  # no record of ours: whatever it is, it is searched
            said = text
        for column, text in json_leaves(said):
            columns.setdefault(column, []).append(text)
        for column, texts in columns.items():
            judged = column.split(".")[0] not in authored
            self._look(self._artefact(path), column, texts, _somewhere, judged=judged)

    # ---- bytes

    def _raw(self, path: AnyPath) -> None:
        decoded = self._files[path] != "bytes"
        seekers = {k: s for k, s in self._seekers.items() if k == "plumbing" or not decoded}
        overlap = max(seeker.overlap for seeker in seekers.values())
        artefact = self._artefact(path)
        with path.open("rb") as file:
            tail = b""
            while chunk := file.read(CHUNK):
                self._bytes += len(chunk)
                self._search_bytes(artefact, seekers, tail + chunk, decoded=decoded)
                tail = chunk[-overlap:]
        if decoded or path.stat().st_size < SMALLEST or self._is_log_of_a_database(path):
            return
        packed = False
        for unpacked in frames(path):
            packed = True
            self._search_bytes(artefact, seekers, unpacked, decoded=False)
        reported = any(u.artefact == artefact for u in self._undecoded)
        # A part that was cut off when its run was killed: its pages are what it holds.
        if not reported and not (packed and starts_with(path, PARQUET)):
            self._cannot(path, "unknown format")

    def _is_log_of_a_database(self, path: AnyPath) -> bool:
        """Whether this is a write-ahead log: DuckDB's, which was read with its database, or SQLite's, whose pages are plain."""
        name = str(path).removesuffix("-wal").removesuffix("-shm")
        beside = path.suffix == ".wal" and self._files.get(path.with_suffix("")) == "duckdb"
        return beside or (name != str(path) and self._files.get(Path(name)) == "sqlite")

    def _search_bytes(
        self, artefact: str, seekers: Mapping[Kind, Seeker], data: bytes, *, decoded: bool
    ) -> None:
        for kind, seeker in seekers.items():
            for canary, form in seeker.in_bytes(data) if decoded else seeker.in_undecoded(data):
                self._hits.add((artefact, None, form, kind, canary), None)

    # ---- what is looked for

    def _look(
        self,
        artefact: str,
        column: str | None,
        texts: Sequence[str],
        place: Callable[[int], LeafPlace | None],
        *,
        judged: bool = True,
        detected: bool = False,
    ) -> None:
        """Canaries and hashed ids in texts, and identifiers where they are `judged` and not `detected` (see `_detect`)."""
        self._texts += len(texts)
        label = column and self._label(column)
        for kind, seeker in self._seekers.items():
            if kind == "plumbing" or not detected:
                for match in seeker.in_texts(texts):
                    key = (artefact, label, match.form, kind, match.canary)
                    self._hits.add(key, place(match.text))
        for found in self._ids.in_texts(texts):
            self._hashed.add((artefact, found.algorithm, found.known, label), place(found.text))
        if judged and not detected:
            for number, text in enumerate(texts):
                if is_own_hash(text):
                    continue
                left = [s for s in certain(text) if not self._is_surrogate(text[s.start : s.end])]
                for entity_type in {span.entity_type for span in left}:
                    self._certain.add((artefact, entity_type, label), place(number))

    def _detect(self, artefact: str, passages: Sequence[Passage], known: Known) -> None:
        """Detector canaries and identifiers in texts that the detectors have been through."""
        for p in passages:
            self._surrogates |= {hash(p.text[a:b].casefold()) for a, b in p.ranges}
        fresh = [p for p in passages if p.key() not in self._clear]
        seeker = self._seekers["detector"]
        found: dict[int, list[tuple[Form, int]]] = {}
        for match in seeker.in_texts([blanked(p.text, p.ranges) for p in fresh]):
            found.setdefault(match.text, []).append((match.form, match.canary))
        for number, p in enumerate(fresh):
            spans = certain(p.text, p.ranges)
            spans = [s for s in spans if not self._is_surrogate(p.text[s.start : s.end])]
            canaries = found.get(number, [])
            if p.prompt_id and (spans or canaries) and (replaced := known(p.prompt_id)):
                spans = spare(p.text, spans, replaced)
                repeated = [*p.ranges, *occurrences(p.text, replaced)]
                again = seeker.in_texts([blanked(p.text, repeated)]) if canaries else []
                canaries = [(m.form, m.canary) for m in again]
            for form, canary in canaries:
                self._hits.add((artefact, p.column, form, "detector", canary), LeafPlace(p.row, 1))
            for entity_type in {span.entity_type for span in spans}:
                self._certain.add((artefact, entity_type, p.column), LeafPlace(p.row, 1))
            if not spans and not canaries:
                self._clear.add(p.key())

    def _is_surrogate(self, text: str) -> bool:
        return hash(text.casefold()) in self._surrogates

    def _hit(
        self,
        artefact: str,
        column: str | None,
        form: Form,
        kind: Kind,
        canary: int,
        row: int | None,
        n: int,
    ) -> Hit:
        whole_word = canary in self._seekers[kind].whole_words
        index = self._of[kind][canary].line
        return Hit(artefact, form, index, kind, column, row, n, whole_word)

    # ---- quasi-identifiers

    def _count_quasi_identifiers(self, artefact: str, passages: Sequence[Passage]) -> None:
        told: dict[int, set[str]] = {}
        for p in passages:
            kinds = told.setdefault(p.row, set())
            if p.role == "user" and p.column == "messages.content":
                kinds |= quasi_identifiers(p.text, p.ranges)
        study = "/".join(artefact.split("/")[:2]) if artefact.startswith(f"{SUITES}/") else ""
        published = artefact.endswith(f"{DATABASE}:conversations")
        counts = self._quasi.setdefault((study, "database" if published else "parts"), Counter())
        for kinds in told.values():
            counts.update(["conversations", *kinds])
            counts["many"] += len(kinds) >= MOST_QUASI

    def _quasi_identifiers(self) -> Quasi:
        """Of the published conversations; of all that are in parts where nothing is published."""
        counts = Counter[str]()
        for study, where in self._quasi:
            if where == "database" or (study, "database") not in self._quasi:
                counts += self._quasi[study, where]
        kinds = {kind: counts[kind] for kind in KINDS}
        return Quasi(counts["conversations"], kinds, counts["many"])


def _somewhere(_: int) -> None:
    return None


def _line(first: int, number: int) -> LeafPlace:
    return LeafPlace(first + number, 1)
