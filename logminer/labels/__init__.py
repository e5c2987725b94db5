"""What people say of single responses: drawn for them, read from a file, matched to the study's responses, kept.

Labels lie in `human_labels.parquet` beside the parts, since the database may be built anew at any time. The id of a
response does not depend on what it says, so a label also carries the fingerprint of the replay whose answer was read:
it counts only while that very answer is the study's.
"""
