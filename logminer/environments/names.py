"""The environments, by the names of their suites."""

from __future__ import annotations

from logminer.errors import ConfigError, did_you_mean

__all__ = ["ENVIRONMENTS", "check_environment"]

ENVIRONMENTS = ("reward-hacking",)


def check_environment(name: str) -> None:
    """Whether there is such an environment.

    Raises:
        ConfigError: there is none.
    """
    if name not in ENVIRONMENTS:
        hint = did_you_mean(name, ENVIRONMENTS, f"there is {', '.join(ENVIRONMENTS)}")
        raise ConfigError(f"no environment is called '{name}'; {hint}")
