"""The runner of a journey, opened."""

from __future__ import annotations

from logminer.errors import ConfigError
from logminer.pipeline.journey import Journey
from logminer.pipeline.reporter import Reporter
from logminer.process.permissions import GROUP, OWNER
from logminer.runners.local import local_runner
from logminer.runners.part import Runner

__all__ = ["open_runner"]


def open_runner(journey: Journey, reporter: Reporter) -> Runner:
    """Where the parts of a journey are computed, as its file says.

    Raises:
        ConfigError: see `runners.ray.Cluster` and `runners.actors.ActorRunner`; or no worker is wanted, and Ray is.
    """
    file = journey.file
    if file.runner.kind == "local":
        return local_runner(file.workers, reporter.heard)
    if not file.workers:
        raise ConfigError(
            "workers: 0 computes in this process, and Ray in others: leave it out, or say `runner: local`"
        )
    return _on_ray(journey, reporter)


def _on_ray(journey: Journey, reporter: Reporter) -> Runner:
    from logminer.runners.actors import ActorRunner
    from logminer.runners.ray import Cluster
    from logminer.runners.remote import Expected

    file = journey.file
    cluster = Cluster(file.runner.address, file.workers)
    try:
        said = cluster.is_own or "workers" in file.model_fields_set
        dump = file.source.files()[0].path
        expected = Expected(file.project_name, journey.pseudonyms.key_id, dump)
        return ActorRunner(
            cluster,
            [step.stage for step in journey.steps],
            cluster.marking(expected, journey.folder.parts),
            GROUP if file.group_readable else OWNER,
            workers=file.workers if said else max(1, cluster.cpus - 1),
            actors=file.runner.actors,
            heard=reporter.heard,
            say=reporter.say,
        )
    except BaseException:
        cluster.leave()
        raise
