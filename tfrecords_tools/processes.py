"""Spreads work over processes, and takes the results in order, with a bounded number under way."""

import collections
import concurrent.futures
import itertools
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Task, Result = TypeVar("Task"), TypeVar("Result")


def in_order(
    function: Callable[[Task], Result], tasks: Iterable[Task], workers: int, window: int = 2
) -> Iterator[Result]:
    """Yields `function(task)` of every task, in order, computed by `workers` processes (1 = this one).

    Args:
      function: of a module, so that another process finds it by name.
      tasks: taken one by one, as places come free.
      window: tasks under way per worker, which bounds the memory.

    Raises:
      ChildProcessError: a worker died, most often for want of memory.
    """
    if workers == 1:
        yield from map(function, tasks)
        return
    tasks = iter(tasks)
    pool = _processes(workers)
    try:
        waiting = collections.deque(pool.submit(function, task) for task in itertools.islice(tasks, window * workers))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(function, task) for task in itertools.islice(tasks, 1))
    except concurrent.futures.process.BrokenProcessPool as error:
        raise ChildProcessError(
            f"One of {workers} worker processes died, most often for want of memory: "
            "run the same command again with fewer --workers; it goes on where it stopped."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _processes(workers: int) -> concurrent.futures.ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # TensorFlow's threads do not survive a fork
    return concurrent.futures.ProcessPoolExecutor(workers, context, initializer=_follow_parent)


def _follow_parent() -> None:
    """Ends this worker when its parent is killed, which a pool does not do of itself; Ctrl-C is the parent's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process().sentinel

    def follow():
        multiprocessing.connection.wait([parent])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
