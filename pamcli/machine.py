"""What this machine gives the process: cores, instruction sets, memory and disk."""

import math
import os
import platform
import shutil
from pathlib import Path

ROOT = Path("/")


def usable_cores(root: Path = ROOT) -> int:
    """Cores that may be busy at once: the affinity mask, cut to the cgroup's CPU quota.

    A quota of 1.5 cores counts as 2, so that none of it is left unused. At least 1. `root` is the
    folder that holds proc/ and sys/.
    """
    return max(1, math.ceil(min(_affinity(), cgroup_quota(root))))


def cgroup_quota(root: Path = ROOT) -> float:
    """CPU quota in cores of this process's cgroup and all above it; infinity where none is set.

    Version 2 states it in cpu.max ("max 100000" or "150000 100000"), version 1 in
    cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us.
    """
    quotas = [math.inf]
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, group = line.split(":", 2)
        if not controllers:
            quotas += [_quota_v2(f) for f in _with_parents(root / "sys/fs/cgroup", group)]
        elif "cpu" in controllers.split(","):
            for mount in (controllers, "cpu"):
                folders = _with_parents(root / "sys/fs/cgroup" / mount, group)
                quotas += [_quota_v1(f) for f in folders]
    return min(quotas)


def cpu_name(root: Path = ROOT) -> str:
    """The processor's name as its maker writes it, or its architecture."""
    return _cpuinfo(root).get("model name") or platform.processor() or platform.machine()


def instruction_sets(root: Path = ROOT) -> frozenset[str]:
    """Feature flags of the processor as Linux names them (avx2, avx512f, amx_bf16, asimd, …)."""
    info = _cpuinfo(root)
    return frozenset((info.get("flags") or info.get("Features") or "").split())


def peak_memory(root: Path = ROOT) -> int:
    """The most memory that this process has held resident so far, in bytes; 0 where unknown."""
    for line in _read(root / "proc/self/status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def disk_free(folder: Path) -> int:
    """Free bytes on the disk of `folder`, or of its nearest parent that exists."""
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux; macOS and Windows have no such call
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _with_parents(mount: Path, group: str) -> list[Path]:
    """Folders of a cgroup and of every group above it; a container may see only the topmost."""
    parts = [p for p in group.split("/") if p not in ("", "..")]
    return [mount.joinpath(*parts[:n]) for n in range(len(parts), -1, -1)]


def _quota_v2(folder: Path) -> float:
    words = _read(folder / "cpu.max").split()
    if len(words) != 2 or words[0] == "max":
        return math.inf
    return int(words[0]) / int(words[1])


def _quota_v1(folder: Path) -> float:
    quota = int(_read(folder / "cpu.cfs_quota_us") or -1)
    period = int(_read(folder / "cpu.cfs_period_us") or 0)
    return quota / period if quota > 0 and period > 0 else math.inf


def _cpuinfo(root: Path) -> dict[str, str]:
    """The first processor's entries of proc/cpuinfo."""
    first = _read(root / "proc/cpuinfo").split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _read(source: Path) -> str:
    try:
        return source.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux, another cgroup version, or hidden by the container
        return ""
