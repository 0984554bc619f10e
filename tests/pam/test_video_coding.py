"""Video compression among the degradations: in place, lossy by the asked quality, repeatable."""

import pytest

torch = pytest.importorskip("torch")

from pictures import photo  # noqa: E402
from torch import Tensor  # noqa: E402

from pam.data.video_coding import video_coded  # noqa: E402


def picture(size: int = 64) -> Tensor:
    levels: Tensor = torch.from_numpy(photo(3, size)).permute(2, 0, 1)
    return levels / 255


def test_gray_without_loss_comes_back_as_it_was() -> None:
    ramp = torch.linspace(0.1, 0.9, 64).expand(3, 48, 64)
    out = video_coded(ramp, 0, (0, 0), 0)
    assert out.shape == ramp.shape and out.dtype == torch.float32
    assert float((out - ramp).abs().max()) < 3 / 255  # limited range has 219 levels


def test_a_higher_crf_loses_more() -> None:
    image = picture()
    losses = [
        float((video_coded(image, crf, (1, 2), 2) - image).abs().mean()) for crf in (0, 24, 44)
    ]
    assert losses[0] < losses[1] < losses[2] < 0.2


@pytest.mark.parametrize("motion", [(3, 0), (0, -4), (-2, 4)])
def test_the_moving_picture_ends_in_its_place(motion: tuple[int, int]) -> None:
    image = picture()
    out = video_coded(image, 20, motion, 2)
    errors = {
        (down, right): float((out.roll((-down, -right), (1, 2)) - image).abs().mean())
        for down in range(-4, 5)
        for right in range(-4, 5)
    }
    assert min(errors, key=errors.__getitem__) == (0, 0)


def test_a_predicted_frame_differs_from_a_key_frame_and_the_same_call_does_not() -> None:
    image = picture()
    key, predicted, again = (video_coded(image, 30, (1, 1), before) for before in (0, 2, 2))
    assert not torch.equal(key, predicted)
    assert torch.equal(predicted, again)
