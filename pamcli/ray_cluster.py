"""A batch on a Ray cluster that exists: this process plans, claims and records, nodes do the rest.

Ray schedules, moves what tasks take along, and does again what was lost with a worker or a node.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any

from pamcli import __version__
from pamcli.batch_clip import Progress
from pamcli.batch_plan import Item
from pamcli.batch_settings import BatchSettings
from pamcli.batch_stills import Ended as Told
from pamcli.batch_words import Kind, Outcome, State
from pamcli.batch_work import Desk, Stage, Work
from pamcli.errors import InputError, PamError
from pamcli.part_folder import folder_of, record_of
from pamcli.ray_address import connected, on_node, why
from pamcli.ray_tasks import (
    RETRIES,
    Ended,
    Node,
    Order,
    anchored,
    examine,
    matte_block,
    matte_one,
    remote,
)
from pamcli.settings import Precision, RuntimeSettings
from pamcli.video_read import probe
from pamcli.video_write import PART_FRAMES

EXAMINATION = 300.0
"""Seconds in which a node must have compiled the network; a busy one answers late."""

CORES = 2
"""Of one task, where nobody says otherwise: two halves of a machine use less than one whole."""

POLL = 1.0
"""Seconds between two looks at finished parts while nothing ends."""

BLOCK = 16
"""Stills of a task at most: what a lost worker costs."""

CLIP_SHARE = 3
"""Tasks for each clip in hand: what one node decodes and finds the subject in feeds about three."""

EXACTNESS = (Precision.F32, Precision.BF16, Precision.INT8)
"""The most exact first."""


class Cluster:
    """A connection to a cluster; `close` ends it, and whatever still runs there for it.

    Raises InputError where Ray isn't installed or the address doesn't answer, or where a node has
    another version of pamcli; ModelError.
    """

    def __init__(self, address: str, settings: BatchSettings, stage: Stage) -> None:
        self._ray, self._silence = connected(address), ExitStack()
        # Ray tells of workers that died on stdout, which is for results.
        self._silence.enter_context(redirect_stdout(StringIO()))
        try:
            self._cores, self.slots = self._room(address, settings.runtime.threads)
            precision = self._precision(address, settings.runtime.precision)
        except BaseException:
            self.close()
            raise
        self._clips = max(2, -(-self.slots // CLIP_SHARE))
        background = settings.background
        if background is not None and Path(background).exists():
            background = str(Path(background).absolute())
        self._order = Order(
            settings=replace(
                settings,
                runtime=RuntimeSettings(precision=precision, threads=self._cores),
                background=background,
            ),
            stage=stage.for_nodes(),
            in_hand=2 * self.slots // self._clips + 1,
        )

    def _room(self, address: str, threads: int | None) -> tuple[int, int]:
        """Cores of a task, and how many tasks run at once."""
        held = [int(node["Resources"].get("CPU", 0)) for node in self._alive()]
        cores = threads or min(CORES, max(held, default=0))
        slots = sum(count // cores for count in held) if cores else 0
        if not slots:
            wanted = f"{cores} cores for a task" if cores else "a core"
            raise InputError(f"--ray {address}: no node has {wanted}")
        return cores, slots

    def _alive(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"]]

    def _precision(self, address: str, asked: Precision) -> Precision:
        """The most exact that a node chose: all parts of a clip must be alike."""
        task = remote(examine, self._cores)
        asks = [
            task.options(scheduling_strategy=on_node(node["NodeID"])).remote(asked, self._cores)
            for node in self._alive()
            if node["Resources"].get("CPU", 0) >= self._cores
        ]
        answered, _ = self._ray.wait(asks, num_returns=len(asks), timeout=EXAMINATION)
        found = [self._answer(address, ask) for ask in answered]
        if not found:
            raise InputError(f"--ray {address}: no node answered within {EXAMINATION:.0f} s")
        return min(found, key=EXACTNESS.index)

    def _answer(self, address: str, ask: Any) -> Precision:
        try:
            node = self._ray.get(ask)
        except self._ray.exceptions.RayError as error:
            raise InputError(f"--ray {address}: a node cannot run pamcli: {why(error)}") from error
        if isinstance(node, PamError):
            raise node
        assert isinstance(node, Node)
        if node.version != __version__:
            raise InputError(
                f"--ray {address}: a node has pamcli {node.version}, this is {__version__}"
            )
        return node.precision

    def matte(
        self,
        items: Sequence[Item],
        desk: Desk,
        is_over: Callable[[], bool],
        tell: Callable[[Item], Progress],
    ) -> Generator[Told, None, None]:
        """Matte those that no other process has, in the order in which they are done.

        is_over: asked before each task; what is in hand is finished all the same. tell: of a clip,
        is told frames written and expected. Raises ModelError, and OutputError of a full disk.
        """
        hands = _Hands(self._ray, self._order, desk, self.slots)
        stills = deque(item for item in items if item.kind is Kind.STILL)
        clips = deque(item for item in items if item.kind is Kind.CLIP)
        try:
            while True:
                while not is_over() and stills and hands.count(Kind.STILL) < 2 * self.slots:
                    yield from hands.take_stills(stills)
                while not is_over() and clips and hands.count(Kind.CLIP) < self._clips:
                    yield from hands.take_clip(clips.popleft())
                if not hands.tasks:
                    return
                yield from hands.ended()
                desk.state.live()
                hands.tell(tell)
        finally:
            hands.drop()

    def close(self) -> None:
        """Leave the cluster."""
        self._ray.shutdown()
        self._silence.close()


@dataclass(frozen=True, slots=True)
class _Task:
    """What a node has in hand."""

    kind: Kind
    items: tuple[Item, ...]
    expected: int | None = None  # frames of a clip


@dataclass(slots=True)
class _Hands:
    """The tasks that are out."""

    ray: Any
    order: Order
    desk: Desk
    slots: int
    tasks: dict[Any, _Task] = field(default_factory=dict)

    def count(self, kind: Kind) -> int:
        return sum(task.kind is kind for task in self.tasks.values())

    def take_stills(self, waiting: deque[Item]) -> Iterator[Told]:
        """Send out a block, smaller ones when few are left so that all nodes share the end."""
        wanted = self._size(waiting)
        block: list[Item] = []
        while waiting and len(block) < wanted:
            item = waiting.popleft()
            taken = self.desk.take(item)
            if isinstance(taken, Work):
                block.append(item)
            elif taken is not None:
                yield item, taken
        if block:
            self._send(matte_block, _Task(Kind.STILL, tuple(block)), list(map(anchored, block)))

    def _size(self, waiting: Sequence[Item]) -> int:
        return min(BLOCK, max(1, len(waiting) // (4 * self.slots)))

    def take_clip(self, item: Item) -> Iterator[Told]:
        """Send out a clip."""
        taken = self.desk.take(item)
        if isinstance(taken, Work):
            expected = _expected(item) if self.order.cuts else None
            self._send(matte_one, _Task(Kind.CLIP, (item,), expected), anchored(item))
        elif taken is not None:
            yield item, taken

    def _send(self, function: Any, task: _Task, given: Any) -> None:
        self.tasks[remote(function, self.order.cores).remote(self.order, given)] = task

    def ended(self) -> Iterator[Told]:
        """Wait a moment; what became of the files of a task that has ended, if one has."""
        done, _ = self.ray.wait(list(self.tasks), num_returns=1, timeout=POLL)
        for ref in done:
            task = self.tasks.pop(ref)
            try:
                found = self.ray.get(ref)
            except self.ray.exceptions.RayError as error:
                yield from self._lost(task, error)
                continue
            assert isinstance(found, Ended)
            for item, outcome in zip(task.items, found.outcomes, strict=True):
                if outcome.state is not State.WAITING:
                    yield item, self.desk.finish(item, outcome)
            if found.error is not None:
                raise found.error

    def _lost(self, task: _Task, error: Exception) -> Iterator[Told]:
        """Of a block whose worker died again and again, only the still that is to blame failed."""
        if len(task.items) > 1:
            for item in task.items:
                self._send(matte_block, _Task(task.kind, (item,)), [anchored(item)])
            return
        item = task.items[0]
        said = f"{item.source}: its worker failed, {RETRIES + 1} times tried: {why(error)}"
        yield item, self.desk.finish(item, Outcome(state=State.FAILED, error=said))

    def tell(self, tell: Callable[[Item], Progress]) -> None:
        """How far the clips are, by their finished parts."""
        for task in self.tasks.values():
            if task.kind is Kind.CLIP and self.order.stage.is_shared:
                item = task.items[0]
                tell(item)(finished_frames(item.targets[0]), task.expected)

    def drop(self) -> None:
        """Whatever is still out is not waited for."""
        for ref in self.tasks:
            self.ray.cancel(ref, force=True)
        self.tasks.clear()


def finished_frames(target: Path) -> int:
    """About how many frames of a clip are written, by the records of its parts."""
    folder, parts = folder_of(target), 0
    while (folder / record_of(parts)).exists():
        parts += 1
    return parts * PART_FRAMES


def _expected(item: Item) -> int | None:
    try:
        return probe(item.source).expected_frames
    except PamError:  # which the node will meet and tell
        return None
