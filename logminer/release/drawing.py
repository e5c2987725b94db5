"""Reading a study into what is counted of it: of each person a few prompts, drawn by the key.

With one prompt a person, prompts are people: counts are of independent people, and nobody tips one by asking much.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.compare.options import CompareOptions
from logminer.compare.prompts import read_prompts
from logminer.errors import SecretError
from logminer.ids import Pseudonyms
from logminer.pipeline.releasing import ReleaseOptions
from logminer.release.drawn import ALL, MISSING, NO, NOWHERE, YES, Drawn, JudgedAs
from logminer.release.measured import (
    declared_measures,
    measured_as_declared,
    measured_by_enough,
    measures_by_enough,
)
from logminer.release.pooling import Pooled, arms_together, pool
from logminer.release.thresholds import random_threshold
from logminer.spec import content_hash
from logminer.store.session import Session

__all__ = [
    "DIGEST",
    "GROUPS_FROM",
    "SUITE",
    "USER",
    "WHAT",
    "WHO",
    "draw",
    "own_pseudonyms",
]

GROUPS_FROM = (
    1_000_000  # numbers of groups of clusters, which a study counts from 0 as it does clusters
)
# Bytes of a digest up to which it is of the suite, the user, who is counted, and what of them; the rest is of what there is to count.
SUITE, USER, WHO, WHAT = 4, 12, 18, 24
DIGEST = 28

Labels = NDArray[np.int8]

PROMPTS = """
SELECT prompt_id, user_id, coalesce(prompt_group, prompt_id) AS prompt_group,
    prompt_id IN (SELECT prompt_id FROM responses WHERE list_contains($1::VARCHAR[], checkpoint)
        GROUP BY 1 HAVING count(DISTINCT checkpoint) = len($1)) AS asked
FROM prompts ORDER BY prompt_id
"""
RESPONSES = """
SELECT r.response_id, r.prompt_id, r.checkpoint, r.state, a.cluster_id
FROM responses AS r LEFT JOIN assignments AS a USING (response_id)
WHERE list_contains($1::VARCHAR[], r.checkpoint) AND r.prompt_id IN (SELECT unnest($2::VARCHAR[]))
"""
JUDGEMENTS = """
SELECT c.place, concat_ws(chr(31), j.category_id, j.channel, j.scorer) AS judged_as, j.label = 'yes' AS yes
FROM judgements AS j JOIN (SELECT unnest($1::VARCHAR[]) AS response_id, generate_subscripts($1::VARCHAR[], 1) - 1 AS place) AS c
    USING (response_id)
WHERE j.label IN ('yes', 'no')
"""


class _Prompts(NamedTuple):
    """Those that are counted, in the order of their ids; `places` among all of the study. `persons` are their users'."""

    ids: list[str]
    places: NDArray[np.int64]
    persons: list[str]
    known: bool
    left_out: int


class _Answers(NamedTuple):
    """The drawn sample of each arm, arm after arm and in each in the order of the prompts."""

    ids: list[str]
    states: Mapping[str, NDArray[np.object_]]
    clusters: Mapping[str, NDArray[np.int64]]


def own_pseudonyms(session: Session, key: bytes, project: str) -> Pseudonyms:
    """The pseudonyms under which a study was made.

    Raises:
        SecretError: it was made with another key, or for another project.
    """
    pseudonyms = Pseudonyms(key, project)
    rows = session.rows("SELECT prompt_id, conversation_id, turn_index FROM prompts LIMIT 1")
    if any(pseudonyms.prompt(conversation, turn) != id_ for id_, conversation, turn in rows):
        raise SecretError(
            f"the pseudonym key is not the one that the study was made with (project {project}): set it back; what was"
            " released before is known by it"
        )
    return pseudonyms


