"""Every stage of a run."""

from pathlib import Path

import pytest

from pamcli.bench_stages import run
from pamcli.errors import InputError
from pamcli.settings import HintSettings, Precision, RuntimeSettings

RUNTIME = RuntimeSettings(precision=Precision.F32)
STAGES = ["decode", "hint", "network", "upsample", "compose", "encode"]


def test_a_made_clip_goes_through_every_stage() -> None:
    found = run(None, hint=HintSettings(), runtime=RUNTIME, size=(96, 128), frames=6)
    assert (found["source"], found["width"], found["height"]) == ("a made clip", 128, 96)
    assert (found["hint"], found["precision"], found["frames"]) == ("trimap", "f32", 6)
    assert list(found["ms"]) == STAGES and found["ms"]["network"] > 0
    assert found["period_ms"] == pytest.approx(1000 / found["fps"])


def test_of_a_clip_the_first_frames_are_run(sound_clip: Path) -> None:
    found = run(sound_clip, hint=HintSettings(), runtime=RUNTIME, frames=5)
    assert (found["source"], found["hint"], found["frames"]) == ("sound.mp4", "subject", 5)


def test_too_few_frames_say_nothing(sound_clip: Path) -> None:
    with pytest.raises(InputError, match="4 are needed"):
        run(sound_clip, hint=HintSettings(), runtime=RUNTIME, frames=2)
