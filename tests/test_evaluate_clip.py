"""A clip in one pass against errors of the whole clip held in memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from evaluations import TABLE, FakeNetwork, sample, trimap_of

from pamcli.evaluate_clip import ClipHint, clip_rows
from pamcli.evaluate_data import Sample, Spoiling
from pamcli.hints import open_hint
from pamcli.metrics import grad, mad
from pamcli.path import FULL_PATH, parse_path
from pamcli.settings import EvaluationHint, HintSettings

SHIFTS = (0.0, 2.0, 3.0, 7.0)


def clip() -> list[Sample]:
    return [sample(shift, number) for number, shift in enumerate(SHIFTS)]


def expected_alphas(wrong: float) -> np.ndarray:
    truths = np.stack([frame.truth for frame in clip()])
    trimaps = np.stack([trimap_of(truth) for truth in truths])
    alphas = np.where(trimaps == 128, np.clip(truths - np.float32(wrong), 0, 1), truths)
    return np.asarray(np.rint(alphas * 255) / 255)


def test_a_clip_has_the_errors_of_all_its_frames() -> None:
    rows = clip_rows(FakeNetwork(), "clip", iter(clip()), [39], Spoiling())
    network, half = rows
    truths = np.stack([frame.truth for frame in clip()]).astype(np.float64)
    alphas = expected_alphas(0.75)
    change = np.diff(alphas, axis=0) - np.diff(truths, axis=0)
    per_frame = np.sqrt((change**2).mean(axis=(1, 2))) * 100
    everywhere = np.ones(truths.shape[1:], bool)
    grads = [
        grad(alpha.astype(np.float32), truth.astype(np.float32), everywhere)
        for alpha, truth in zip(alphas, truths, strict=True)
    ]
    figures = network.figures
    assert figures["mad"] == pytest.approx(np.abs(alphas - truths).mean() * 1000, rel=1e-4)
    assert figures["mse"] == pytest.approx(((alphas - truths) ** 2).mean() * 1000, rel=1e-4)
    assert figures["grad"] == pytest.approx(np.mean(grads), rel=1e-4)
    assert figures["dtssd"] == pytest.approx(per_frame.sum() / len(SHIFTS), rel=1e-4)
    assert (half.way, half.figures.keys() & {"gmac", "ms"}) == ("alpha 0.5", set())


def test_paths_and_cost_are_counted_over_the_frames() -> None:
    rows = clip_rows(FakeNetwork(), "clip", iter(clip()), [81, 60], Spoiling())
    full, cheap, _ = rows
    assert dict(full.paths) == {"1111": 4} and dict(cheap.paths) == {"0011": 4}
    assert full.figures["gmac"] == pytest.approx(TABLE.cost(FULL_PATH) * 48 * 64 / 2**20)
    assert cheap.figures["gmac"] == pytest.approx(TABLE.cost(parse_path("0011")) * 48 * 64 / 2**20)
    assert full.figures["mad"] == 0 and full.figures["ms"] in (10.0, 20.0, 30.0)


def test_frames_are_used_one_by_one() -> None:
    network = FakeNetwork()
    seen_before: list[int] = []

    def frames() -> Iterator[Sample]:
        for frame in clip():
            seen_before.append(len(network.shown))
            yield frame

    clip_rows(network, "clip", frames(), [81, 60], Spoiling())
    assert seen_before == [0, 2, 4, 6]


def test_a_frame_without_unknown_pixels_costs_nothing() -> None:
    known = sample()
    known = Sample(
        frame=known.frame,
        trimap=np.full(known.trimap.shape, 255, np.uint8),
        truth=np.ones_like(known.truth),
    )
    network = FakeNetwork()
    row, _ = clip_rows(network, "clip", [known, known], [75], Spoiling())
    assert network.shown == [] and dict(row.paths) == {}
    assert (row.figures["gmac"], row.figures["ms"], row.figures["mad"]) == (0, 0, 0)


def test_a_clip_is_spoilt_too() -> None:
    network = FakeNetwork()
    clip_rows(network, "clip", clip()[:1], [75], Spoiling(dilate=3, jpeg=10))
    rgb, trimap, *_ = network.shown[0]
    assert not np.array_equal(rgb, clip()[0].frame.rgb)
    assert (trimap == 128).sum() > (clip()[0].trimap == 128).sum()


def test_a_clip_can_be_matted_by_the_subject_that_is_found() -> None:
    network = FakeNetwork()
    asked = ClipHint(hint=EvaluationHint.SUBJECT, coarse=True)
    rows = clip_rows(network, "clip", clip(), [81], Spoiling(), asked)
    assert [row.way for row in rows] == ["81", "alpha 0.5", "coarse mask"]
    hint = open_hint(HintSettings(), Path("clip.mp4"))
    found = [hint.estimate(each.frame) for each in clip()]  # type: ignore[attr-defined]
    errors = [mad(each.mask, sample.truth) for each, sample in zip(found, clip(), strict=True)]
    assert rows[2].figures["mad"] == pytest.approx(np.mean(errors), rel=0.01)
    assert not any(
        np.array_equal(shown[1], sample.trimap)
        for shown, sample in zip(network.shown, clip(), strict=False)
    )


def test_the_coarse_mask_is_measured_beside_the_clips_own_trimaps_too() -> None:
    plain = clip_rows(FakeNetwork(), "clip", clip(), [81], Spoiling())
    rows = clip_rows(FakeNetwork(), "clip", clip(), [81], Spoiling(), ClipHint(coarse=True))
    assert [row.figures for row in rows[:2]] == [row.figures for row in plain]
    assert rows[2].way == "coarse mask" and rows[2].figures["mad"] > 0
