"""Ray's words, done in this process at once: what the driver of a batch needs of the library."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any


class RayError(Exception):
    """As the library's own."""


class Task:
    """A task that runs when it is sent out; what it gives, or the worker's death, waits."""

    def __init__(self, function: Callable[..., Any], ray: "RayHere") -> None:
        self._function, self._ray = function, ray

    def options(self, **more: object) -> "Task":
        return self

    def remote(self, *given: object) -> object:
        ref = object()
        self._ray.sent.append((self._function.__name__, given))
        try:
            self._ray.dies(self._function.__name__, given)
            self._ray.results[ref] = self._function(*given)
        except RayError as error:
            self._ray.results[ref] = error
        return ref


class RayHere:
    """A cluster of two nodes, one core each. dies: raises RayError for a task whose worker dies."""

    exceptions = SimpleNamespace(RayError=RayError)

    def __init__(self, dies: Callable[[str, tuple[object, ...]], None]) -> None:
        self.dies = dies
        self.results: dict[object, Any] = {}
        self.sent: list[tuple[str, tuple[object, ...]]] = []
        self.cancelled: list[object] = []
        self.is_open = False

    def init(self, **options: object) -> None:
        self.is_open = True

    def shutdown(self) -> None:
        self.is_open = False

    def nodes(self) -> list[dict[str, Any]]:
        alive = {"Alive": True, "Resources": {"CPU": 1.0}}
        gone = {"Alive": False, "Resources": {"CPU": 64.0}, "NodeID": "c"}
        return [{**alive, "NodeID": "a"}, {**alive, "NodeID": "b"}, gone]

    def remote(self, **options: object) -> Callable[[Callable[..., Any]], Task]:
        return lambda function: Task(function, self)

    def wait(
        self, refs: Sequence[object], *, num_returns: int = 1, timeout: float
    ) -> tuple[list[object], list[object]]:
        return list(refs[:num_returns]), list(refs[num_returns:])

    def get(self, ref: object) -> Any:
        found = self.results[ref]
        if isinstance(found, RayError):
            raise found
        return found

    def cancel(self, ref: object, **options: object) -> None:
        self.cancelled.append(ref)
