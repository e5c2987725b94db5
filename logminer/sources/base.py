"""What a dump format is, and a slice of a dump: the unit of work that a worker turns into raw conversations."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeVar

import pyarrow as pa

from logminer.errors import LogminerError, SourceError, where_failed
from logminer.files.cells import cells
from logminer.files.finding import DumpFile
from logminer.files.growing import changed
from logminer.files.identity import Stamp, stamp
from logminer.files.kinds import TABLES
from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.opening import open_table
from logminer.files.rows import Constants, Record, Rows
from logminer.messages.dialogue import before_answer, read_messages
from logminer.messages.text import text_of
from logminer.schemas import RAW_CONVERSATIONS
from logminer.sources.answers import DumpAnswer, answer_in
from logminer.sources.columns import ColumnKind
from logminer.sources.kept import Attribute, Kept
from logminer.sources.times import read_time

__all__ = [
    "DumpSlice",
    "Format",
    "Judging",
    "RawConversation",
    "RowGroup",
    "columns_of",
    "guarded",
    "require_same",
]

T = TypeVar("T")


class RawConversation(NamedTuple):
    """What a dump says of one conversation, every cell as it stands there."""

    place: int  # row of the table where it begins, from 0
    messages: Any  # the dialogue as `read_messages` takes it; None: there is none, which is a reason to reject
    conversation_id: Any = None  # None: file and row take its place
    user_id: Any = None
    prompt_id: Any = None
    model: Any = None
    created_at: Any = None
    language: Any = None


class Judging(NamedTuple):
    """What a dump of a format is likely to be judged by, for a pipeline file to start from."""

    taxonomy: str = "safety"
    category: str = "refusal"  # for which a margin is shown
    scorers: tuple[str, ...] = ()  # none: those that a pipeline has by itself
    # What names of columns begin with that tell of prompts; and of these, that tell of answers all the same.
    prompts: tuple[str, ...] = ("",)
    answers: tuple[str, ...] = ()


SAFETY = Judging()


@dataclass(frozen=True, kw_only=True)
class Format:
    """How one kind of dump says what a raw conversation is. Column names are the format's own.

    One dialogue a row needs no more than this. Where dialogues are nested otherwise, where what belongs to a conversation
    stands inside its messages (a user, a language), or where rows are messages, a subclass has a `rows` of its own.

    Attributes:
        messages: the column with the dialogue, or with the text where rows are pieces.
        key: the column whose values ought to differ from conversation to conversation; under one that the file had
            before, a conversation is a duplicate, and a later file's supersedes an earlier one's. Ids that `rows` makes
            must differ where keys do.
        required: what a file must have; `auto` knows the format by them.
        aliases: column → other names that dumps give it; the first that a file has is meant.
        fields: field of `RawConversation` → column.
        others: columns that only a `rows` of its own reads; their text counts as the dialogue's does.
        together: of pieces, the columns that `bonds` reads, where it is not the key that says what belongs together.
        kinds: column → what it must be.
        row: what a row is. `conversation`: one dialogue. `answer`: one of several to a prompt; each distinct prompt is read
            once; see `asking`. `piece`: rows with one key, or one bond, are never cut apart, wherever in the file they stand, and
            `rows` makes as many conversations of them as it finds.
        has_answers: whether the dialogues hold answers of their own, which become the checkpoint `logged`.
        answered: of answers: whether the dialogue holds the answer too, which is left out; see `asking`.
        files: the kinds of file (`files.kinds`) in which it comes, in the order in which a folder is looked at.
        attributes: names that `source.keep` may hold beside columns: what they are made of.
        arms: the models of the recorded answers that `answers` gives of each row, the first as base, where the format names
            them; empty: one answer of each row, or of each conversation of pieces.
        repeat: the column that numbers the answers of one model to one prompt, from 1 on. None: no such column.
        prompts_by_id: whether prompt ids alone say what is asked, though what was said before the last message of a user
            differs from model to model: recorded answers are found by them, and by nothing else.
        cluster_by: the column by which answers hang together where the dump names no users, if its makers say so; it
            is kept then. None: no such column.
        sparse: whether a file has those columns alone of which any of its rows tells: one that another file of the dump
            has, and it has not, is null in all its rows.
        labels: whose labels stand in its columns, if it is not known from elsewhere.
        judging: what `logminer peek` proposes to judge by.
        guessed_in: the kinds of file in which `auto` takes columns for this format's; empty: in all.
        variants: formats for which its name stands too: the first whose columns a file has, where it has not this one's.
        paths: the values of `source.paths` that it takes → the format that reads so; empty: it has no such option.
        roles: what a dump calls the roles, in small letters → ours; the slice that is read says so.
        no_dump: where it holds nothing that could be asked: what to do instead. Recorded checkpoints alone read it.

    What `piece` cannot do: rows of one key that are scattered over several files are not put together; the last file's
    hold, and of rows with one bond and several keys all. The rows of one key lie in memory at once. A conversation has
    the attributes (`source.keep`) of the row that it is told by.
    """

    name: str
    messages: str
    key: str
    required: tuple[str, ...]
    fields: Mapping[str, str]
    others: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    kinds: Mapping[str, ColumnKind] = field(default_factory=dict)
    row: Literal["conversation", "answer", "piece"] = "conversation"
    has_answers: bool = True
    answered: bool = False
    files: tuple[str, ...] = TABLES
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    arms: tuple[str, ...] = ()
    repeat: str | None = None
    prompts_by_id: bool = False
    cluster_by: str | None = None
    sparse: bool = False
    labels: Literal["people", "judge"] = "people"
    judging: Judging = SAFETY
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guessed_in: tuple[str, ...] = ()
    variants: tuple[Format, ...] = ()
    paths: Mapping[str, Format] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    no_dump: str | None = None

    def open(self, path: AnyPath, constants: Constants = ()) -> Rows:
        """A file of it, as a table.

        Raises:
            SourceError: it is missing, damaged, or none.
        """
        return open_table(path, constants)

    def recognises(self, path: AnyPath) -> bool:
        """Whether a file is of it, where that can be told without its columns."""
        return False

    def found(self, names: Collection[str], given: Mapping[str, str]) -> dict[str, str]:
        """The format's columns → the file's, of those that it has.

        Args:
            names: the file's.
            given: what the dump calls the format's columns, where it was said.
        """
        found = dict[str, str]()
        for column in self.columns:
            aliases = (column, *self.aliases.get(column, ()))
            wanted = (given[column],) if column in given else aliases
            if name := next((one for one in wanted if one in names), None):
                found[column] = name
        return found

    def fits(self, names: Collection[str], given: Mapping[str, str]) -> bool:
        """Whether a file has what is required, or was said to have it under another name; see `found`."""
        return {*self.required} <= {*self.found(names, given), *given}

    @property
    def key_columns(self) -> tuple[str, ...]:
        """What `keys` reads; where a file lacks the first, its rows have no keys."""
        return (self.key,)

    def keys(self, table: pa.Table) -> list[str | None]:
        """Of each row what its conversation is known again by; None: nothing."""
        return [text_of(value) for value in cells(table.column(self.key))]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the format knows."""
        known = (self.messages, self.key, *self.required, *self.fields.values(), *self.others)
        return tuple(dict.fromkeys((*known, *self.together)))

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        """The conversations in the rows of a slice.

        Args:
            table: rows of one file, with those of the format's columns that the file has, under the format's names.

        Returns:
            One for each row, in order; of pieces any number. What cannot be read is given with whatever messages
            stand there, never left out: it is rejected and counted.
        """
        yield from self.told(columns_of(table), table.num_rows)

    def told(self, column: Mapping[str, Sequence[Any]], rows: int) -> Iterator[RawConversation]:
        """One dialogue a row, given the cells of each column by the format's name."""
        nothing = [None] * rows
        said = {ours: column.get(theirs, nothing) for ours, theirs in self.fields.items()}
        for place, messages in enumerate(column[self.messages]):
            yield RawConversation(
                place, messages, **{ours: values[place] for ours, values in said.items()}
            )

    def bonds(self, table: pa.Table) -> list[str | None]:
        """Of pieces: of each row what it has in common with those that belong to it; None: it is alone."""
        return [key or None for key in self.keys(table)]

    def runs(self, table: pa.Table) -> Iterator[list[int]]:
        """Of pieces: the rows that belong together, those of one bond, in the order of the first."""
        found: dict[str | int, list[int]] = {}
        for row, bond in enumerate(self.bonds(table)):
            found.setdefault(row if bond is None else bond, []).append(row)
        yield from found.values()

    def beside(self, table: pa.Table) -> Mapping[str, int]:
        """Of pieces: how many rows of a slice tell no conversation of their own, by what they are, where that is known."""
        return {}

    def asking(self) -> Format:
        """The same for a dump whose answers are those of recorded checkpoints: of each prompt the first row is read.

        Where rows are pieces nothing is told apart by its prompt: every conversation is read.
        """
        if self.row == "answer":
            return self
        if self.row == "piece":
            return replace(self, has_answers=False)
        return replace(self, row="answer", has_answers=False, answered=True)

    @property
    def asked_in(self) -> tuple[str, ...]:
        """Of answers: what `asked` reads."""
        return self.columns if self.answered else (self.messages, self.key, *self.others)

    def asked(self, table: pa.Table) -> Iterator[tuple[str, Any]]:
        """Of answers: of each row the id of its prompt, '' where it has none, and the dialogue that its words are in.

        The dialogue is None where the id alone says what is asked.
        """
        if not self.answered:
            ids, dialogues = (cells(table.column(name)) for name in (self.key, self.messages))
            yield from (
                (text_of(key) or "", said) for key, said in zip(ids, dialogues, strict=True)
            )
            return
        for told in self.rows(table):
            prompt = text_of(told.prompt_id) or ""
            yield prompt, told.messages if self.words_count(told) or not prompt else None

    def words_count(self, told: RawConversation) -> bool:
        """Whether prompts of one id are told apart by their words."""
        return not self.prompts_by_id

    def answers(self, table: pa.Table, roles: Mapping[str, str]) -> Iterator[DumpAnswer]:
        """The answers in the rows of a slice, as those of recorded checkpoints; one for each row and arm, in order.

        Of a dialogue, the prompt is what stands before the answer to the last message of a user.
        """
        for told in self.rows(table):
            key = told.prompt_id if told.prompt_id is not None else told.conversation_id
            given = answer_in(told.place, told.messages, roles, text_of(key), text_of(told.model))
            yield given if self.words_count(told) else given._replace(prompt=None)


