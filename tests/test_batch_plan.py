"""Every file with its hint and its target, and what stands in the way, before anything starts."""

from pathlib import Path

import pytest
from test_batch_walk import touch

from pamcli.batch_plan import Item, Plan, Trees, check, existing, make_plan, obstacles
from pamcli.batch_settings import BatchSettings
from pamcli.batch_walk import Filters
from pamcli.errors import OutputError, UsageError
from pamcli.settings import CostSettings, HintSettings, Output, Preset, RuntimeSettings


def settings(**more: object) -> BatchSettings:
    hint = more.pop("hint", HintSettings())
    return BatchSettings(hint=hint, cost=CostSettings(), runtime=RuntimeSettings(), **more)  # type: ignore[arg-type]


def plan_of(folder: Path, wanted: BatchSettings | None = None, **trees: object) -> Plan:
    where = Trees(source=folder / "in", target=folder / "out", **trees)  # type: ignore[arg-type]
    return make_plan(where, wanted or settings())


def targets(folder: Path, plan: Plan) -> dict[str, list[str]]:
    return {
        item.name: [str(target.relative_to(folder / "out")) for target in item.targets]
        for item in plan.items
    }


def only(plan: Plan) -> Item:
    (item,) = plan.items
    return item


def test_the_tree_is_kept_with_stills_and_clips_together(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a/1.jpg", "a/b/2.mov", "3.tif", "notes.txt", "a/lone.mask.png")
    plan = plan_of(tmp_path)
    assert targets(tmp_path, plan) == {
        "3.tif": ["3.png"],
        "a/1.jpg": ["a/1.png"],
        "a/b/2.mov": ["a/b/2.mp4"],
    }
    assert plan.others == ("notes.txt",) and plan.orphans == ("a/lone.mask.png",)
    assert plan.notes() == [
        "left out: notes.txt (no still and no clip)",
        "left out: a/lone.mask.png (hint of none)",
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (settings(output=Output.RGBA), ["c.mkv"]),
        (settings(output=Output.RGBA, preset=Preset.PRORES4444), ["c.mov"]),
        (settings(output=Output.RGBA, preset=Preset.MATTE), ["c.mp4", "c_fill.mp4"]),
        (settings(preset=Preset.PNG), ["c"]),
        (settings(output=Output.COMPOSITE, background="blur"), ["c.mp4"]),
    ],
)
def test_the_preset_names_the_target_of_a_clip(
    tmp_path: Path, wanted: BatchSettings, expected: list[str]
) -> None:
    touch(tmp_path / "in", "c.avi")
    assert targets(tmp_path, plan_of(tmp_path, wanted)) == {"c.avi": expected}


