"""How much memory this process holds at present."""

import os
from pathlib import Path

ROOT = Path("/")


def resident_memory(root: Path = ROOT) -> int:
    """Bytes; 0 where the system does not say."""
    try:
        pages = (root / "proc/self/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