def columns_of(table: pa.Table) -> dict[str, list[Any]]:
    """The cells of each column."""
    return {name: cells(table.column(name)) for name in table.column_names}


class RowGroup(NamedTuple):
    """A row group of a dump."""

    start: int  # row of the file with which it begins
    name: str  # hash of its content; of several alike, each has its own


class DumpSlice(NamedTuple):
    """At most 512 rows and 8 MB of one file, described; small to pickle."""

    part: str  # hash of what is in these rows, and the first: the name of every part made from them
    file: DumpFile
    stamp: Stamp  # of the file when the run was planned
    format: Format
    columns: tuple[tuple[str, str], ...]  # (format's name, dump's name) of those in the file
    keep: tuple[Kept, ...]
    roles: Mapping[str, str]  # the dump's, in small letters → ours
    groups: tuple[RowGroup, ...]  # the row groups in which they lie
    rows: range | tuple[int, ...]
    repeats: tuple[int, ...]  # rows among them whose key an earlier row has
    superseded: tuple[int, ...]  # rows among them whose key a later file has
    flight: tuple[int, ...] = ()  # rows read together, these among them; (): by themselves
    text_bytes: int = 0  # of UTF-8 in its dialogues

    def read(self) -> pa.Table:
        """Raw conversations, unusable ones with `problem` set: exactly one for each of `rows`, unless these are pieces.

        Raises:
            SourceError: the file is gone, damaged, or not the one that was planned; or the format does not do as it says.
        """
        kept = [one.column for one in self.keep]
        return _raw_table(self, self._table([*(dump for _, dump in self.columns), *kept]))

    def dialogues(self) -> pa.Table:
        """The format's columns of the rows, under its names.

        Raises:
            SourceError: as `read`.
        """
        return self._named(self._table([dump for _, dump in self.columns]))

    def conversations(self, dialogues: pa.Table | None = None) -> Iterator[RawConversation]:
        """The conversations as they stand there.

        Args:
            dialogues: what `dialogues` gives, where it is at hand.

        Raises:
            SourceError: as `read`.
        """
        yield from _told(self, self.dialogues() if dialogues is None else dialogues)

    def counted(self, dialogues: pa.Table) -> Mapping[str, int]:
        """Rows that tell no conversation of their own, by what they are; see `conversations`.

        Raises:
            SourceError: as `read`.
        """
        return dict(_own(self, lambda: self.format.beside(dialogues).items()))

    def answers(self, columns: Sequence[str]) -> Iterator[tuple[DumpAnswer, Record]]:
        """The answers as recorded ones, each with what stands in these columns of the file where it begins.

        Raises:
            SourceError: as `read`.
        """
        table = self._table([*(dump for _, dump in self.columns), *columns])
        beside = {name: cells(table.column(name)) for name in columns}
        form = replace(self.format, roles=self.roles)
        for told in _own(self, lambda: form.answers(self._named(table), self.roles)):
            yield told, {name: values[told.place] for name, values in beside.items()}

    def _table(self, columns: Sequence[str]) -> pa.Table:
        # Taken out while in use: no two readings ever share a reader.
        known = (self.file, self.stamp)
        reader = _readers.pop(known, None) or self._reader()
        wanted = tuple(dict.fromkeys(columns))
        table = self._of_flight(reader, wanted) if self.flight else reader.table(self.rows, wanted)
        if not isinstance(self.file.path, ObjectPath):  # of which nothing else is read
            require_same(self.file, self.stamp)  # it may be written over while a reader has it open
        _readers.clear()
        _readers[known] = reader
        return table

    def _of_flight(self, reader: Rows, columns: tuple[str, ...]) -> pa.Table:
        """The rows out of those that are read with them, which stay in memory until others are."""
        known = (self.file, self.stamp, self.flight[0], self.flight[-1], len(self.flight), columns)
        table = _flights.pop(known, None)
        if table is None:
            _flights.clear()
            table = reader.table(self.flight, columns)
        _flights[known] = table
        return _taken(table, [bisect_left(self.flight, row) for row in self.rows])

    def _named(self, table: pa.Table) -> pa.Table:
        """The format's columns, under its names."""
        columns = [table.column(dump) for _, dump in self.columns]
        return pa.Table.from_arrays(columns, [name for name, _ in self.columns])

    def place(self, row: int) -> int:
        """The row as it is told: the same wherever its row group comes to lie in the file."""
        return row - self.groups[0].start

    def named(self, row: int) -> str:
        """An id that is of the row, and stays while its row group does."""
        group = self.groups[bisect_right(self.groups, row, key=attrgetter("start")) - 1]
        return f"{group.name}:{row - group.start}"

    def _reader(self) -> Rows:
        require_same(self.file, self.stamp)
        return self.format.open(self.file.path, self.file.hive)


