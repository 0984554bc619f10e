"""How long and how well it lasts: soak.py SECONDS FPS CLIP BACKGROUND.

A clip, over and over at its own pace, is matted with sound onto a real RTMP server and into a file.
Printed is the run's own report and the memory it had at twenty moments, MiB.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from live.running import Running
from live.servers import RtmpServer, has_nginx

MOMENTS = 20
MIB = 1 << 20
ENDING = 60.0


def soak(seconds: float, fps: str, clip: str, background: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        look = "--fps", fps, "--background", background
        with RtmpServer(folder / "nginx") as server:
            sinks = server.url("soak"), folder / "record.mkv"
            lasting = "--loop", "--duration", f"{seconds:g}"
            with Running(folder, clip, *sinks, *look, *lasting) as run:
                memory = []
                for _ in range(MOMENTS):
                    time.sleep(seconds / MOMENTS)
                    if run.is_running:
                        memory.append(run.memory // MIB)
                code, report = run.ended(ENDING)
                return {**report, "exit_code": code, "memory_mib": memory, "said": run.said}


if __name__ == "__main__":
    if not has_nginx():
        sys.exit("needs nginx with RTMP: apt-get install nginx libnginx-mod-rtmp")
    print(json.dumps(soak(float(sys.argv[1]), *sys.argv[2:]), indent=1))
