"""What a batch will do: every still and clip of a tree with its hint and its target."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from os.path import realpath  # unlike Path.resolve, not stopped by a link to itself
from pathlib import Path, PurePosixPath

from pamcli.batch_settings import BatchSettings, file_stamp
from pamcli.batch_walk import ROLES, Entry, Filters, kind_of, walk
from pamcli.batch_words import Kind
from pamcli.errors import InputError, OutputError, UsageError
from pamcli.presets import files_of
from pamcli.settings import HintSettings

STILL_SUFFIX = ".png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file to matte: the unit of work, which any process can do that sees both folders."""

    name: str  # inside the source tree, "/" between folders
    kind: Kind
    source: Path
    targets: tuple[Path, ...]  # two of preset matte
    hint: HintSettings
    problem: str | None = None  # why it has no hint of its own, or none that is meant
    obstacle: str | None = None  # why its target cannot be written

    @property
    def hindrance(self) -> str | None:
        """Why it cannot be done, known beforehand."""
        return self.obstacle or self.problem

    def fingerprint(self, settings: str) -> str:
        """Differs where the source, its hint or the settings, by their fingerprint, differ."""
        hints = [file for file in (self.hint.trimap, self.hint.mask) if file is not None]
        said = [settings, file_stamp(self.source)]
        return "; ".join(said + [f"{file.name} {file_stamp(file)}" for file in hints])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that was found in a tree."""

    items: tuple[Item, ...] = ()  # in natural order
    others: tuple[str, ...] = ()  # names of files that are neither still nor clip
    orphans: tuple[str, ...] = ()  # names of hints that belong to no file

    def notes(self) -> list[str]:
        """What a person should know before it starts."""
        lines = [f"{item.name}: {item.hindrance}" for item in self.items if item.hindrance]
        for names, what in ((self.others, "no still and no clip"), (self.orphans, "hint of none")):
            if names:
                lines.append(f"left out: {_some(names)} ({what})")
        return lines


def _some(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} files, such as {names[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Where a batch reads and writes, and which files it takes.

    trimap, mask: a tree of hints, with the source's folders and names; at most one of them.
    full_names: a target keeps its source's suffix, `a.jpg.png`.
    """

    source: Path
    target: Path
    filters: Filters = field(default_factory=Filters)
    trimap: Path | None = None
    mask: Path | None = None
    full_names: bool = False

    def __post_init__(self) -> None:
        if self.trimap and self.mask:
            raise UsageError("--trimap and --mask exclude each other: give one hint")
        for option in ROLES:
            tree = getattr(self, option)
            if tree is not None and not tree.is_dir():
                raise UsageError(f"--{option} {tree}: a batch needs a folder, with the source's "
                                 "folders and names")  # fmt: skip
        if not self.source.is_dir():
            raise InputError(f"{self.source}: no such folder")
        if self.source.resolve() == self.target.resolve():
            raise UsageError(f"{self.target}: is the source; choose another target")


def make_plan(trees: Trees, settings: BatchSettings) -> Plan:
    """Look through the source. Raises InputError for a folder that cannot be read.

    What stands in an item's way it says itself: hints that are missing or more than one, or a
    target that another one has, too.
    """
    hint_tree = trees.trimap or trees.mask
    left_out = {tree.resolve() for tree in (trees.target, hint_tree) if tree is not None}
    entries = list(walk(trees.source, left_out))
    beside = _Hints(trees.source, (entry for entry in entries if entry.hint))
    parallel = None if hint_tree is None else _Hints(hint_tree, walk(hint_tree))
    items, others = [], []
    for entry in entries:
        kind = kind_of(entry.name)
        if entry.hint is not None:
            continue
        item = None if kind is None else _item(trees, settings, entry.name, kind, beside, parallel)
        if not trees.filters.takes(entry.name):
            continue
        if item is None:
            others.append(str(entry.name))
        else:
            items.append(item)
    orphans = tuple(str(e.name) for e in entries if e.hint and e.name not in beside.used)
    return Plan(items=tuple(_apart(items)), others=tuple(others), orphans=orphans)


