"""A batch on a Ray cluster: what the driver does, and all of it on a real one."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from threading import Event

import pytest
from batches import Heard, batch_job, contents, disc, ran, write_still, write_trimap
from clips import Clip, write_clip
from ray_here import RayError, RayHere

from pamcli import __version__, ray_address, ray_cluster, ray_tasks
from pamcli.batch_job import BatchJob
from pamcli.batch_words import OnError, Outcome, State
from pamcli.engine import Engine
from pamcli.errors import InputError, OutputError
from pamcli.models import load_model
from pamcli.settings import CostSettings, Precision

FRAMES = 190


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_model(), precision=Precision.F32, threads=1)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five stills, one of them damaged, and a clip of four parts with sound."""
    folder = tmp_path_factory.mktemp("ray") / "in"
    for number in range(4):
        write_still(folder / f"s{number}.png", number)
    (folder / "bad.png").write_bytes(b"no picture")
    times = tuple(7200 + 3600 * n + 7 * (n % 3) for n in range(FRAMES))
    write_clip(folder / "c.mp4", Clip(times=times, audio="aac", picture=disc, gop=25))
    write_trimap(folder / "c.trimap.png")
    return folder


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Iterator[RayHere]:
    """The library's place taken: every task runs here, by one network."""
    here = RayHere(lambda task, given: None)
    for module in (ray_address, ray_tasks):
        monkeypatch.setattr(module, "load_ray", lambda: here)
    monkeypatch.setattr(ray_address, "_check", lambda address: None)
    monkeypatch.setattr(ray_cluster, "on_node", lambda node: node)
    for module_name in ("batch_stills", "video_job"):
        monkeypatch.setattr(f"pamcli.{module_name}.Engine", lambda model, **options: engine)
    ray_tasks._engines.cache_clear()
    ray_tasks._lanes.cache_clear()
    yield here
    assert not here.is_open
    ray_tasks._engines.cache_clear()
    ray_tasks._lanes.cache_clear()


def on_ray(tree: Path, target: Path, **more: object) -> BatchJob:
    return replace(batch_job(tree, target), ray="here:1", **more)  # type: ignore[arg-type]


def test_what_is_made_and_told_is_as_on_one_machine(
    ray: RayHere, tree: Path, tmp_path: Path
) -> None:
    heard = Heard()
    report = ran(on_ray(tree, tmp_path / "ray"), heard)
    alone = ran(batch_job(tree, tmp_path / "alone"))
    assert contents(tmp_path / "ray") == contents(tmp_path / "alone") != {}
    assert {n: replace(o, seconds=0) for n, o in report.outcomes.items()} == {
        n: replace(o, seconds=0) for n, o in alone.outcomes.items()
    }
    assert list(report.failed) == ["bad.png"]
    assert sorted(heard.ended_names) == sorted(heard.planned_names) == list(report.outcomes)
    tasks = [name for name, _ in ray.sent]
    assert tasks.count("examine") == 2  # the node that is gone is not asked
    assert tasks.count("matte_part") == 4
    assert tasks.count("matte_one") == 1
    again = Heard()
    ran(on_ray(tree, tmp_path / "ray"), again)
    assert again.ended_names == []


def test_with_a_frame_rate_to_hold_a_clip_is_not_cut(
    ray: RayHere, tree: Path, tmp_path: Path
) -> None:
    job = on_ray(tree, tmp_path / "out")
    cost = CostSettings(fps=Fraction(1000))
    report = ran(replace(job, settings=replace(job.settings, cost=cost)))
    assert report.outcomes["c.mp4"].frames == FRAMES
    assert "matte_part" not in [name for name, _ in ray.sent]


