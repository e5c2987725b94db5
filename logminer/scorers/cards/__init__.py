"""Judge cards as files: how often a scorer finds what people find, and leaves what they leave."""

from logminer.scorers.cards.file import (
    CardFile,
    CardRow,
    Judged,
    fitting,
    judged_by,
    misfits,
    read_cards_file,
    shipped_cards,
)

__all__ = [
    "CardFile",
    "CardRow",
    "Judged",
    "fitting",
    "judged_by",
    "misfits",
    "read_cards_file",
    "shipped_cards",
]
