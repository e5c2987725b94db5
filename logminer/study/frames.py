"""A table as the data frames of whoever asks, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from logminer.errors import QueryError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Frame", "FrameKind", "as_frame", "as_table"]

FrameKind = Literal["pandas", "polars", "arrow"]
Frame = Any  # a data frame of pandas or polars, or an Arrow table


def as_frame(table: pa.Table, to: FrameKind) -> Frame:
    """`table` as a data frame of pandas or polars; as it is with 'arrow'.

    In pandas, whole numbers and truth values of which some are unknown are so: they do not become fractions or objects.

    Raises:
        QueryError: no such kind, or its library is not installed; says what installs it.
    """
    if to == "arrow":
        return table
    if to == "pandas":
        return _pandas(table)
    if to == "polars":
        try:
            import polars as pl
        except ModuleNotFoundError:
            raise _missing("polars") from None
        return pl.from_arrow(table)
    raise QueryError(f"no data frames of '{to}'; there are: pandas, polars, arrow")


def as_table(frame: Frame) -> pa.Table:
    """A data frame as the table that it was made of, or that it has become."""
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        return frame
    if hasattr(frame, "to_arrow"):
        return frame.to_arrow()
    return pa.Table.from_pandas(frame, preserve_index=False)


def _pandas(table: pa.Table) -> Frame:
    import pyarrow as pa

    try:
        import pandas as pd
    except ModuleNotFoundError:
        raise _missing("pandas") from None
    kinds = {
        pa.int8(): pd.Int8Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    frame = table.to_pandas()
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count and column.type in kinds:
            frame[name] = column.to_pandas(types_mapper=kinds.get)
    return frame


def _missing(library: str) -> QueryError:
    return QueryError(
        f"data frames of {library} need what is not installed: pip install 'logminer[notebook]'"
        " (to='arrow' needs nothing)"
    )
