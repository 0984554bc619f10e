"""Networks that stills share: how they are started, and that two at once don't hang."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from batches import SETTINGS, write_still

from pamcli import batch_stills
from pamcli.batch_stills import WHOLE, Lanes
from pamcli.settings import Precision, RuntimeSettings


class Slow:
    """A network whose first inference must be alone, as OpenVINO's binding has it."""

    at_work = Lock()
    began: list[tuple[int, int, int]] = []  # noqa: RUF012 - of all networks: threads, H, W

    def __init__(self, model: object, *, precision: Precision, threads: int) -> None:
        self.threads, self.precision = threads, Precision.BF16
        self.asked = precision
        self.costs = SimpleNamespace(minimum=39)

    def infer(self, rgb: Any, trimap: Any, cost_constraint: int) -> None:
        assert self.at_work.acquire(blocking=False), "two first inferences at a time"
        time.sleep(0.02)
        self.began.append((self.threads, *trimap.shape))
        self.at_work.release()


@pytest.fixture
def lanes(monkeypatch: pytest.MonkeyPatch) -> Lanes:
    monkeypatch.setattr(batch_stills, "Engine", Slow)
    monkeypatch.setattr(Slow, "began", [])
    return Lanes(replace(SETTINGS, runtime=RuntimeSettings(threads=4)))


def test_no_network_is_given_out_before_its_first_inference_was_alone(lanes: Lanes) -> None:
    given: list[tuple[int, int]] = []

    def ask(place: int) -> None:
        engine = lanes.engine(place)
        given.append((id(engine), len(Slow.began)))

    threads = [Thread(target=ask, args=(place,)) for place in (0, 1, WHOLE, 0, 1, WHOLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Slow.began) == [(2, 32, 32), (2, 32, 32), (4, 32, 32)]
    assert len({engine for engine, _ in given}) == 3


PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
from threading import Event
sys.path.insert(0, sys.argv[3])
from batches import batch_job, ran
from pamcli.settings import Precision, RuntimeSettings
job = batch_job(Path(sys.argv[1]), Path(sys.argv[2]))
runtime = RuntimeSettings(precision=Precision.F32, threads=2)
assert not ran(replace(job, settings=replace(job.settings, runtime=runtime))).failed
"""


@pytest.mark.timeout(120)
def test_two_networks_that_begin_together_do_not_wait_for_each_other(tmp_path: Path) -> None:
    for number in range(6):
        write_still(tmp_path / "in" / f"{number}.png", number)
    places = tmp_path / "in", tmp_path / "out", Path(__file__).parent
    subprocess.run([sys.executable, "-c", PROGRAM, *map(str, places)], check=True, timeout=90)
    assert len(list((tmp_path / "out").glob("*.png"))) == 6
