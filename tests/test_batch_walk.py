"""What is found in a tree, and in which order."""

from pathlib import Path, PurePosixPath

import pytest

from pamcli.batch_walk import Filters, kind_of, walk
from pamcli.batch_words import Kind
from pamcli.errors import InputError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def names(tree: Path, *left_out: Path) -> list[str]:
    return [str(entry.name) for entry in walk(tree, left_out)]


def test_a_tree_is_walked_in_natural_order_without_hidden_files(tmp_path: Path) -> None:
    touch(tmp_path, "b10.png", "b2.png", "a/z.mov", "a/.hidden.png", ".git/x.png", "c.txt")
    assert names(tmp_path) == ["a/z.mov", "b2.png", "b10.png", "c.txt"]


def test_a_folder_that_is_left_out_is_not_entered(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "out/a.png", "deep/out/b.png")
    assert names(tmp_path, tmp_path / "out") == ["a.png", "deep/out/b.png"]


def test_a_link_to_where_one_is_ends_there(tmp_path: Path) -> None:
    touch(tmp_path, "shots/a.png", "other/b.png")
    (tmp_path / "shots" / "round").symlink_to(tmp_path)
    (tmp_path / "shots" / "more").symlink_to(tmp_path / "other")
    assert names(tmp_path) == ["other/b.png", "shots/a.png", "shots/more/b.png"]


def test_a_link_to_nothing_is_no_silent_loss(tmp_path: Path) -> None:
    (tmp_path / "lost.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    assert names(tmp_path) == ["lost.png", "self.png"]


def test_a_missing_tree_is_said_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: no such folder"):
        names(tmp_path / "nowhere")


def test_hints_are_told_by_their_names(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "a.trimap.png", "b.MASK.mkv", "c.mask/0001.png", "trimap.png")
    found = {str(entry.name): entry.hint for entry in walk(tmp_path)}
    assert found == {
        "a.png": None,
        "a.trimap.png": ("a", "trimap"),
        "b.MASK.mkv": ("b", "mask"),
        "c.mask": ("c", "mask"),
        "trimap.png": None,
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.JPG", Kind.STILL), ("a.mov", Kind.CLIP), ("a.txt", None), ("a", None)],
)
def test_the_suffix_tells_what_a_file_is(name: str, kind: Kind | None) -> None:
    assert kind_of(PurePosixPath(name)) is kind


@pytest.mark.parametrize(
    ("include", "exclude", "taken"),
    [
        ((), (), True),
        (("*.jpg",), (), True),
        (("*.png",), (), False),
        (("raw",), (), True),
        (("raw/set*",), (), True),
        (("set1/*",), (), False),
        ((), ("raw",), False),
        ((), ("set1",), False),
        (("*.jpg",), ("raw/set1/*",), False),
        ((), ("*.JPG",), True),
    ],
)
def test_globs_are_for_names_and_for_folders(
    include: tuple[str, ...], exclude: tuple[str, ...], taken: bool
) -> None:
    filters = Filters(include=include, exclude=exclude)
    assert filters.takes(PurePosixPath("raw/set1/a.jpg")) is taken
