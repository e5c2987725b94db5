"""What decides what a release gives away: declared in a pipeline file, and kept with every run of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from logminer.pipeline.file import PipelineFile
from logminer.pipeline.releasing import PrivacyOptions, ReleaseOptions
from logminer.spec import content_hash

__all__ = ["POLICY", "Policy", "policy_digest"]

POLICY = "policy"  # in the record of a run, beside the options
VERSION = 2  # raised where the same policy would let something else out


class Policy(NamedTuple):
    """The policy of a pipeline's releases.

    Attributes:
        release, privacy: as in the file.
        digest: see `policy_digest`; null: nobody says how the study was made.
    """

    release: ReleaseOptions
    privacy: PrivacyOptions | None
    digest: str | None

    @classmethod
    def of(cls, file: PipelineFile) -> Policy:
        """That of a file.

        Raises:
            ConfigError: see `AnonymiseOptions.options`.
        """
        return cls(file.release, file.privacy, policy_digest(file))

    @classmethod
    def kept(cls, options: Mapping[str, Any]) -> Policy:
        """That of a run, by its recorded options; of one of an earlier version, the default one."""
        said = options.get(POLICY)
        if said is None:
            return cls(ReleaseOptions(), None, None)
        privacy = said["privacy"]
        return cls(
            ReleaseOptions.model_validate(said["release"]),
            None if privacy is None else PrivacyOptions.model_validate(privacy),
            said["digest"],
        )

    def options(self) -> dict[str, Any]:
        """JSON-ready: what `kept` reads."""
        return {
            "release": self.release.options(),
            "privacy": self.privacy and self.privacy.options(),
            "digest": self.digest,
        }


def policy_digest(file: PipelineFile) -> str:
    """Names all of a pipeline that decides what a release gives away: an attack on another policy says nothing of this one.

    Raises:
        ConfigError: see `AnonymiseOptions.options`.
    """
    cluster, namer = file.cluster, file.namer()
    said: list[Any] = [
        VERSION,
        file.release.options(),
        file.privacy and file.privacy.options(),
        file.anonymise.options(),
        cluster.options() | {"map": None, "min_people": cluster.min_people},
        namer and namer.options(),
    ]
    return content_hash(said)
