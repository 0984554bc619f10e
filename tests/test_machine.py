"""Cores, quota and memory from made-up /proc and /sys trees."""

import math
import os
from pathlib import Path

import pytest

from pamcli import machine


def write(root: Path, **files: str) -> Path:
    """Files below root; `__` stands for / in a keyword."""
    for name, text in files.items():
        source = root / name.replace("__", "/").replace("DOT", ".")
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
    return root


def test_the_tightest_quota_of_the_group_and_its_parents_counts(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        proc__self__cgroup="0::/slice/job\n",
        sys__fs__cgroup__slice__job__cpuDOTmax="max 100000\n",
        sys__fs__cgroup__slice__cpuDOTmax="250000 100000\n",
        sys__fs__cgroup__cpuDOTmax="400000 100000\n",
    )
    assert machine.cgroup_quota(root) == 2.5


def test_a_container_that_sees_only_its_own_group_finds_the_quota(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        proc__self__cgroup="0::/../../docker/abc\n",
        sys__fs__cgroup__cpuDOTmax="50000 100000\n",
    )
    assert machine.cgroup_quota(root) == 0.5


@pytest.mark.parametrize("mount", ["cpu,cpuacct", "cpu"])
def test_version_1_states_quota_and_period_apart(tmp_path: Path, mount: str) -> None:
    root = write(tmp_path, proc__self__cgroup="5:memory:/a\n4:cpu,cpuacct:/a\n")
    folder = root / "sys/fs/cgroup" / mount / "a"
    write(folder, **{"cpu.cfs_quota_us": "150000\n", "cpu.cfs_period_us": "50000\n"})
    assert machine.cgroup_quota(root) == 3


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"proc__self__cgroup": "0::/\n"},
        {"proc__self__cgroup": "0::/\n", "sys__fs__cgroup__cpuDOTmax": "max 100000\n"},
        {
            "proc__self__cgroup": "4:cpu:/\n",
            "sys__fs__cgroup__cpu__cpuDOTcfs_quota_us": "-1\n",
            "sys__fs__cgroup__cpu__cpuDOTcfs_period_us": "100000\n",
        },
    ],
)
def test_no_quota_is_infinite(tmp_path: Path, files: dict[str, str]) -> None:
    assert machine.cgroup_quota(write(tmp_path, **files)) == math.inf


@pytest.mark.parametrize(
    ("affinity", "quota", "cores"), [(8, "max", 8), (8, "150000", 2), (1, "400000", 1), (4, "1", 1)]
)
def test_cores_are_the_lesser_of_affinity_and_quota_rounded_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, affinity: int, quota: str, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(affinity)), raising=False)
    root = write(
        tmp_path, proc__self__cgroup="0::/\n", sys__fs__cgroup__cpuDOTmax=f"{quota} 100000\n"
    )
    assert machine.usable_cores(root) == cores


def test_without_an_affinity_call_the_processors_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert machine.usable_cores(tmp_path) == 6


def test_the_processor_names_itself_and_its_instructions(tmp_path: Path) -> None:
    text = "processor\t: 0\nmodel name\t: Fast CPU: 3\nflags\t\t: fpu avx2\n\nprocessor\t: 1\n"
    root = write(tmp_path, proc__cpuinfo=text)
    assert machine.cpu_name(root) == "Fast CPU: 3"
    assert machine.instruction_sets(root) == {"fpu", "avx2"}


def test_an_arm_processor_lists_features(tmp_path: Path) -> None:
    root = write(tmp_path, proc__cpuinfo="processor\t: 0\nFeatures\t: fp asimd\n")
    assert machine.instruction_sets(root) == {"fp", "asimd"}
    assert machine.cpu_name(root)


def test_an_unknown_machine_has_no_instructions_and_no_peak(tmp_path: Path) -> None:
    assert machine.instruction_sets(tmp_path) == frozenset()
    assert machine.peak_memory(tmp_path) == 0


def test_peak_memory_is_in_bytes(tmp_path: Path) -> None:
    root = write(tmp_path, proc__self__status="Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n")
    assert machine.peak_memory(root) == 2048 * 1024


def test_free_space_is_asked_of_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    here = machine.disk_free(tmp_path)
    there = machine.disk_free(tmp_path / "not" / "yet")
    assert here > 0
    assert abs(here - there) < 2**30