def require_same(file: DumpFile, planned: Stamp) -> None:
    """Raises SourceError where a file is not any longer as it was planned."""
    if stamp(file.path) != planned:
        raise changed(file.path)


# The file read last, positioned behind the last slice: reading slice after slice decodes each page once.
_readers: dict[tuple[DumpFile, Stamp], Rows] = {}
# The rows that were read together last.
_flights: dict[tuple[Any, ...], pa.Table] = {}


def _taken(table: pa.Table, places: Sequence[int]) -> pa.Table:
    try:
        return table.take(pa.array(places, pa.int64()))
    except pa.ArrowNotImplementedError:  # of a type that Arrow only slices, as string_view
        return pa.concat_tables([table.slice(place, 1) for place in places])


def _raw_table(piece: DumpSlice, table: pa.Table) -> pa.Table:
    """The rows of a slice as raw conversations."""
    kept = {one.name: one.of(cells(table.column(one.column))) for one in piece.keep}
    repeats, rows_of = {*piece.repeats, *piece.superseded}, dict[str, int]()
    rows: list[Record] = []
    for told in _told(piece, piece._named(table)):
        row = piece.rows[told.place]
        raw = _raw_row(
            piece, row, told, {name: column[told.place] for name, column in kept.items()}
        )
        if row in repeats or raw["conversation_id"] in rows_of:
            raw = _again(piece, row, raw, rows_of)
        rows_of[raw["conversation_id"]] = row
        rows.append(raw)
    if piece.format.row != "piece" and len(rows) != table.num_rows:
        raise SourceError(
            f"{piece.file.path}: format {piece.format.name} makes {len(rows)} conversations of {table.num_rows} rows"
        )
    return pa.Table.from_pylist(rows, schema=RAW_CONVERSATIONS.schema)