def test_of_a_block_that_kills_its_workers_only_the_culprit_fails(
    ray: RayHere, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(task: str, given: tuple[object, ...]) -> None:
        if task == "matte_block" and "s1.png" in str(given[1]):
            raise RayError("The worker died unexpectedly.\nExit type: SYSTEM_ERROR")

    ray.dies = dies
    monkeypatch.setattr(ray_cluster._Hands, "_size", lambda self, waiting: 3)
    report = ran(on_ray(tree, tmp_path / "out"))
    assert sorted(report.failed) == ["bad.png", "s1.png"]
    assert report.failed["s1.png"] == (
        f"{tree / 's1.png'}: its worker failed, 4 times tried: "
        "RayError: The worker died unexpectedly."
    )
    assert report.outcomes["s0.png"].state is report.outcomes["s2.png"].state is State.DONE


def test_what_every_file_would_meet_ends_the_batch(
    ray: RayHere, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = ray_tasks.Ended((Outcome(state=State.WAITING),), OutputError("disk full"))
    monkeypatch.setattr(ray_tasks, "matte_one", lambda order, item: full)
    monkeypatch.setattr(ray_cluster, "matte_one", ray_tasks.matte_one)
    report = ran(on_ray(tree, tmp_path / "out"))
    assert str(report.error) == "disk full"
    assert report.outcomes["c.mp4"].state is State.WAITING
    assert report.count(State.RUNNING) == 0


def test_asked_to_stop_it_sends_nothing_more_out(ray: RayHere, tree: Path, tmp_path: Path) -> None:
    stop = Event()
    report = ran(on_ray(tree, tmp_path / "out"), Heard(lambda name: stop.set()), stop)
    assert report.stopped and report.count(State.RUNNING) == 0
    alone = ran(batch_job(tree, tmp_path / "out"))
    assert not alone.stopped and list(alone.failed) == ["bad.png"]


def test_an_error_can_end_the_batch(ray: RayHere, tree: Path, tmp_path: Path) -> None:
    report = ran(on_ray(tree, tmp_path / "out", on_error=OnError.STOP))
    assert list(report.failed) == ["bad.png"] and report.count(State.RUNNING) == 0


@pytest.mark.usefixtures("ray")
def test_a_task_that_no_node_has_room_for_is_told(tree: Path, tmp_path: Path) -> None:
    job = on_ray(tree, tmp_path / "out")
    many = replace(job.settings, runtime=replace(job.settings.runtime, threads=3))
    with pytest.raises(InputError, match=r"^--ray here:1: no node has 3 cores for a task$"):
        ran(replace(job, settings=many))


def test_a_node_of_another_version_is_told(
    ray: RayHere, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = ray_tasks.Node("0.0.1", Precision.F32)
    monkeypatch.setattr(ray_cluster, "examine", lambda precision, cores: old)
    with pytest.raises(InputError, match=r"--ray here:1: a node has pamcli 0\.0\.1, this is"):
        ran(on_ray(tree, tmp_path / "out"))


def test_a_node_without_pamcli_is_told(ray: RayHere, tree: Path, tmp_path: Path) -> None:
    def dies(task: str, given: tuple[object, ...]) -> None:
        raise RayError("No module named 'pamcli'")

    ray.dies = dies
    with pytest.raises(InputError, match="a node cannot run pamcli: RayError: No module named"):
        ran(on_ray(tree, tmp_path / "out"))


def test_the_most_exact_precision_of_all_nodes_holds(
    ray: RayHere, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([Precision.INT8, Precision.BF16])
    node = ray_tasks.Node(__version__, Precision.F32)
    monkeypatch.setattr(
        ray_cluster, "examine", lambda precision, cores: replace(node, precision=next(found))
    )
    job = on_ray(tree, tmp_path / "out")
    cluster = ray_cluster.Cluster("here:1", job.settings, job.stage)
    assert cluster._order.settings.runtime.precision is Precision.BF16
    cluster.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("somewhere", "neither auto nor HOST:PORT nor ray://HOST:PORT"),
        ("127.0.0.1:1", "doesn't answer"),
        ("ray://127.0.0.1:1", "doesn't answer"),
        ("127.0.0.1:99999", "doesn't answer"),
    ],
)
def test_an_address_that_does_not_answer_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    monkeypatch.setattr(ray_address, "load_ray", lambda: None)
    began = time.monotonic()
    with pytest.raises(InputError, match=f"^--ray {address}: {said}"):
        ray_address.connected(address)
    assert time.monotonic() - began < 5


def test_something_else_that_listens_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_address, "load_ray", lambda: None)
    monkeypatch.setattr(ray_address, "HEALTH", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=r"something answers, but it is no Ray cluster$"):
            ray_address.connected(f"127.0.0.1:{port}")


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"Ray isn't installed: pip install 'pamcli\[ray\]'"):
        ray_address.connected("auto")


PROGRAM = "from pamcli.cli.main import main; main()"


class Cluster:
    """Two nodes of one core each on this machine, as `ray start` makes them."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        port = self.address.rpartition(":")[2]
        head = ["--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={folder}"]
        self._nodes = [self._start(*head)]
        self._until(lambda: socket.create_connection(("127.0.0.1", int(port)), 1).close())
        self._nodes.append(self._start(f"--address={self.address}"))
        time.sleep(5)

    def _start(self, *options: str) -> "subprocess.Popen[bytes]":
        words = ["start", "--block", "--num-cpus=1", "--object-store-memory=100000000", *options]
        return subprocess.Popen(
            [sys.executable, "-m", "ray.scripts.scripts", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _until(self, works: object) -> None:
        for _ in range(120):
            with suppress(OSError):
                works()  # type: ignore[operator]
                return
            time.sleep(0.5)
        raise AssertionError("no head after a minute")

    def workers(self, task: str) -> list[int]:
        """Process numbers of the workers that have this task in hand."""
        found = []
        for words in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if words.read_bytes().startswith(f"ray::{task}".encode()):
                    found.append(int(words.parent.name))
        return found

    def close(self) -> None:
        for node in reversed(self._nodes):
            node.terminate()
            with suppress(subprocess.TimeoutExpired):
                node.wait(30)
            node.kill()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("a real cluster needs pamcli[ray]")
    started = Cluster(tmp_path_factory.mktemp("r"))
    yield started
    started.close()


def start(*arguments: str | Path) -> "subprocess.Popen[str]":
    words = ["batch", *arguments, "--precision", "f32", "--threads", "1", "-q"]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, words)], stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("killed", [None, "matte_part", "matte_one"])
def test_two_nodes_share_a_clip_and_one_worker_may_die(
    cluster: Cluster, tree: Path, tmp_path: Path, killed: str | None
) -> None:
    target = tmp_path / "out"
    running = start(tree, target, "--ray", cluster.address)
    nodes = set()
    while running.poll() is None:
        at_work = cluster.workers("matte_part")
        nodes |= {os.getsid(number) for number in at_work if Path(f"/proc/{number}").exists()}
        has_part = any((target / ".c.mp4.parts").glob("part_*.json"))
        if killed is not None and has_part and (found := cluster.workers(killed)):
            os.kill(found[0], 9)
            killed = None
        time.sleep(0.02)
    assert killed is None
    assert running.returncode == 3 and "bad.png" in running.communicate()[1]
    assert start(tree, tmp_path / "alone").wait() == 3
    assert contents(target) == contents(tmp_path / "alone") != {}
    assert not list(target.rglob(".*.parts"))
