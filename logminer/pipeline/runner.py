"""Where a pipeline's parts are computed, as its file says it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from logminer.spec import Spec

__all__ = ["AnyRunner", "RunnerKind", "RunnerSpec"]

RunnerKind = Literal["local", "ray"]


class RunnerSpec(Spec):
    """Where parts are computed: it changes no byte of meaning. `runner: ray` is short for `{kind: ray}`.

    Attributes:
        kind: local: processes of this machine; ray: actors of a Ray cluster.
        address: of a cluster; null: what `RAY_ADDRESS` says, and where it says nothing, one of this machine for the time of
            the run.
        actors: processes that ask each checkpoint, each with `replay.concurrency` requests in flight; null: one, or one for each
            accelerator where it wants them.
    """

    kind: RunnerKind = "local"
    address: str | None = None
    actors: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _of_ray(self) -> RunnerSpec:
        if self.kind == "local" and (self.address or self.actors):
            raise ValueError("`address` and `actors` are of Ray: say `kind: ray`")
        return self


def _spelt_out(said: Any) -> Any:
    return {"kind": said} if isinstance(said, str) else said


AnyRunner = Annotated[RunnerSpec, BeforeValidator(_spelt_out)]
