"""Who speaks: what others call the roles, and the words in which strange ones are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

__all__ = ["SPEAKERS", "Roles", "role_of", "tellable", "told_roles"]

# What other tools call the roles.
SYNONYMS = {
    "user": "human prompter",
    "assistant": "gpt chatgpt bing bard model bot chatbot ai llm asst function_call tool_call",
    "system": "developer",
    "tool": (
        "function ipython observation environment tool_result tool_response tool_output function_response"
        " function_result code_interpreter"
    ),
}
_ROLES = {word: role for role, words in SYNONYMS.items() for word in (role, *words.split())}
# Names of roles that belong to a dialogue of another kind: which of ours they are, its owner knows. Any other word may be
# somebody's name, and is not told.
_ELSEWHERE = (
    "agent analyst assistant_1 assistant_2 caller candidate character client coach companion critic customer doctor editor"
    " employee examiner expert facilitator guest host interviewee interviewer judge manager mentor moderator narrator npc"
    " nurse observer operator other parent participant patient player reviewer rep sender receiver seller buyer"
    " speaker speaker_1 speaker_2 speaker1 speaker2 student support supervisor tutor teacher therapist user_1 user_2"
    " user1 user2 victim visitor worker"
)
ROLES_ELSEWHERE = frozenset(_ELSEWHERE.split())
_ASKING = ("customer", "client", "caller", "patient", "student", "visitor", "guest", "player")
SPEAKERS = ("role", "from", "author", "type", "sender", "speaker")  # where a message keeps its role
MOST_TOLD = 6
OTHER = "others"


def _small(roles: dict[str, Any]) -> dict[str, Any]:
    small: dict[str, Any] = {}
    for name, role in roles.items():
        if small.setdefault(word := name.strip().lower(), role) != role:
            raise ValueError(f"'{word}' is two roles; case does not count")
    return small


# What somebody calls the roles, in any case → ours; an option of a source and of recorded answers.
Roles = Annotated[dict[str, Literal["system", "user", "assistant", "tool"]], AfterValidator(_small)]


def role_of(item: Mapping[str, Any], roles: Mapping[str, str] | None = None) -> str | None:
    """The role of a message as ours, or as it stands there in small letters where it is none that is known."""
    told = next((item[key] for key in SPEAKERS if item.get(key) is not None), None)
    if isinstance(told, dict):  # ChatGPT's export: {role, name}
        told = told.get("role")
    if not isinstance(told, str):
        return None
    word = told.strip().lower()
    return (roles or {}).get(word) or _ROLES.get(word.replace("-", "_").replace(" ", "_"), word)


def tellable(roles: Iterable[str]) -> Counter[str]:
    """How often each role stands there; one that may be somebody's name counts as `others`."""
    return Counter(role if role in ROLES_ELSEWHERE else OTHER for role in roles)


def told_roles(roles: Mapping[str, int], option: str) -> str:
    """For people: `customer 5, others 1; say which role each is, as in …`, the most frequent first.

    Args:
        roles: as `tellable` counts them.
        option: where it is said, with `…` for `roles: {…}`.
    """
    frequent = sorted(roles.items(), key=lambda one: (-one[1], one[0]))[:MOST_TOLD]
    known = [role for role in roles if role != OTHER]
    example = next((role for role in (*_ASKING, *known) if role in known), "customer")
    names = ", ".join(f"{role} {n:,}" for role, n in frequent)
    return f"{names}; say which role each is, as in {option.replace('…', f'roles: {{{example}: user}}')}"
