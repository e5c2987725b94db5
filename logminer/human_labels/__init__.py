"""What people say of single responses: read from a file, matched to the study's responses, kept with the study.

Labels lie in `human_labels.parquet` beside the parts, since the database may be built anew at any time. The id of a
response does not depend on what it says, so a label also carries the fingerprint of the replay whose answer was read:
it counts only while that very answer is the study's.
"""

from logminer.human_labels.keeping import add_labels, kept_labels, stored_labels
from logminer.human_labels.matching import HumanLabel, Matches, match_labels
from logminer.human_labels.sheet import Sheet, SheetRow, read_labels

__all__ = [
    "HumanLabel",
    "Matches",
    "Sheet",
    "SheetRow",
    "add_labels",
    "kept_labels",
    "match_labels",
    "read_labels",
    "stored_labels",
]
