"""Whether a file is whole, or somebody is still writing it."""

from __future__ import annotations

from logminer.errors import SourceError
from logminer.files.finding import DumpFile
from logminer.files.opening import open_table
from logminer.sources.choosing import told_by_itself

__all__ = ["why_unfinished"]

MEND = "; copy it again"  # begins what is said of one that nobody is writing


def why_unfinished(file: DumpFile) -> str | None:
    """Why a file cannot be opened, which may be because it is not written to its end; None: it can.

    A Parquet file without its footer cannot, nor one of lines of JSON of which the last is cut, nor what is packed and cut off. A
    CSV file that ends early looks whole. Lines of JSON are read, of other files little.
    """
    try:
        form = told_by_itself(file)
        opened = form.open(file.path, file.hive) if form else open_table(file.path, file.hive)
        _ = opened.names
    except SourceError as error:
        return str(error).removeprefix(f"{file.path}: ").partition(MEND)[0]
    return None
