"""The data card of a release: what a privacy officer signs, in sentences. Its figures are the other tables’, and the policy’s."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from logminer.pipeline.suitefile import LOGS
from logminer.report.figures import short
from logminer.schemas.release import LEDGER, RATES
from logminer.schemas.reserved import LOGGED

__all__ = ["card_rows"]

Row = dict[str, Any]
Said = Iterator[str]


def card_rows(
    release: Row, tables: Mapping[str, pa.Table], anonymised: Mapping[str, Any]
) -> list[Row]:
    """Rows of `DATA_CARD`. Paragraphs of a section are parted by line ends.

    Args:
        release: the row of table `release`.
        tables: the others, by name.
        anonymised: the options by which the texts were anonymised, as the study's run has them; empty: nobody knows.
    """
    card = _Card(release, tables, anonymised)
    sections = (
        ("Read this first", card.warnings()),
        ("Who was asked", card.asked()),
        ("What was removed before anything was written", card.removed()),
        ("What is in it", card.held()),
        ("What is promised", card.private() if card.noisy else card.protected()),
        ("What is not promised", card.private_limits() if card.noisy else card.limits()),
        ("How it was tried", card.tried()),
        ("What was released before", card.before()),
        ("When somebody asks to be forgotten", card.forgotten()),
        ("What whoever signs has made sure of", card.signed()),
    )
    told = ((heading, "\n".join(said)) for heading, said in sections)
    return [
        {"place": place, "heading": heading, "said": said}
        for place, (heading, said) in enumerate((h, s) for h, s in told if s)
    ]


class _Card(NamedTuple):
    release: Row
    tables: Mapping[str, pa.Table]
    anonymised: Mapping[str, Any]

    @property
    def noisy(self) -> bool:
        return bool(self.release["mode"] == "noisy")

    @property
    def least(self) -> int:
        return int(self.release["min_users"])

    def warnings(self) -> Said:
        if self.release["accept_unknown_users"]:
            yield (
                "Prompts of unknown users count as people: each wording stands for one, and one person may have written all of"
                " them. To whoever asked much nothing below is promised. Sign only if these prompts are nobody’s, such as those"
                " of a public data set."
            )
        if self.release["attack"] == "failed":
            yield (
                "The last attack on this policy gave people away, and it was released all the same: whoever signs answers for it."
            )
        elif self.release["attack"] != "passed":
            yield (
                "Nobody attacked this policy: that was left out on purpose when the release was made, and whoever signs"
                " answers for it."
            )

    def asked(self) -> Said:
        arms, suites = self._distinct(RATES.name, "checkpoint"), self._distinct(RATES.name, "suite")
        replayed = _listed([arm for arm in arms if arm != LOGGED]) or "none"
        if LOGS in suites:
            logged = "; `logged` is what was answered when they asked" if LOGGED in arms else ""
            yield (
                "What people asked a language model, as a log has it, and what checkpoints answer to the same:"
                f" {replayed}{logged}."
            )
        if others := [suite for suite in suites if suite != LOGS]:
            yield (
                f"The prompts of evaluations, which are no log: {_listed(others)}. Whether people wrote them is for"
                " the evaluation’s data to say."
            )
        n = self.release.get("n_people")
        people = (
            "how many is not told"
            if n is None
            else f"about {n:,} of them{' or more' if int(self.release['contribution']) > 1 else ''}"
        )
        if self.release["accept_unknown_users"]:
            yield (
                "Where the log knows who asked, each person counts with few prompts; else each wording counts as a"
                f" person ({people})."
            )
        else:
            yield f"People are users whom the log knows by an id ({people}). Prompts of unknown users are left out."
        yield "When they asked is not told."

    def removed(self) -> Said:
        if not self.anonymised:
            yield "By which options the texts were anonymised is not known: an earlier version made the study."
            return
        said = self.anonymised
        rest = (
            "organisations, nationalities, every place, date and age are looked for too"
            if said.get("profile") == "strict"
            else "organisations, countries and what was talked about stay"
        )
        instead = "placeholders" if said.get("operator") == "placeholder" else "invented ones"
        languages = _listed(list(map(str, said.get("languages", ()))))
        yield (
            "In every text names, user names, addresses, numbers of telephones, accounts and documents, and secrets were looked"
            f" for in memory, before anything was written, and {instead} put in their place (profile"
            f" {said.get('profile')}: {rest}). What checkpoints answered went the same way. Ids became keyed pseudonyms."
        )
        if said.get("unsupported_language") == "patterns_only":
            yield (
                f"Names were looked for in these languages: {languages}; in others only what patterns and lists find."
            )
        else:
            yield (
                f"Kept were conversations in these languages at most: {languages}. Any other was left out, and so were those whose"
                " language no installed model reads names in, or whose script it does not read."
            )
        kept = []
        if said.get("public_figures") == "keep":
            kept.append("names of public figures")
        if said.get("allow"):
            kept.append("names on a list of the pipeline")
        if kept:
            yield f"What was left on purpose: {_listed(kept)}."
        yield (
            "No detector finds everything. How much these find was measured on texts that were made for it, and not on this log:"
            " see the page on privacy in logminer’s documentation."
        )

    def held(self) -> Said:
        yield (
            "Counts and what is computed of them. No text, no vector, no id, no pseudonym, nothing of a single person"
            " or prompt."
        )
        yield (
            "As people declared them, and so not counted as anybody’s: behaviours and their definitions, names of"
            " checkpoints, judges and suites, margins, errors of judges on public data."
        )
        if not self.noisy:
            yield (
                f"Made of what people wrote: values of attributes by which prompts are told apart, each of at least {self.least}"
                " people; and phrases that name clusters, of anonymised text, each used by as many or more. What detectors left"
                " in could be among these only if so many people wrote it."
            )

    def protected(self) -> Said:
        least, most = self.least, int(self.release["contribution"])
        prompts = least * most
        yield (
            f"Behind every count that is told are at least {least} people. A person counts with {_n(most, 'prompt')} at most, in"
            " all tables of a suite together, drawn by a key that stays inside. Smaller counts are not told, nor is nought. From how many"
            f" people on, the key draws for each behaviour, stratum, cluster, phrase and state, between {least} and"
            f" {2 * least - 1}: whoever plants chats does not learn from what is told whether one person more is there."
        )
        yield (
            f"Counts are multiples of {self.release['base']}, and rates, intervals, p, q and verdicts are computed of these; p and q"
            " are told as classes."
        )
        yield (
            "What is not told cannot be worked out. Before anything was written a solver was asked of every count that is not"
            " told; it knew all that are, how they add up, how they are rounded, what lies under what in the taxonomy, this policy, and"
            f" the earlier rounded releases of the project. It could not show that from 1 to {prompts - 1} prompts are behind one, nor find one that a table leaves"
            f" out within less than {prompts}. Where it could, more was left out until it could not."
        )
        yield f"From no earlier rounded release of the project to this one did 1 to {2 * least - 1} people come, go or be counted otherwise."

    def private(self) -> Said:
        epsilon, delta = float(self.release["epsilon"]), float(self.release["delta"])
        yield (
            f"The whole release is differentially private, with a person as the unit: ε = {short(epsilon, 3)}, δ = {short(delta, 1)}."
            f" Whatever anybody reads out of it would have been nearly as likely without any one person: by a factor of at most"
            f" e^ε = {short(math.exp(epsilon), 3)}, but for a chance of at most δ. That holds whatever else is known to whoever reads."
        )
        yield (
            f"A person counts in {_n(int(self.release['contribution']), 'question')} at most, over all tables, checkpoints and"
            " suites, drawn by a key. Noise of the discrete Laplace distribution was drawn by OpenDP; every figure, p, q and"
            " verdict is made of noisy counts, and intervals hold the noise."
        )
        yield (
            "What it took was written into the project’s ledger before any noise was drawn, and is never given back."
        )

    def limits(self) -> Said:
        yield (
            f"Against whoever controls {self.least} accounts or more: these are so many people, and beside them one more may be"
            " seen. Against whoever knows already what all but a few of those behind a count asked, to within the rounding."
        )
        yield (
            "About groups: what is true of many who have something in common is told of all of them, and some may be"
            " recognised by it."
        )
        yield (
            "Against what is known of behaviours beside the taxonomy: that two never come together, say, or that nobody of some group shows"
            " one."
        )
        yield (
            "The numbers of people from which something is told stay the same: whoever plants chats before many releases learns"
            " something of them."
        )
        yield from self._elsewhere()

    def private_limits(self) -> Said:
        yield (
            "About groups: of m people, or of one person with m accounts, it promises m times ε. What is true of many who have"
            " something in common is told of all of them."
        )
        yield "That ε is small enough: that is for whoever signs to say."
        yield (
            "Of what people declared (margins, behaviours, who is compared): it has no noise, and should not have"
            " been chosen by looking at single people."
        )
        yield from self._elsewhere()

    def _elsewhere(self) -> Said:
        yield (
            "Of releases under another project or key, before the project had its ledger, or of whatever else became known of"
            " this log: they add up, and nothing here counts them."
        )
        yield "Anonymity in law: that is for whoever signs to judge, by all means that are likely to be used."

    def tried(self) -> Said:
        at = self.release.get("attacked_at")
        if at is None:
            yield "It was not."
            return
        yield (
            "Attackers read what this policy releases of invented people with secrets, whose study went the same way but for its judge, which"
            " is a plain one: with"
            " planted chats from few accounts and many, orders to whoever names or judges, one person more or less, two"
            " releases, and guessed ids."
        )
        if self.release["accept_unknown_users"]:
            yield "All of these have an id: prompts of unknown users, which count here, were not tried."
        if self.release["attack"] == "failed":
            yield f"On {at:%Y-%m-%d} they found out more than guessing does."
            return
        yield (
            f"On {at:%Y-%m-%d} they found out no more than guessing does, at {self.release['attack_targets']} targets for each"
            " number of accounts and within the limits that the documentation states (fewer than 600 find a policy that leaks"
            " often, and no other); where nothing was protected they succeeded."
        )

    def before(self) -> Said:
        n = len(self.tables[LEDGER.name]) - 1
        if not n:
            yield "Nothing, of this project under this key."
            return
        yield f"{_n(n, 'release')} of this project under this key: table `ledger` names them, ended or not."
        yield (
            "What differentially private ones took adds up. Rounded ones protect nobody from what noisy ones tell, nor the other"
            " way about: each promises for itself."
        )

    def forgotten(self) -> Said:
        yield (
            "`logminer forget` takes a person out of the study and all that was made of it, keeps later runs from bringing the"
            " person back, and names the releases of the project, which may have counted the person. What was handed on cannot be called back; of a single"
            " person it tells nothing but what is promised above."
        )
        if not self.noisy:
            yield (
                f"A new rounded release is refused as long as 1 to {2 * self.least - 1} people have come, gone, or are counted otherwise since an earlier one:"
                " else the two would tell of those."
            )

    def signed(self) -> Said:
        if not self.release["accept_unknown_users"]:
            yield "That ids of users in the log stand for people, and not for sessions, devices or firms."
        yield "That nobody could have had so many accounts as are behind a count."
        yield "That names of checkpoints, suites, attributes and behaviours may be read by whoever gets this."
        yield "Who gets it, for what, and that they were told what is not promised."
        yield "Name, date:"

    def _distinct(self, table: str, column: str) -> list[str]:
        return list(dict.fromkeys(self.tables[table][column].to_pylist()))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _n(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