def _item(
    trees: Trees,
    settings: BatchSettings,
    name: PurePosixPath,
    kind: Kind,
    beside: "_Hints",
    parallel: "_Hints | None",
) -> Item:
    item = Item(
        name=str(name),
        kind=kind,
        source=trees.source / name,
        targets=tuple(_targets(trees, settings, name, kind)),
        hint=settings.hint,
    )
    role = "trimap" if trees.trimap else "mask"
    found = beside.of(name) if parallel is None else parallel.of(name) or beside.of(name)
    if len(found) > 1:
        names = " and ".join(file.name for file, _ in found)
        return replace(item, problem=f"{names}: give one hint")
    if not found:
        return item if parallel is None else replace(item, problem=f"no {role} in {parallel.tree}")
    file, said = found[0]
    return replace(item, hint=_hint(settings.hint, said or role, file))


def _hint(shared: HintSettings, role: str, file: Path) -> HintSettings:
    """A file's own hint takes the place of what is said for all."""
    plain = replace(shared, plate=None, key=None)
    return replace(plain, trimap=file) if role == "trimap" else replace(plain, mask=file)


class _Hints:
    """The hints of a tree by the files that they are for."""

    def __init__(self, tree: Path, entries: Iterable[Entry]) -> None:
        self.tree = tree
        self.used: set[PurePosixPath] = set()
        self._by_owner: dict[PurePosixPath, list[tuple[PurePosixPath, str | None]]] = {}
        for entry in entries:
            owner, role = entry.hint or (entry.name.stem, None)
            self._by_owner.setdefault(entry.name.with_name(owner), []).append((entry.name, role))

    def of(self, name: PurePosixPath) -> list[tuple[Path, str | None]]:
        """(file or folder, role where its name tells one) of every hint for a file."""
        owners = (name, name.with_suffix(""))
        found = next((self._by_owner[owner] for owner in owners if owner in self._by_owner), [])
        self.used |= {hint for hint, _ in found}
        if not found and kind_of(name) is Kind.CLIP and (self.tree / owners[1]).is_dir():
            found = [(owners[1], None)]
        return [(self.tree / hint, role) for hint, role in found]


def _targets(
    trees: Trees, settings: BatchSettings, name: PurePosixPath, kind: Kind
) -> Iterator[Path]:
    suffix = STILL_SUFFIX if kind is Kind.STILL else settings.clip_suffix
    if trees.full_names:
        target = trees.target / f"{name}{suffix or '.frames'}"
    else:
        target = trees.target / name.with_suffix(suffix)
    if kind is Kind.CLIP and settings.preset is not None:
        yield from files_of(settings.preset, target)
    else:
        yield target


def _apart(items: list[Item]) -> Iterator[Item]:
    """The items; those that would write one over the other, or inside it, cannot be done."""
    owners: dict[Path, list[str]] = {}
    for item in items:
        for target in item.targets:
            owners.setdefault(target, []).append(item.name)
    for item in items:
        at = [place for target in item.targets for place in (target, *target.parents)]
        others = {name for place in at for name in owners.get(place, ())} - {item.name}
        if others:
            said = f"{item.targets[0]}: of both {item.name} and {' and '.join(sorted(others))}"
            item = replace(item, obstacle=f"{said}; --full-names tells them apart")
        yield item


def existing(plan: Plan) -> dict[str, Path]:
    """The first target that exists, by the names of the items where one does."""
    found = ((item.name, target) for item in reversed(plan.items) for target in item.targets)
    return {name: target for name, target in found if target.exists()}


def obstacles(plan: Plan, there: Mapping[str, Path], ours: Collection[str]) -> Plan:
    """The plan, with an obstacle for each item that would replace what is no work of this batch.

    there: `existing(plan)`. ours: names of the items that the batch has had in hand, as asked for
    after that, so that another process at work is no obstacle.
    """
    sources = {realpath(item.source) for item in plan.items}
    items = []
    for item in plan.items:
        found = there.get(item.name)
        if any(realpath(target) in sources for target in item.targets):
            item = replace(item, obstacle=f"{item.targets[0]}: is a source of the batch")
        elif found is not None and item.name not in ours and item.obstacle is None:
            item = replace(item, obstacle=f"{found}: exists; --overwrite replaces it")
        items.append(item)
    return replace(plan, items=tuple(items))


def check(plan: Plan) -> None:
    """Raises OutputError for the first item whose target is another's."""
    for item in plan.items:
        if item.obstacle is not None:
            raise OutputError(item.obstacle)
