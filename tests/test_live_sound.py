"""Pieces of sound into one line."""

import numpy as np

from pamcli.live_sound import MOST_WAITING, PIECE, TREMBLE, Samples, SoundLine


def count(begin: int, length: int) -> Samples:
    """Samples that are their own numbers."""
    line = np.arange(begin, begin + length, dtype=np.float32)
    return np.stack([line, -line])


def joined(frames: list[tuple[int, Samples]]) -> Samples:
    assert [begin for begin, _ in frames] == [frames[0][0] + n * PIECE for n in range(len(frames))]
    assert all(samples.shape == (2, PIECE) for _, samples in frames)
    return np.concatenate([samples for _, samples in frames], axis=1)


def test_pieces_of_any_length_become_frames_without_a_seam() -> None:
    line, at = SoundLine(), 5000
    for length in (960, 1, 4096, 500, 2000):
        line.add(at, count(at, length))
        at += length
    frames = line.take(at, 0)
    assert np.array_equal(joined(frames), count(5000, len(frames) * PIECE))
    assert len(frames) == (at - 5000) // PIECE and line.lost == 0


def test_only_what_is_due_is_given() -> None:
    line = SoundLine()
    for number in range(10):
        line.add(number * 1000, count(number * 1000, 1000))
    assert len(line.take(3000, 0)) == 2
    assert len(line.take(10_000, 0)) == 7


def test_a_gap_is_silent_and_the_rest_stands_where_it_was() -> None:
    line = SoundLine()
    line.add(0, count(0, 2000))
    line.add(6000, count(6000, 4000))
    got = joined(line.take(10_000, 0))
    assert np.array_equal(got[:, :2000], count(0, 2000))
    assert not got[:, 2000:6000].any()
    assert np.array_equal(got[:, 6000:], count(6000, got.shape[1] - 6000))


def test_what_overlaps_is_cut() -> None:
    line = SoundLine()
    line.add(0, count(0, 4000))
    line.add(2000, count(2000, 6000))
    got = joined(line.take(8000, 0))
    assert np.array_equal(got, count(0, got.shape[1])) and line.lost == 2000


def test_a_trembling_clock_leaves_no_seam() -> None:
    line = SoundLine()
    line.add(0, count(0, 1024))
    line.add(1024 + TREMBLE, count(1024, 1024))
    assert np.array_equal(joined(line.take(9999, 0)), count(0, 2048))


def test_silence_takes_the_place_of_what_does_not_come() -> None:
    line = SoundLine()
    line.add(0, count(0, 1024))
    line.take(1024, 0)
    silent = line.take(9000, sure=8 * PIECE)
    assert silent[0][0] == PIECE and len(silent) == 7 and not joined(silent).any()
    line.add(2000, count(2000, 500))  # too late
    assert line.take(9000, 0) == [] and line.lost == 500


def test_what_nobody_takes_does_not_grow() -> None:
    line = SoundLine()
    for number in range(200):
        line.add(number * 4800, count(0, 4800))
    assert line.lost == 200 * 4800 - MOST_WAITING
