"""What all files of a batch are made into."""

from fractions import Fraction
from pathlib import Path

import pytest
from test_batch_plan import settings

from pamcli.batch_settings import BatchSettings, file_stamp
from pamcli.errors import OutputError, UsageError
from pamcli.settings import CostSettings, HintSettings, Output, Preset, RuntimeSettings


def test_stills_get_alpha_and_clips_become_alpha_unless_told() -> None:
    assert (settings().still_output, settings().clip_output) == (Output.RGBA, Output.ALPHA)
    rgba = settings(output=Output.RGBA)
    assert (rgba.still_output, rgba.clip_output, rgba.clip_suffix) == ("rgba", "rgba", ".mkv")


@pytest.mark.parametrize(
    ("wanted", "error", "said"),
    [
        ({"background": "blur"}, UsageError, "--background needs --output composite"),
        ({"premultiplied": True}, UsageError, "--premultiplied needs --output rgba"),
        ({"despill": 2.0}, UsageError, "--despill 2 is not within"),
        ({"preset": Preset.H264, "output": Output.RGBA}, OutputError, "carries no alpha"),
        ({"hint": HintSettings(mask=Path("m.png"))}, UsageError, "file by file"),
    ],
)
def test_what_cannot_be_is_said_before_a_file_is_touched(
    wanted: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        settings(**wanted)


def test_a_frame_rate_is_for_clips_alone() -> None:
    wanted = BatchSettings(
        hint=HintSettings(), cost=CostSettings(fps=Fraction(5)), runtime=RuntimeSettings()
    )
    assert wanted.image_job(Path("a"), Path("b"), HintSettings()).cost == CostSettings()


def test_the_fingerprint_is_of_what_the_pixels_depend_on(tmp_path: Path) -> None:
    base = settings().fingerprint()
    assert settings().fingerprint() == base
    threads = BatchSettings(
        hint=HintSettings(), cost=CostSettings(), runtime=RuntimeSettings(threads=1)
    )
    assert threads.fingerprint() == base
    others = [
        settings(output=Output.ALPHA),
        settings(audio=False),
        settings(despill=0.5),
        settings(hint=HintSettings(band=12)),
        settings(hint=HintSettings(key="lime")),
    ]
    assert len({base, *(other.fingerprint() for other in others)}) == 6


def test_another_background_in_the_same_file_is_another_wish(tmp_path: Path) -> None:
    beach = tmp_path / "beach.png"
    beach.write_bytes(b"one")
    wanted = settings(output=Output.COMPOSITE, background=str(beach))
    before = wanted.fingerprint()
    beach.write_bytes(b"another")
    assert wanted.fingerprint() != before


def test_a_folder_is_stamped_with_all_in_it(tmp_path: Path) -> None:
    assert file_stamp(tmp_path / "none") == "none"
    (tmp_path / "1.png").write_bytes(b"1")
    before = file_stamp(tmp_path)
    assert file_stamp(tmp_path) == before
    (tmp_path / "1.png").write_bytes(b"22")
    assert file_stamp(tmp_path) != before