def test_full_names_keep_the_suffix(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.jpg", "a.png", "c.avi")
    plan = plan_of(tmp_path, settings(preset=Preset.PNG), full_names=True)
    assert targets(tmp_path, plan) == {
        "a.jpg": ["a.jpg.png"],
        "a.png": ["a.png.png"],
        "c.avi": ["c.avi.frames"],
    }
    check(plan)


@pytest.mark.parametrize(
    ("names", "wanted", "said"),
    [
        (("a.jpg", "a.png"), settings(), r"a\.png: of both a\.jpg and a\.png; --full-names"),
        (
            ("c.avi", "c_fill.avi"),
            settings(output=Output.RGBA, preset=Preset.MATTE),
            r"c\.mp4: of both c\.avi and c_fill\.avi",
        ),
        (("c.avi", "c/1.jpg"), settings(preset=Preset.PNG), r"of both c/1\.jpg and c\.avi"),
    ],
)
def test_two_files_for_one_target_are_found_beforehand(
    tmp_path: Path, names: tuple[str, ...], wanted: BatchSettings, said: str
) -> None:
    touch(tmp_path / "in", *names)
    with pytest.raises(OutputError, match=said):
        check(plan_of(tmp_path, wanted))


def test_hints_beside_a_file_are_its_own(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.jpg", "a.trimap.png", "b.mov", "b.mask.mkv", "c.mov", "d.jpg")
    touch(tmp_path / "in", "c.trimap/1.png", "e.jpg", "e.jpg.mask.png", "e.trimap.png")
    plan = plan_of(tmp_path, settings(hint=HintSettings(key="lime", band=30)))
    hints = {item.name: item.hint for item in plan.items}
    inside = tmp_path / "in"
    assert hints == {
        "a.jpg": HintSettings(trimap=inside / "a.trimap.png", band=30),
        "b.mov": HintSettings(mask=inside / "b.mask.mkv", band=30),
        "c.mov": HintSettings(trimap=inside / "c.trimap", band=30),
        "d.jpg": HintSettings(key="lime", band=30),
        "e.jpg": HintSettings(mask=inside / "e.jpg.mask.png", band=30),
    }
    assert plan.orphans == ("e.trimap.png",)


def test_the_hint_of_a_file_that_is_not_taken_is_no_orphan(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.jpg", "a.trimap.png", "b.jpg", "notes.txt")
    plan = plan_of(tmp_path, filters=Filters(exclude=("a.jpg", "*.txt")))
    assert [item.name for item in plan.items] == ["b.jpg"] and plan.notes() == []


def test_two_hints_for_one_file_are_its_problem(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.jpg", "a.trimap.png", "a.mask.png")
    item = only(plan_of(tmp_path))
    assert item.problem == "a.mask.png and a.trimap.png: give one hint"


def test_a_parallel_tree_holds_the_hints(tmp_path: Path) -> None:
    touch(tmp_path / "in", "s/a.jpg", "s/b.mov", "s/c.jpg", "d.jpg", "d.mask.png")
    touch(tmp_path / "in", "hints/s/a.png", "hints/s/b/1.png")
    plan = plan_of(tmp_path, trimap=tmp_path / "in" / "hints")
    hints = tmp_path / "in" / "hints"
    assert {item.name: (item.hint.trimap, item.hint.mask) for item in plan.items} == {
        "d.jpg": (None, tmp_path / "in" / "d.mask.png"),
        "s/a.jpg": (hints / "s" / "a.png", None),
        "s/b.mov": (hints / "s" / "b", None),
        "s/c.jpg": (None, None),
    }
    assert [i.name for i in plan.items if i.problem == f"no trimap in {hints}"] == ["s/c.jpg"]


def test_a_target_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.jpg")
    touch(tmp_path / "out", "a.png")
    plan = plan_of(tmp_path)
    there = existing(plan)
    assert there == {"a.jpg": tmp_path / "out" / "a.png"}
    with pytest.raises(OutputError, match=r"out/a\.png: exists; --overwrite replaces it"):
        check(obstacles(plan, there, ()))
    assert only(obstacles(plan, there, ("a.jpg",))).hindrance is None
    assert only(obstacles(plan, {}, ())).hindrance is None


def test_a_source_is_never_a_target(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.png", "in/a.png")
    where = Trees(source=tmp_path / "in", target=tmp_path)
    plan = obstacles(make_plan(where, settings()), {}, ())
    assert [item.obstacle for item in plan.items] == [
        None,
        f"{tmp_path / 'in' / 'a.png'}: is a source of the batch",
    ]
    with pytest.raises(UsageError, match="is the source"):
        Trees(source=tmp_path / "in", target=tmp_path / "in")


def test_a_target_inside_the_source_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.png", "out/a.png")
    plan = make_plan(Trees(source=tmp_path / "in", target=tmp_path / "in" / "out"), settings())
    assert [item.name for item in plan.items] == ["a.png"]


def test_a_single_trimap_is_no_tree(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.png", "t.png")
    with pytest.raises(UsageError, match=r"--trimap .*t\.png: a batch needs a folder"):
        plan_of(tmp_path, trimap=tmp_path / "in" / "t.png")
    with pytest.raises(UsageError, match="exclude each other"):
        plan_of(tmp_path, trimap=tmp_path, mask=tmp_path)


def test_another_source_or_hint_is_another_fingerprint(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.png", "a.mask.png")
    item = only(plan_of(tmp_path))
    before = item.fingerprint("settings")
    assert only(plan_of(tmp_path)).fingerprint("settings") == before
    assert item.fingerprint("others") != before
    (tmp_path / "in" / "a.mask.png").write_bytes(b"changed")
    changed = item.fingerprint("settings")
    (tmp_path / "in" / "a.png").write_bytes(b"changed")
    assert len({before, changed, item.fingerprint("settings")}) == 3