def draw(
    session: Session,
    suite: str,
    options: CompareOptions,
    policy: ReleaseOptions,
    pseudonyms: Pseudonyms,
    *,
    private: bool = False,
    before: Collection[Pooled] | None = None,
) -> Drawn:
    """Read one study.

    Args:
        session: of the study.
        suite: as in `Drawn`.
        options: as it was compared with.
        policy: whose prompts count, and how many of each.
        pseudonyms: see `own_pseudonyms`.
        private: with differential privacy: of what there is, all hangs on what was declared; else on what enough people have.
        before: what an earlier release of the suite counted over the same prompts; None: there was none.
    """
    unknown = policy.accept_unknown_users
    enough = random_threshold(pseudonyms, policy.min_users, suite, ALL)
    measured = (
        measured_as_declared(session, options)
        if private
        else measured_by_enough(session, enough, unknown_count=unknown)
    )
    arms = measured.arms
    counted = _draw_prompts(session, measured.asked, policy, pseudonyms)
    answers = _draw_samples(session, arms, counted.ids, pseudonyms)
    strata = _strata(session, options, counted.places)
    labels = _labels(session, arms, answers.ids)
    wanted = (
        declared_measures(session, options)
        if private
        else measures_by_enough(session, options, measured, labels, enough * policy.contribution)
    )
    nothing = np.full(len(counted.ids), MISSING, np.int8)
    labels = {
        judged: labels[judged] if judged in labels else {arm: nothing.copy() for arm in arms}
        for judged in wanted
    }
    for judged, stratum in ((j, options.only.get(j.category_id)) for j in labels):
        if stratum:
            family, _, value = stratum.partition("=")
            elsewhere = strata[family] != value if family in strata else np.True_
            for found in labels[judged].values():
                found[elsewhere] = MISSING
    broader = dict(
        session.rows("SELECT category_id, parent FROM categories WHERE parent IS NOT NULL")
    )
    if not private:  # there nobody may count for what others lack
        least = policy.min_users * policy.contribution
        pool(
            labels,
            answers.clusters,
            arms_together(arms, measured.pairs),
            broader,
            least=random_threshold(pseudonyms, least, suite, ALL),
            few=random_threshold(pseudonyms, least, suite, "lacking"),
            lost=random_threshold(pseudonyms, 50, suite, "lost") / 1000,
            before=before,
        )
    states, persons = (
        answers.states,
        {p: code for code, p in enumerate(dict.fromkeys(counted.persons))},
    )
    people = np.array([persons[person] for person in counted.persons], np.int64)
    users = tuple(pseudonyms.digest("released-user", person)[:16] for person in persons)
    told = _told(len(people), strata, states, labels, answers.clusters)
    shape = _shape(strata, states, labels)
    return Drawn(
        suite=suite,
        people=people,
        digests=_digests(suite, people, users, counted.ids, told, shape, pseudonyms),
        users=users,
        known=counted.known,
        left_out=counted.left_out,
        arms=arms,
        pairs=measured.pairs,
        strata=strata,
        labels=labels,
        states=states,
        clusters=answers.clusters,
        parents=_parents(session),
        map_id=_map_id(session),
        broader=broader,
        asked=_asked(people, users, counted.ids, pseudonyms),
    )


def _draw_prompts(
    session: Session, arms: Sequence[str], policy: ReleaseOptions, pseudonyms: Pseudonyms
) -> _Prompts:
    """Of each person's prompts that were put to every arm those that come first in an order that only the key knows."""
    table = session.columns(PROMPTS, [list(arms)])
    ids, users, groups, asked = (column.to_pylist() for column in table.columns)
    own: dict[str, list[tuple[bytes, int]]] = {}
    known, left_out = True, 0
    for place in np.flatnonzero(np.asarray(asked, bool)).tolist():
        person = users[place]
        if person is None and not policy.accept_unknown_users:
            left_out += 1
            continue
        if person is None:  # no pseudonym is written so
            known, person = False, f"wording {groups[place]}"
        order = pseudonyms.digest("released-prompt", person, ids[place])
        own.setdefault(person, []).append((order, place))
    drawn = sorted(
        (place, person)
        for person, places in own.items()
        for _, place in sorted(places)[: policy.contribution]
    )
    places = np.array([place for place, _ in drawn], np.int64)
    persons = [person for _, person in drawn]
    return _Prompts([ids[place] for place, _ in drawn], places, persons, known, left_out)


def _draw_samples(
    session: Session, arms: Sequence[str], prompts: Sequence[str], pseudonyms: Pseudonyms
) -> _Answers:
    number = {prompt: place for place, prompt in enumerate(prompts)}
    columns = session.columns(RESPONSES, [list(arms), list(prompts)]).columns
    found: dict[tuple[str, int], tuple[bytes, str, str, int]] = {}
    for id_, prompt, arm, state, cluster in zip(*(c.to_pylist() for c in columns), strict=True):
        order = pseudonyms.digest("released-sample", id_)
        mine = (order, id_, state, NOWHERE if cluster is None else cluster)
        key = arm, number[prompt]
        found[key] = min(found.get(key, mine), mine)
    none = b"", "", None, NOWHERE  # the log may have no answer
    rows = {arm: [found.get((arm, place), none) for place in range(len(prompts))] for arm in arms}
    return _Answers(
        ids=[id_ for arm in arms for _, id_, _, _ in rows[arm]],
        states={arm: _objects([state for _, _, state, _ in rows[arm]]) for arm in arms},
        clusters={arm: np.array([c for *_, c in rows[arm]], np.int64) for arm in arms},
    )


