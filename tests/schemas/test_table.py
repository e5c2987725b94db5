"""Every table says what its columns are."""

from __future__ import annotations

from logminer import schemas
from logminer.schemas import Table


def test_every_table_documents_every_column_and_marks_its_privacy() -> None:
    tables = [t for t in vars(schemas).values() if isinstance(t, Table)]
    assert len(tables) > 12
    for table in tables:
        assert table.doc
        assert all(c.doc for c in table.columns)
        assert table.schema.metadata[b"privacy"] == (
            b"raw" if table.name.startswith("raw") else b"pseudonymised"
        )
