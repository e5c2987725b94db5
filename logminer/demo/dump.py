"""A made-up dump to try the whole way on: real enough to be worth anonymising, and nobody's.

People, addresses and numbers are Faker's, in the manner of ten countries; what they say is in `asks.yaml`. The
generator knows every piece of personal data that it planted and hands the list back in memory only, so that a demo
or a test can look for leaks.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from logminer.errors import ConfigError
from logminer.spec import load_yaml

__all__ = ["DemoDump", "write_demo_dump"]

LOCALES_WITH_IBAN = ("en_GB", "de_DE", "fr_FR", "es_ES", "pl_PL", "it_IT", "nl_NL")
LOCALES = (*LOCALES_WITH_IBAN, "en_US", "pt_BR", "sv_SE")
KINDS = {
    "name": "person",
    "email": "email",
    "phone": "phone",
    "card": "card",
    "iban": "iban",
    "ip": "ip",
}
FEWEST = 20
CONTACTS = 40
BAD_ROWS = 3
START = datetime(2026, 1, 5, 6, tzinfo=UTC)
WEEKS = 6
# Shares that make the demo's comparisons worth reading; benign is the rest.
BORDERLINE, HARMFUL = 0.23, 0.22
CARRIER, SIGN_OFF, SYSTEM, GREETING, CASUAL = 0.35, 0.15, 0.1, 0.15, 0.08
REFUSED = {"benign": 0.0, "borderline": 0.3, "harmful": 0.88}
GREETINGS = ("Hi! ", "Hello, ", "Quick question: ", "One more thing. ", "I was wondering: ")

Message = dict[str, str]


class DemoDump(NamedTuple):
    """What was written: `planted` holds, by kind, every planted value as it stands in the text."""

    path: Path
    planted: dict[str, tuple[str, ...]]
    conversations: int
    users: int


def write_demo_dump(path: Path, *, conversations: int = 360, seed: int = 7) -> DemoDump:
    """Writes a Parquet dump of format `conversations` with an attribute column `ask`.

    Seven in eight conversations are one question, the others have two to four user turns. The last user message stands on
    its own, and `ask` says of it: benign, borderline (sounds worse than it is) or harmful. One conversation in 36 is
    Spanish or German; three rows are broken. The same seed and Faker give the same rows.

    Args:
        conversations: rows to write, at least 20; they come from 40 users, or a third as many where that is more.

    Returns:
        Where it lies and what was planted: kinds person, email, phone, card, iban, ip.

    Raises:
        ConfigError: fewer than 20 conversations.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if conversations < FEWEST:
        raise ConfigError(f"demo dump: needs at least {FEWEST} conversations, not {conversations}")
    rng = random.Random(seed)
    author = _Author(load_yaml(Path(__file__).with_name("asks.yaml")), rng)
    n_users = min(conversations, max(40, conversations // 3))
    people = list(_people(n_users + CONTACTS, seed, rng))
    writers = [(f"user-{rng.getrandbits(32):08x}", person) for person in people[:n_users]]
    author.contacts = people[n_users:]

    special = rng.sample(range(conversations), BAD_ROWS + max(1, conversations // 36))
    bad, foreign = special[:BAD_ROWS], special[BAD_ROWS:]
    asks = _quota(conversations, {"borderline": BORDERLINE, "harmful": HARMFUL}, "benign", rng)
    turns = _quota(conversations, {2: 0.065, 3: 0.04, 4: 0.02}, 1, rng)
    minutes = sorted(rng.sample(range(WEEKS * 7 * 24 * 60), conversations))
    rows: list[dict[str, Any]] = []
    for i, (user_id, person) in enumerate(_by_activity(writers, conversations, rng)):
        ask, language, messages = asks[i], "en", None
        if i in foreign:
            ask, language = "benign", ("es", "de")[foreign.index(i) % 2]
            messages = author.foreign(language, person)
        elif i in bad:
            ask, messages = "benign", author.broken(bad.index(i), person)
        else:
            messages = author.conversation(ask, turns[i], person)
        rows.append(
            {
                "conversation_id": f"{rng.getrandbits(64):016x}",
                "user_id": user_id,
                "messages": messages,
                "model": "demo-assistant-1",
                "created_at": START + timedelta(minutes=minutes[i]),
                "language": language,
                "ask": ask,
            }
        )
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    types = {"messages": pa.list_(message), "created_at": pa.timestamp("us", tz="UTC")}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in rows[0]])
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    planted = {kind: tuple(values) for kind, values in author.planted.items()}
    return DemoDump(path, planted, conversations, n_users)


class _Author:
    """Writes conversations and remembers every piece of personal data that went into one."""

    def __init__(self, corpus: dict[str, Any], rng: random.Random) -> None:
        self.corpus, self.rng = corpus, rng
        self.contacts: Sequence[dict[str, str]] = ()
        self.planted: dict[str, dict[str, None]] = {kind: {} for kind in KINDS.values()}
        self.asked: set[str] = set()
        self.turn = {"benign": 0, "borderline": 0, "harmful": 0}
        self.carriers: list[dict[str, str]] = []  # left of those dealt out

    def conversation(self, ask: str, turns: int, person: Mapping[str, str]) -> list[Message]:
        """An English conversation of so many user turns, the last of the given kind."""
        rng, topic = self.rng, self.next_topic(ask)
        fields = self.fields(person)
        pairs: list[tuple[str, str]] = []
        if rng.random() < CARRIER and (turns > 1 or ask == "benign"):
            pairs.append(self.pair(self.next_carrier(), fields))
        slots, last = self.new_ask(topic)
        for lead in rng.sample(topic["leads"], turns - 1 - len(pairs) if turns > 1 else 0):
            pairs.append(self.pair(lead, slots))
        if len(pairs) < turns:
            pairs.append((last + self.sign_off(ask, fields), self.answer(topic, slots)))
        head = [_message("system", rng.choice(self.corpus["system"]))]
        return (head if rng.random() < SYSTEM else []) + _dialogue(pairs)

    def foreign(self, language: str, person: Mapping[str, str]) -> list[Message]:
        """A short conversation in another language."""
        carrier = self.rng.choice(self.corpus["foreign"][language])
        return _dialogue([self.pair(carrier, self.fields(person))])

    def broken(self, kind: int, person: Mapping[str, str]) -> list[Message] | None:
        """What no reader can take in: no messages, an unknown role, an empty list."""
        if kind != 1:
            return None if kind == 0 else []
        carrier = self.next_carrier()
        return [_message("narrator", self.fill(carrier["ask"], self.fields(person)))]

    def next_topic(self, ask: str) -> dict[str, Any]:
        """The topics of a kind in turn, so that each is asked about as often."""
        topics = [topic for topic in self.corpus["topics"] if topic["ask"] == ask]
        self.turn[ask] += 1
        topic: dict[str, Any] = topics[self.turn[ask] % len(topics)]
        return topic

    def next_carrier(self) -> dict[str, str]:
        """A text that carries personal data; each comes once before one comes again, so that every kind is planted."""
        if not self.carriers:
            self.carriers = self.rng.sample(self.corpus["carriers"], len(self.corpus["carriers"]))
        return self.carriers.pop()

    def new_ask(self, topic: dict[str, Any]) -> tuple[dict[str, str], str]:
        """Fillers of the topic's slots and a closing ask, one not used before where that is possible."""
        rng = self.rng
        for _ in range(20):
            slots = {slot: rng.choice(fillers) for slot, fillers in topic["slots"].items()}
            text = self.fill(rng.choice(topic["asks"]), slots)
            if text not in self.asked:
                break
        self.asked.add(text)
        if rng.random() < GREETING:
            text = rng.choice(GREETINGS) + text
        elif rng.random() < CASUAL:
            text = text.lower().rstrip(".?")
        return slots, text

    def answer(self, topic: dict[str, Any], slots: Mapping[str, str]) -> str:
        """What the logged assistant said: refusals are common only where the ask is harmful."""
        refused = self.rng.random() < REFUSED[topic["ask"]]
        return self.fill(
            self.rng.choice(self.corpus["refusals"] if refused else topic["answers"]), slots
        )

    def sign_off(self, ask: str, fields: Mapping[str, str]) -> str:
        """A signature under some messages; those who mean harm leave none."""
        if ask == "harmful" or self.rng.random() >= SIGN_OFF:
            return ""
        return self.fill(self.rng.choice(self.corpus["sign_offs"]), fields)

    def fields(self, person: Mapping[str, str]) -> dict[str, str]:
        """A person's fields and those of somebody they know."""
        other = self.rng.choice(self.contacts)
        return {**person, **{f"other_{field}": value for field, value in other.items()}}

    def pair(self, source: Mapping[str, str], fields: Mapping[str, str]) -> tuple[str, str]:
        """A question and its answer, filled in."""
        return self.fill(source["ask"], fields), self.fill(source["answer"], fields)

    def fill(self, text: str, fields: Mapping[str, str]) -> str:
        """`text` with its `$fields` filled in; personal ones are noted as planted."""
        template = Template(text)
        for field in template.get_identifiers():
            if kind := KINDS.get(field.removeprefix("other_")):
                self.planted[kind][fields[field]] = None
        filled = template.substitute(fields)
        return filled[:1].upper() + filled[1:] if text.startswith("$") else filled


def _people(count: int, seed: int, rng: random.Random) -> Iterator[dict[str, str]]:
    """Made-up people, the locales in turn; numbers are valid and written in one of the usual ways."""
    from faker import Faker

    fakers = {locale: Faker(locale) for locale in LOCALES}
    for i, faker in enumerate(fakers.values()):
        faker.seed_instance(seed * 1_000 + i)
    for i in range(count):
        locale = LOCALES[i % len(LOCALES)]
        faker = fakers[locale]
        bank = fakers[locale if locale in LOCALES_WITH_IBAN else "en_GB"]
        name = f"{faker.first_name()} {faker.last_name()}"
        card = faker.credit_card_number(rng.choice(("visa16", "mastercard", "discover")))
        yield {
            "name": name,
            "email": f"{_ascii(name)}@example.{rng.choice(('com', 'org', 'net'))}",
            "phone": faker.phone_number(),
            "address": faker.address(),
            "company": faker.company(),
            "iban": _grouped(bank.iban(), rng.choice(("", " "))),
            "card": _grouped(card, rng.choice(("", " ", "-"))),
            "ip": faker.ipv6() if rng.random() < 0.2 else faker.ipv4_public(),
        }


def _ascii(name: str) -> str:
    plain = name.lower().translate({ord("ł"): "l", ord("ß"): "ss", ord("ø"): "o"})
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return ".".join(re.findall("[a-z]+", plain))


def _grouped(number: str, separator: str) -> str:
    return separator.join(re.findall(".{1,4}", number)) if separator else number


def _quota(n: int, shares: Mapping[Any, float], rest: Any, rng: random.Random) -> list[Any]:
    """`n` values in random order, each with exactly its share."""
    values = [value for value, share in shares.items() for _ in range(int(n * share))]
    values += [rest] * (n - len(values))
    rng.shuffle(values)
    return values


def _by_activity(writers: Sequence[Any], n: int, rng: random.Random) -> list[Any]:
    """Who writes each of `n` conversations: everybody at least one, a few very many."""
    weights = [1 / (rank + 3) for rank in range(len(writers))]
    chosen = [*writers, *rng.choices(writers, weights, k=n - len(writers))]
    rng.shuffle(chosen)
    return chosen


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _dialogue(pairs: Sequence[tuple[str, str]]) -> list[Message]:
    return [
        _message(role, text)
        for pair in pairs
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
