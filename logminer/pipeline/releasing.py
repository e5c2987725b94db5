"""What may leave the building, as a pipeline file declares it, and how what stays is kept."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from logminer.spec import Spec

__all__ = ["FLOOR", "EncryptionOptions", "PrivacyOptions", "ReleaseOptions"]

FLOOR = 10  # people behind whatever is released, at least


class ReleaseOptions(Spec):
    """The policy of `logminer release`.

    Attributes:
        min_users: known users who must be behind each count; at least 10.
        accept_unknown_users: prompts whose user is unknown count, each wording as a person of its own. One person may be
            behind all of them: say so only of prompts that are no people's.
        contribution: prompts with which a user counts, in all tables of a suite together; they are drawn.
    """

    min_users: int = Field(50, ge=FLOOR)
    accept_unknown_users: bool = False
    contribution: int = Field(1, ge=1, le=100)


class PrivacyOptions(Spec):
    """Differential privacy of `logminer release`: what a release costs, and what the project has to spend.

    Attributes:
        epsilon: of a whole release, all of its tables and arms together.
        delta: likewise.
        contribution: cells in which a user counts, in all tables together; they are drawn.
        project_epsilon: of all releases of the project together; null: one release's.
        project_delta: likewise.
    """

    epsilon: float = Field(1.0, gt=0, le=20)
    delta: float = Field(1e-6, gt=0, lt=0.01)
    contribution: int = Field(1, ge=1, le=100)
    project_epsilon: float | None = Field(None, gt=0)
    project_delta: float | None = Field(None, gt=0, lt=1)

    @model_validator(mode="after")
    def _enough_for_one(self) -> Self:
        for name in ("epsilon", "delta"):
            whole = getattr(self, f"project_{name}")
            if whole is not None and whole < getattr(self, name):
                raise ValueError(f"`project_{name}` is less than one release takes")
        return self


class EncryptionOptions(Spec):
    """Encryption of a study's files.

    Attributes:
        key_env: the environment variable that holds the key: 32 bytes, hex. The key of pseudonyms is another.
    """

    key_env: str
