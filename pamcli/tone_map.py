"""High dynamic range into standard: PQ and HLG signals of BT.2020 as they look on an SDR screen.

The light of the picture (BT.2100) goes from BT.2020 to BT.709 by the matrix of BT.2087; what is
then below zero, outside BT.709, is clipped. It is compressed from 1000 cd/m2 to HDR's reference
white (BT.2408: 203 cd/m2), which becomes the SDR white, by the curve of BT.2390-11 section 5.4.1 on
the largest of R, G and B, so that hues stay. The screen's gamma is 2.4 (BT.1886). Grey of
203 cd/m2 comes out as 230 of 255, grey of 100 as 189 and of 1000 as 255.
"""

import numpy as np
import numpy.typing as npt

Light = npt.NDArray[np.float64]
"""float64, any shape: a signal in [0, 1], or light in cd/m2."""

HDR_TRANSFERS = {16: "PQ", 18: "HLG"}
"""H.273 numbers of the transfers that are tone-mapped."""

WIDE_SDR = "BT.2020"
"""SDR whose colours are those of BT.2020: only the gamut is mapped."""

WHITE = 203.0  # cd/m2: HDR reference white of BT.2408, and the white of the SDR screen
PEAK = 1000.0  # cd/m2: what becomes SDR white; brighter light is clipped
SCREEN_GAMMA = 2.4  # BT.1886

# SMPTE ST 2084, as in BT.2100 table 4.
M1, M2 = 2610 / 16384, 2523 / 4096 * 128
C1, C2, C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
PQ_PEAK = 10_000.0  # cd/m2

# BT.2100 table 5: hybrid log-gamma, shown on a screen of 1000 cd/m2.
HLG_A = 0.17883277
HLG_B = 1 - 4 * HLG_A
HLG_C = 0.5 - HLG_A * np.log(4 * HLG_A)
HLG_GAMMA = 1.2

LUMA_2020 = np.array([0.2627, 0.6780, 0.0593])
TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)
"""BT.2087 section 4: linear BT.2020 to linear BT.709."""


def pq_to_light(signal: Light) -> Light:
    """cd/m2 of a PQ signal (the EOTF of BT.2100)."""
    power = np.power(np.clip(signal, 0, 1), 1 / M2)
    light: Light = PQ_PEAK * np.power(np.maximum(power - C1, 0) / (C2 - C3 * power), 1 / M1)
    return light


def light_to_pq(light: Light) -> Light:
    """The inverse of `pq_to_light`."""
    power = np.power(np.clip(light, 0, PQ_PEAK) / PQ_PEAK, M1)
    signal: Light = np.power((C1 + C2 * power) / (1 + C3 * power), M2)
    return signal


def hlg_to_light(signal: Light) -> Light:
    """cd/m2 of HLG signals (..., 3), RGB, on a screen of 1000 cd/m2 (the EOTF of BT.2100)."""
    clipped = np.clip(signal, 0, 1)
    scene = np.where(
        clipped <= 0.5, clipped**2 / 3, (np.exp((clipped - HLG_C) / HLG_A) + HLG_B) / 12
    )
    luma = scene @ LUMA_2020
    light: Light = PEAK * scene * np.power(luma, HLG_GAMMA - 1)[..., np.newaxis]
    return light


def compressed(light: Light) -> Light:
    """cd/m2 from 0 to PEAK into 0 to WHITE: BT.2390-11 section 5.4.1, black level 0."""
    peak = float(light_to_pq(np.array(PEAK)))
    most = float(light_to_pq(np.array(WHITE))) / peak
    knee = 1.5 * most - 0.5
    signal = np.minimum(light_to_pq(light) / peak, 1)
    t = (signal - knee) / (1 - knee)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (3 * t**2 - 2 * t**3) * most
    )
    return pq_to_light(np.where(signal < knee, signal, spline) * peak)


def tone_mapped(signal: Light, transfer: str) -> Light:
    """The SDR signal, BT.709 and gamma 2.4, in [0, 1], of a signal of BT.2020.

    signal: float64 (..., 3), RGB. transfer: "PQ", "HLG" or "BT.2020".
    """
    if transfer == WIDE_SDR:
        return _encoded(np.power(np.clip(signal, 0, 1), SCREEN_GAMMA) @ TO_709.T)
    light = pq_to_light(signal) if transfer == "PQ" else hlg_to_light(signal)
    light = np.maximum(light @ TO_709.T, 0)
    largest = light.max(axis=-1, keepdims=True)
    factor = np.divide(compressed(largest), largest, out=np.ones_like(largest), where=largest > 0)
    return _encoded(light * factor / WHITE)


def _encoded(linear: Light) -> Light:
    """The signal for a screen of which 1 is the white."""
    signal: Light = np.power(np.clip(linear, 0, 1), 1 / SCREEN_GAMMA)
    return signal


def tone_table(transfer: str, size: int, reach: float) -> Light:
    """`tone_mapped` on a grid: float64 (size, size, size, 3), indexed by blue, green and red.

    reach: the signal at the last point of each axis.
    """
    axis = np.linspace(0, reach, size)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    return tone_mapped(np.stack([red, green, blue], axis=-1), transfer)
