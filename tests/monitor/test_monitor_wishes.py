"""From what a page sends to a change of the job."""

import json
from pathlib import Path

import numpy as np
import pytest

from pamcli.errors import InputError
from pamcli.images import write_png
from pamcli.live_controls import LiveChange, LiveWish
from pamcli.monitor.backgrounds import Backgrounds
from pamcli.monitor.wishes import Choices, change_of, wish_words
from pamcli.settings import HintSettings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures and a text."""
    offered = tmp_path / "offered"
    offered.mkdir()
    for name in ("beach.png", "desk.png"):
        write_png(offered / name, np.zeros((4, 6, 3), np.uint8))
    (offered / "notes.txt").write_text("no picture")
    (tmp_path / "secret.png").write_bytes((offered / "desk.png").read_bytes())
    return offered


def choices(
    *folders: Path,
    is_local: bool = True,
    hint: HintSettings | None = None,
    background: str = "navy",
) -> Choices:
    first = LiveWish(fps=15, hint=hint or HintSettings(band=30), background=background)
    offered = Backgrounds(folders=folders, is_local=is_local, first=background)
    return Choices(backgrounds=offered, first=first)


def change(content: object, offered: Choices | None = None) -> LiveChange:
    return change_of(json.dumps(content).encode(), offered or choices())


def refusal(content: object, offered: Choices | None = None) -> str:
    with pytest.raises(InputError) as refused:
        change(content, offered)
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_every_field_becomes_its_setting() -> None:
    asked = {
        "fps": 12.5,
        "background": "#102030",
        "hint": "key:#00b140",
        "min_cost": 50,
        "max_cost": 70,
    }
    assert change(asked) == {
        "fps": 12.5,
        "background": "#102030",
        "hint": HintSettings(key="#00b140", band=30),
        "min_cost": 50,
        "max_cost": 70,
    }


def test_null_asks_for_the_usual() -> None:
    asked = {"background": None, "min_cost": None, "max_cost": None}
    assert change(asked) == asked


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("subject", HintSettings(band=30)),
        ("key:auto", HintSettings(key="auto", band=30)),
        ("key:lime", HintSettings(key="lime", band=30)),
    ],
)
def test_hints_keep_the_band_of_the_first(word: str, hint: HintSettings) -> None:
    assert change({"hint": word}) == {"hint": hint}


def test_the_first_hint_can_be_gone_back_to() -> None:
    first = HintSettings(plate=Path("plate.png"), temporal=False)
    offered = choices(hint=first)
    assert offered.hints == ["plate", "subject", "key:auto", "key:COLOUR"]
    assert change({"hint": "plate"}, offered) == {"hint": first}
    assert change({"hint": "subject"}, offered) == {"hint": HintSettings(temporal=False)}


@pytest.mark.parametrize("word", ["mask", "plate", "key", "key:", "trimap:a.png", "Subject"])
def test_a_hint_that_is_not_offered_is_refused(word: str) -> None:
    assert refusal({"hint": word}) == (
        f"hint: {word} is not offered: give subject, key:auto, key:COLOUR"
    )


def test_a_key_must_be_a_colour() -> None:
    assert refusal({"hint": "key:greenish"}).startswith("'greenish' is no colour")


@pytest.mark.parametrize("value", ["15", None, True, [], {}, 1e300, 10**400, -(10**400)])
def test_a_rate_must_be_a_number(value: object) -> None:
    assert refusal({"fps": value}) == "fps: give a number of frames a second, 0 to 1000"


@pytest.mark.parametrize("field", ["min_cost", "max_cost"])
@pytest.mark.parametrize("value", ["70", 70.5, True, 0, -3, 10**400])
def test_a_cost_must_be_whole_gmac(field: str, value: object) -> None:
    assert refusal({field: value}) == f"{field}: give a whole number of GMAC, or null"


@pytest.mark.parametrize("value", ["", "  ", 7, ["navy"], "na\nvy", "nav\x00y", "nav\ud800y"])
def test_a_background_must_be_a_text(value: object) -> None:
    assert refusal({"background": value}) == "background: give a text"


def test_a_text_has_an_end() -> None:
    assert refusal({"background": "x" * 1001}) == "background: longer than 1000 characters"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 4000, b'{"fps": 1}x'])
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^no JSON$"):
        change_of(content, choices())


@pytest.mark.parametrize("content", [[], 1, None, "fps", {}])
def test_anything_but_an_object_with_fields_is_refused(content: object) -> None:
    assert refusal(content).startswith("give a JSON object with some of fps, background")


def test_an_unknown_field_is_named() -> None:
    assert refusal({"fps": 10, "token": 1}) == (
        "unknown field 'token': give fps, background, hint, min_cost, max_cost"
    )


def test_files_of_the_folders_are_offered_by_name(folder: Path) -> None:
    for is_local in (True, False):
        offered = choices(folder, is_local=is_local)
        assert list(offered.backgrounds.files()) == ["beach.png", "desk.png"]
        assert change({"background": "desk.png"}, offered) == {
            "background": str(folder / "desk.png")
        }


@pytest.mark.parametrize("name", ["#fff", "teal", "blur", "blur:12"])
def test_what_reads_no_file_may_be_asked_for_from_anywhere(name: str, folder: Path) -> None:
    assert change({"background": name}, choices(folder, is_local=False)) == {"background": name}


def test_another_file_may_be_asked_for_from_this_machine_only(folder: Path) -> None:
    secret = str(folder.parent / "secret.png")
    assert change({"background": secret}, choices(folder)) == {"background": secret}
    names = [
        secret,
        "../secret.png",
        f"{folder}/desk.png",
        "./desk.png",
        "notes.txt",
        "/etc/passwd",
        "rtsp://10.0.0.1/cam",
        "file:///etc/passwd",
    ]
    for name in names:
        line = refusal({"background": name}, choices(folder, is_local=False))
        assert line == f"{name}: neither a colour, blur:N nor a file of the folders offered"


def test_the_first_background_can_be_gone_back_to_from_anywhere() -> None:
    offered = choices(is_local=False, background="/srv/beach.mp4")
    assert change({"background": "/srv/beach.mp4"}, offered) == {"background": "/srv/beach.mp4"}


def test_a_stream_is_left_to_the_job_on_this_machine() -> None:
    assert change({"background": "rtsp://camera/1"}) == {"background": "rtsp://camera/1"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing.png", "missing.png: neither a colour, a picture, a clip nor blur:N"),
        ("blur:9999", "blur:9999: blur:N takes 2 to 300 pixels of a 1080p frame"),
    ],
)
def test_what_cannot_be_opened_is_refused_at_once(name: str, why: str) -> None:
    assert refusal({"background": name}) == why


def test_a_wish_is_written_in_the_words_that_ask_for_it() -> None:
    wish = LiveWish(fps=15, hint=HintSettings(key="lime"), background="rtsp://a:b@c/d", min_cost=50)
    assert wish_words(wish) == {
        "fps": 15,
        "background": "rtsp://…@c/d",
        "hint": "key:lime",
        "min_cost": 50,
        "max_cost": None,
    }


def test_a_folder_that_is_missing_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--monitor-backgrounds .*: no such folder"):
        Backgrounds(folders=(tmp_path / "none",), is_local=True)