def _labels(
    session: Session, arms: Sequence[str], responses: Sequence[str]
) -> dict[JudgedAs, dict[str, Labels]]:
    """Of whatever was judged."""
    n = len(responses) // len(arms) if arms else 0
    table = session.columns(JUDGEMENTS, [list(responses)])
    names = table["judged_as"].combine_chunks().dictionary_encode()
    codes, places = np.asarray(names.indices), np.asarray(table["place"], np.int64)
    said = np.where(np.asarray(table["yes"]), YES, NO).astype(np.int8)
    found: dict[JudgedAs, dict[str, Labels]] = {}
    for code, name in enumerate(names.dictionary.to_pylist()):
        mine, of_all = codes == code, np.full(len(responses), MISSING, np.int8)
        of_all[places[mine]] = said[mine]
        found[JudgedAs(*name.split(chr(31)))] = {
            arm: of_all[k * n : (k + 1) * n] for k, arm in enumerate(arms)
        }
    return found


def _strata(
    session: Session, options: CompareOptions, places: NDArray[np.int64]
) -> dict[str, NDArray[np.object_]]:
    """As the study was compared in, but for the check of what anonymisation altered."""
    strata: dict[str, NDArray[np.object_]] = {}
    for stratum, mask in read_prompts(session, options).strata.items():
        family, equals, value = stratum.partition("=")
        if equals and (family != "altered" or "altered" in options.strata):
            values = strata.setdefault(family, np.full(len(places), None, object))
            values[mask[places]] = value
    return strata


def _parents(session: Session) -> dict[int, int | None]:
    """What each cluster, and each group of them, lies in."""

    def group(id_: int | None) -> int | None:
        return None if id_ is None else GROUPS_FROM + id_

    clusters = session.rows("SELECT cluster_id, parent_id FROM clusters ORDER BY ALL")
    groups = session.rows("SELECT parent_id, above_id FROM cluster_parents ORDER BY ALL")
    return {id_: group(parent) for id_, parent in clusters} | {
        GROUPS_FROM + id_: group(above) for id_, above in groups
    }


def _map_id(session: Session) -> str:
    rows = session.rows("SELECT map_id FROM clusters LIMIT 1")
    return str(rows[0][0]) if rows else ""


def _told(
    n: int,
    strata: Mapping[str, NDArray[np.object_]],
    states: Mapping[str, NDArray[np.object_]],
    labels: Mapping[JudgedAs, Mapping[str, Labels]],
    clusters: Mapping[str, NDArray[np.int64]],
) -> list[str]:
    """Of each prompt all that is counted, of clusters only whether it is in any: where these are found anew, everybody's is another
    and nobody came."""
    judged = [found for _, of_arms in sorted(labels.items()) for found in of_arms.values()]
    judged += [(found != NOWHERE).astype(np.int8) for found in clusters.values()]
    named = [*sorted(strata.items()), *states.items()]
    said = np.stack([np.zeros(n, np.int8), *judged], axis=1)
    values = zip(*(found.tolist() for _, found in named), strict=True) if named else [()] * n
    return [
        json.dumps([value, row.tobytes().hex()]) for value, row in zip(values, said, strict=True)
    ]


def _shape(
    strata: Mapping[str, NDArray[np.object_]],
    states: Mapping[str, NDArray[np.object_]],
    labels: Mapping[JudgedAs, Mapping[str, Labels]],
) -> str:
    """What there is to count: strata, arms, and behaviours."""
    return content_hash([sorted(strata), sorted(states), sorted(map(list, labels))])


def _asked(
    people: NDArray[np.int64],
    users: Sequence[bytes],
    prompts: Sequence[str],
    pseudonyms: Pseudonyms,
) -> tuple[bytes, ...]:
    """As in `Drawn`."""
    own = _places(people, len(users))
    return tuple(
        pseudonyms.digest("released-asked", user.hex(), *(prompts[place] for place in places))[:16]
        for user, places in zip(users, own, strict=True)
    )


def _places(people: NDArray[np.int64], users: int) -> list[list[int]]:
    """Of each user the places of its prompts."""
    own: list[list[int]] = [[] for _ in range(users)]
    for place, person in enumerate(people.tolist()):
        own[person].append(place)
    return own


def _digests(
    suite: str,
    people: NDArray[np.int64],
    users: Sequence[bytes],
    prompts: Sequence[str],
    told: Sequence[str],
    shape: str,
    pseudonyms: Pseudonyms,
) -> tuple[bytes, ...]:
    """As in `Drawn`."""
    own = _places(people, len(users))

    def of(purpose: str, user: bytes, said: Iterable[str]) -> bytes:
        return pseudonyms.digest(purpose, suite, user.hex(), *said)

    of_suite = pseudonyms.digest("released-suite", suite)[:SUITE]
    of_shape = pseudonyms.digest("released-shape", shape)[: DIGEST - WHAT]
    return tuple(
        of_suite
        + user[: USER - SUITE]
        + of("released-who", user, [prompts[place] for place in places])[: WHO - USER]
        + of("released-what", user, [told[place] for place in places])[: WHAT - WHO]
        + of_shape
        for user, places in zip(users, own, strict=True)
    )


def _objects(values: Sequence[str | None]) -> NDArray[np.object_]:
    found = np.empty(len(values), object)
    found[:] = values
    return found
