"""The clip's sound, made of noise and sine sweeps: wind in leaves, distant birds, soft hops."""

import numpy as np

SOUND_RATE = 48_000  # samples per second


def _band(noise: np.ndarray, low: float, high: float) -> np.ndarray:
    """Noise (N,) kept between two frequencies in Hz, with soft shoulders; unit deviation."""
    spectrum = np.fft.rfft(noise)
    pitch = np.fft.rfftfreq(len(noise), 1 / SOUND_RATE)
    gain = 1.0 / (1.0 + (low / np.maximum(pitch, 1.0)) ** 4) / (1.0 + (pitch / high) ** 2)
    kept = np.fft.irfft(spectrum * gain, len(noise))
    return kept / kept.std()


def _wind(clock: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A low rush and a high rustle that swell with the gusts."""
    rush = _band(rng.normal(size=len(clock)), 60.0, 350.0)
    rustle = _band(rng.normal(size=len(clock)), 2500.0, 6000.0)
    gust = 0.6 + 0.25 * np.sin(0.9 * clock + 1.0) + 0.15 * np.sin(2.3 * clock)
    return 0.035 * gust * rush + 0.007 * gust**2 * rustle


def _bird(clock: np.ndarray, start: float, notes: list[tuple[float, float, float]]) -> np.ndarray:
    """A call: notes of (seconds, Hz at its start, Hz at its end) with short rests."""
    song = np.zeros_like(clock)
    for span, first, last in notes:
        u = (clock - start) / span
        inside = (u > 0.0) & (u < 1.0)
        phase = 2 * np.pi * span * (first * u + 0.5 * (last - first) * u * u)
        trill = 1.0 + 0.3 * np.sin(2 * np.pi * 38.0 * (clock - start))
        song += inside * np.sin(np.pi * np.clip(u, 0, 1)) ** 2 * np.sin(phase) * trill
        start += span + 0.05
    return song


def _thump(clock: np.ndarray, start: float, rng: np.random.Generator) -> np.ndarray:
    """A soft landing on earth: a falling low tone and a grain of gravel."""
    after = np.clip(clock - start, 0.0, None)
    tone = np.sin(2 * np.pi * (95.0 * after - 120.0 * np.minimum(after, 0.2) ** 2))
    grit = _band(rng.normal(size=len(clock)), 900.0, 3000.0) * np.exp(-after / 0.025)
    return (clock > start) * (0.22 * tone * np.exp(-after / 0.05) + 0.02 * grit)


def ambience(seconds: float, landings: list[float]) -> np.ndarray:
    """Stereo sound float32 (2, N) in [-1, 1] at SOUND_RATE; landings in seconds."""
    rng = np.random.default_rng(20)
    clock = np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE
    sides = np.stack([_wind(clock, rng), _wind(clock, rng)])
    calls = [
        (0.9, 0.3, 0.05),
        (3.4, 0.8, 0.035),
        (4.9, 0.15, 0.03),
        (7.1, 0.6, 0.045),
        (9.4, 0.25, 0.035),
    ]
    for when, place, loud in calls:
        base = rng.uniform(2600.0, 3900.0)
        notes = [
            (rng.uniform(0.05, 0.13), base * rng.uniform(0.8, 1.2), base * rng.uniform(0.8, 1.3))
            for _ in range(int(rng.integers(3, 7)))
        ]
        sides += loud * np.array([[1.0 - place], [place]]) * _bird(clock, when, notes)
    for when in landings:
        sides += _thump(clock, when, rng)
    fade = np.clip(np.minimum(clock, seconds - clock) / 0.4, 0.0, 1.0)
    return np.clip(sides * fade, -0.98, 0.98).astype(np.float32)
