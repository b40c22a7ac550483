"""The cluster of TF_CONFIG: which workers train together, and which of them this process is."""

import dataclasses
import json
import os
from collections.abc import Mapping

_EXAMPLE = '{"cluster": {"worker": ["host0:12345", "host1:12345"]}, "task": {"type": "worker", "index": 0}}'


@dataclasses.dataclass(frozen=True)
class Worker:
    """One process of a cluster.

    Attributes:
      index: its place among all that train, the chief first.
      addresses: host:port of all that train, in that order.
    """

    index: int
    addresses: tuple[str, ...]

    @property
    def is_chief(self) -> bool:
        """Whether this is the one that writes what all share."""
        return self.index == 0


def read(environment: Mapping[str, str] = os.environ) -> Worker | None:
    """This process's place in the cluster; None where TF_CONFIG names no second process.

    Raises:
      ValueError: TF_CONFIG is not JSON, names a job that does not train here, or a task that is not in its cluster.
    """
    text = environment.get("TF_CONFIG", "")
    if not text:
        return None
    try:
        config = json.loads(text)
        cluster = {job: tuple(addresses) for job, addresses in config.get("cluster", {}).items()}
        task = config.get("task", {"type": "worker", "index": 0})
        job, index = str(task["type"]), int(task["index"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"TF_CONFIG={text} cannot be read ({error!r}). It looks like this: {_EXAMPLE}") from error
    if sum(map(len, cluster.values())) < 2:
        return None
    return _worker(cluster, job, index)


def _worker(cluster: dict[str, tuple[str, ...]], job: str, index: int) -> Worker:
    strange = sorted({*cluster, job} - {"chief", "worker"})
    if strange:
        raise ValueError(
            f"TF_CONFIG has the job {strange[0]!r}: all processes train alike here (no parameter server, no "
            "evaluator), so only chief and worker have a place."
        )
    if not 0 <= index < len(cluster.get(job, ())):
        raise ValueError(
            f"TF_CONFIG says that this process is {job} {index}, but its cluster has {len(cluster.get(job, ()))} "
            f"{job}(s), counted from 0."
        )
    chiefs = cluster.get("chief", ())
    return Worker(index + (len(chiefs) if job == "worker" else 0), chiefs + cluster.get("worker", ()))
