"""The baseline with a stand-in for pymatting, which takes a minute to import."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from evaluations import disc, picture_of, trimap_of

from pamcli.errors import InputError
from pamcli.evaluate_closed_form import closed_form, load_pymatting


class StandIn(ModuleType):
    """Records what it is called with and answers beyond [0, 1]."""

    def __init__(self) -> None:
        super().__init__("pymatting")
        self.calls: list[tuple[np.ndarray, np.ndarray]] = []

    def estimate_alpha_cf(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        self.calls.append((image, trimap))
        return np.linspace(-0.1, 1.1, trimap.size).reshape(trimap.shape)


def test_pymatting_gets_unit_ranges_and_gives_an_alpha(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = StandIn()
    monkeypatch.setitem(sys.modules, "pymatting", stand_in)
    rgb, trimap = picture_of(disc()), trimap_of(disc())
    alpha = closed_form(load_pymatting(), rgb, trimap, "disc")
    ((image, levels),) = stand_in.calls
    assert image.dtype == levels.dtype == np.float64
    assert np.array_equal(np.rint(image * 255), rgb)
    assert set(np.unique(levels)) == {0.0, 0.5, 1.0}
    assert np.array_equal(levels == 0.5, trimap == 128)
    assert np.array_equal(levels == 1.0, trimap == 255)
    assert alpha.dtype == np.float32 and (alpha.min(), alpha.max()) == (0, 1)


def test_a_missing_pymatting_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymatting", None)
    with pytest.raises(InputError, match=r"pip install 'pamcli\[evaluate\]'$") as raised:
        load_pymatting()
    assert "\n" not in str(raised.value)


def test_something_else_that_is_missing_stays_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> ModuleType:
        raise ModuleNotFoundError("No module named 'numba'", name="numba")

    monkeypatch.setattr("pamcli.evaluate_closed_form.import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="numba"):
        load_pymatting()


def test_a_still_that_has_no_solution_is_named() -> None:
    def fail(image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        raise ValueError("no foreground\nvalues")

    broken = SimpleNamespace(estimate_alpha_cf=fail)
    with pytest.raises(InputError, match=r"^disc: closed-form matting: no foreground values$"):
        closed_form(broken, picture_of(disc()), trimap_of(disc()), "disc")  # type: ignore[arg-type]


@pytest.mark.slow
def test_pymatting_itself_solves_a_picture_of_two_colours() -> None:
    pymatting = pytest.importorskip("pymatting")
    alpha = disc()
    trimap = trimap_of(alpha)
    black_and_white = np.repeat(np.rint(alpha * 255).astype(np.uint8)[..., None], 3, 2)
    found = closed_form(pymatting, black_and_white, trimap, "disc")
    assert np.abs(found - alpha)[trimap == 128].mean() < 0.02
    with pytest.raises(InputError, match=r"^flat: closed-form matting: .*background"):
        closed_form(pymatting, black_and_white, np.maximum(trimap, 128), "flat")
