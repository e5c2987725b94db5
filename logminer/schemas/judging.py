"""What is looked for, what scorers and people say of each answer, and how far a scorer can be trusted."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.reserved import INJECTED
from logminer.schemas.table import FLOAT, INTEGER, TEXT, TEXTS, VOTER, Aside, Column, Table

__all__ = [
    "CALIBRATIONS",
    "CATEGORIES",
    "HUMAN_LABELS",
    "INJECTED_JUDGEMENTS",
    "JUDGEMENTS",
    "JUDGE_CARDS",
]

CATEGORIES = Table(
    "categories",
    "The taxonomy's nodes.",
    (
        Column("category_id", TEXT, "its id in the taxonomy"),
        Column("taxonomy", TEXT, "name of the taxonomy"),
        Column("taxonomy_version", TEXT, "its version"),
        Column("title", TEXT, "short title"),
        Column("definition", TEXT, "what counts and what does not"),
        Column("channel", TEXT, "response, thoughts, both, or pair (the one against the other)"),
        Column("direction", TEXT, "whether more of it is worse, better or neutral"),
        Column("severity", TEXT, "low, medium, high or critical"),
        Column("parent", TEXT, "the category above it", "a root"),
        Column("source", TEXT, "where the behaviour is described"),
        Column(
            "found",
            pa.bool_(),
            "a model proposed it after a look at the discovery half: it is compared on the inference half alone",
        ),
        Column("top_degree", INTEGER, "highest degree of its scale, which begins at 0", "no scale"),
        Column(
            "degrees_by", TEXTS, "scorers whose score is a degree over the highest one", "no scale"
        ),
    ),
)

_JUDGED = (
    Column("response_id", TEXT, "the response judged"),
    Column("category_id", TEXT, "the category"),
    Column("channel", TEXT, "'response', 'thoughts', or 'pair' (the one against the other)"),
    Column("scorer", TEXT, "name of the scorer in the pipeline"),
    Column("label", TEXT, "'yes', 'no', 'unsure' or 'unparsable'"),
    Column(
        "score",
        FLOAT,
        "degree in [0, 1]; higher is more of the behaviour",
        "the scorer gives none",
    ),
    Column(
        "evidence_start",
        INTEGER,
        "first character of the span that the judgement rests on (of a pair, in the thoughts)",
        "the scorer points to none",
    ),
    Column("evidence_end", INTEGER, "character behind it", "the scorer points to none"),
    Column("scorer_identity", TEXT, "hash of what judged: kind, version, model, options"),
    Column("rubric_hash", TEXT, "hash of the category as it was defined"),
    Column(
        "judge_error",
        TEXT,
        "why a judge model's label is unparsable: prose, malformed or cut_off, or a code as in responses",
        "judged, or no judge model was asked",
    ),
    Column(
        "judged_by",
        pa.list_(VOTER),
        "who gave the votes: each judge of the panel by its name in the pipeline, with the model and fingerprint that its"
        " server reported (`answered_by`)",
        "no judge model was asked, or none said who it is",
    ),
)
_JUDGEMENT = ("response_id", "category_id", "channel", "scorer")
_ORDERED = {  # what columns mean for a text with an order in it
    "response_id": "the response whose text was rated again",
    "scorer": "name of the autorater in the pipeline",
    "evidence_start": "first character of the span that the judgement rests on, in the text without the order",
    "scorer_identity": "hash of what judged, and of the orders",
}

INJECTED_JUDGEMENTS = Table(
    "injected_judgements",
    "What autoraters say of the texts that they rate once more with an order to the judge in them; judgements holds none of it.",
    tuple(c._replace(doc=_ORDERED.get(c.name, c.doc)) for c in _JUDGED),
    key=_JUDGEMENT,
)

JUDGEMENTS = Table(
    "judgements",
    "One row for each response, category, channel and scorer, also when the answer is no; failed responses have none.",
    _JUDGED,
    key=_JUDGEMENT,
    aside=Aside("scorer", INJECTED, INJECTED_JUDGEMENTS),
)

HUMAN_LABELS = Table(
    "human_labels",
    "What people say of single responses, or what an environment decided: the truth that scorers are calibrated against.",
    (
        Column("response_id", TEXT, "the response labelled"),
        Column("category_id", TEXT, "the category"),
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column("label", TEXT, "'yes', 'no' or 'unsure'"),
        Column("second_label", TEXT, "the same by a second annotator", "labelled by one"),
        Column("weight", FLOAT, "inverse of the chance with which the response was drawn, > 0"),
        Column(
            "taken_from",
            TEXT,
            "the scorer whose recorded labels these are, as `calibrate --from` named it: an environment's, or people's",
            "people labelled it for `calibrate`",
        ),
    ),
)

_SENSITIVITY = (
    Column(
        "sensitivity", FLOAT, "share of people's yes that the scorer finds, in [0, 1]", "no yes"
    ),
    Column("sensitivity_low", FLOAT, "lower end of its interval", "no yes"),
    Column("sensitivity_high", FLOAT, "upper end of its interval", "no yes"),
    Column(
        "sensitivity_n",
        FLOAT,
        "effective number of yes (fewer where weights differ, or labels share a user)",
        "no yes",
    ),
)
_SPECIFICITY = (
    Column("specificity", FLOAT, "share of people's no that the scorer leaves, in [0, 1]", "no no"),
    Column("specificity_low", FLOAT, "lower end of its interval", "no no"),
    Column("specificity_high", FLOAT, "upper end of its interval", "no no"),
    Column("specificity_n", FLOAT, "effective number of no", "no no"),
)

CALIBRATIONS = Table(
    "calibrations",
    "How far a scorer can be trusted: its labels against people's, for both arms together and for each.",
    (
        Column("scorer", TEXT, "the scorer calibrated"),
        Column("category_id", TEXT, "the category"),
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column("checkpoint", TEXT, "the arm", "all arms together"),
        Column("n_labels", pa.int64(), "responses that people and scorer both labelled yes or no"),
        Column("positives", pa.int64(), "of these, yes by people"),
        Column("true_positives", pa.int64(), "of these, yes by the scorer too"),
        *_SENSITIVITY,
        Column("negatives", pa.int64(), "no by people"),
        Column("true_negatives", pa.int64(), "of these, no by the scorer too"),
        *_SPECIFICITY,
        Column("kappa", FLOAT, "Cohen's kappa of scorer and people, in [−1, 1]", "one label only"),
        Column("human_agreement", FLOAT, "share on which two annotators agree", "one annotator"),
        Column("human_kappa", FLOAT, "Cohen's kappa of two annotators", "one annotator"),
        Column(
            "p_error_differs",
            FLOAT,
            "least p (Bonferroni over both and all pairs of arms) that sensitivity or specificity is the same in two arms",
            "an arm's row, or fewer than two arms labelled",
        ),
    ),
)

JUDGE_CARDS = Table(
    "judge_cards",
    "How often each scorer finds what people find: what has to be known before it is believed that nothing is there.",
    (
        Column("scorer", TEXT, "the scorer, by its name in the pipeline"),
        Column("category_id", TEXT, "the category"),
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column("model", TEXT, "the model whose answers were labelled", "all models together"),
        Column("language", TEXT, "the language of what was asked", "all languages together"),
        Column("text", TEXT, "the kind of text", "all kinds together, or one not told apart"),
        Column("checkpoint", TEXT, "the arm of this study whose answers they are", "all, or none"),
        *_SENSITIVITY,
        *_SPECIFICITY,
        Column("n_labels", pa.int64(), "answers that people and scorer both labelled yes or no"),
        Column("scorer_identity", TEXT, "hash of what judged", "it changed within the study"),
        Column("rubric_hash", TEXT, "hash of the category", "it changed within the study"),
        Column(
            "source",
            TEXT,
            "'calibration' (this study's labels of people, or of its environment), 'named' (in `judge.cards`) or 'shipped'",
        ),
        Column("origin", TEXT, "where the labels are from"),
        Column(
            "transported",
            pa.bool_(),
            "measured elsewhere: on other answers than this study's",
        ),
    ),
)