def _told(piece: DumpSlice, table: pa.Table) -> Iterator[RawConversation]:
    """What the format makes of the rows."""
    yield from _own(piece, lambda: replace(piece.format, roles=piece.roles).rows(table))


def _own(piece: DumpSlice, made: Callable[[], Iterable[T]]) -> Iterator[T]:
    yield from guarded(piece.file, piece.format, made)


def guarded(file: DumpFile, form: Format, made: Callable[[], Iterable[T]]) -> Iterator[T]:
    """What a format makes; its own faults are told without their words, which may quote a cell."""
    try:
        yield from made()
    except LogminerError:
        raise
    except Exception as error:
        raise SourceError(
            f"{file.path}: format {form.name} failed ({type(error).__name__} at"
            f" {where_failed(error)}; its message is withheld: it may quote a conversation)"
        ) from None


def _again(piece: DumpSlice, row: int, raw: Record, rows_of: Mapping[str, int]) -> Record:
    """A conversation under an id that is taken."""
    key = raw["conversation_id"]
    if piece.format.row == "answer":  # another prompt under one id: a conversation of its own
        return raw | {"conversation_id": f"{key}#{piece.named(row)}"}
    if rows_of.get(key) == row:
        raise SourceError(
            f"{piece.file.path}: format {piece.format.name} gives two conversations of row {row} one id"
        )
    again = "superseded" if row in piece.superseded else "duplicate_conversation_id"
    problem = raw["problem"] or again
    return raw | {"messages": None, "signs": None, "problem": problem, "attributes": None}


def _raw_row(piece: DumpSlice, row: int, told: RawConversation, kept: Record) -> Record:
    messages, problem, signs = read_messages(told.messages, piece.roles)
    if piece.format.answered:
        told = told._replace(model=None, created_at=None)  # of one answer among several
        messages, signs = messages and before_answer(messages), []
    return {
        "row": piece.place(row),
        "problem": problem,
        "conversation_id": text_of(told.conversation_id) or piece.named(row),
        "user_id": text_of(told.user_id),
        "prompt_id": text_of(told.prompt_id),
        "messages": messages,
        "signs": None if problem else [sign._asdict() for sign in signs],
        "model": text_of(told.model),
        "created_at": read_time(told.created_at),
        "language": text_of(told.language),
        "attributes": None if problem else list(_attributes(kept).items()),
    }


def _attributes(kept: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: text_of(value) for name, value in kept.items()}
    return {name: text.lower() for name, text in texts.items() if text is not None}
