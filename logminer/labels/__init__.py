"""What people say of single responses: drawn for them, read from a file, matched to the study's responses, kept.

Labels lie in `human_labels.parquet` beside the parts, since the database may be built anew at any time. The id of a
response does not depend on what it says, so a label also carries the fingerprint of the replay whose answer was read:
it counts only while that very answer is the study's.
"""

from logminer.ids import rank
from logminer.labels.annotation import AnnotationSheet, guarded, write_sheet
from logminer.labels.drawing import LEAST, LabelDraw, LabelUnit, Stratum, allocate, draw_prompts
from logminer.labels.keeping import add_labels, kept_labels, stored_labels
from logminer.labels.matching import HumanLabel, Matches, match_labels
from logminer.labels.reading import Sheet, SheetRow, read_labels

__all__ = [
    "LEAST",
    "AnnotationSheet",
    "HumanLabel",
    "LabelDraw",
    "LabelUnit",
    "Matches",
    "Sheet",
    "SheetRow",
    "Stratum",
    "add_labels",
    "allocate",
    "draw_prompts",
    "guarded",
    "kept_labels",
    "match_labels",
    "rank",
    "read_labels",
    "stored_labels",
    "write_sheet",
]
