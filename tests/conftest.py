"""What holds for every test: examples are the same in each run, and none is judged by its time.

The whole suite runs in a process for each of two cores (pytest-xdist); `turns.py` keeps those apart that
measure the machine, and `pictures.py` puts together what the processes know of the pictures.
"""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.turns", "tests.pictures"]
MOST_PROCESSES = 2

settings.register_profile(
    "suite",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes `-n auto` means: none beside this one for a file, or to draw pictures anew."""
    one_file = any(name.partition("::")[0].endswith(".py") for name in config.args)
    cores = min(MOST_PROCESSES, os.cpu_count() or 1)
    return 0 if one_file or cores == 1 or config.option.update_snapshots else cores


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage among what the tests make, and seldom: not among all modules and thousands of items.

    Every fourth second of driving the workstation went into looking through them again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 20)
