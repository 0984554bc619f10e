"""`python -m pam evaluate`: the table's figures, groups, limits and output."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pictures import disc, photo  # noqa: E402

from pam.checkpoint import Progress, save_weights  # noqa: E402
from pam.evaluate import (  # noqa: E402
    ALL,
    CLOSED_FORM,
    HALF,
    PRIOR,
    evaluate,
    main,
    predict,
    predict_prior,
    read_stills,
    render,
    standard_methods,
    validate,
)
from pam.network import Pam  # noqa: E402
from pamcli.path import FULL_PATH, SHORTEST_PATH  # noqa: E402

SIZE = 90  # no multiple of 32


def write_stills(folder: Path) -> Path:
    for name, softness in (("am_one", 8.0), ("am_two", 14.0), ("tri_one", 10.0)):
        place = folder / name
        place.mkdir(parents=True)
        rgba = cv2.resize(disc(softness=softness), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        alpha = rgba[:, :, 3]
        share = alpha[:, :, None] / 255
        image = share * rgba[:, :, :3] + (1 - share) * photo(2, SIZE)
        trimap = np.full(alpha.shape, 128, np.uint8)
        trimap[alpha == 255], trimap[alpha == 0] = 255, 0
        cv2.imwrite(str(place / "image.png"), np.ascontiguousarray(image[:, :, ::-1]))
        cv2.imwrite(str(place / "trimap.png"), trimap)
        cv2.imwrite(str(place / "alpha.png"), alpha)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_stills(tmp_path_factory.mktemp("val") / "stills")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("weights") / "pam.pt"
    torch.manual_seed(2)
    save_weights(Pam().state_dict(), Progress(stage=1), target)
    return target


def test_an_untrained_network_is_the_prior_on_every_path(folder: Path) -> None:
    net = Pam().eval()
    for still in read_stills(folder):
        wanted = predict_prior(still.image, still.trimap)
        for path in (FULL_PATH, SHORTEST_PATH):
            found = predict(net, still.image, still.trimap, path)
            np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_known_pixels_are_exact_and_sizes_kept(folder: Path) -> None:
    still = next(read_stills(folder))
    found = predict(Pam().eval(), still.image, still.trimap, FULL_PATH)
    assert found.shape == still.trimap.shape == (SIZE, SIZE)
    assert found.dtype == np.float32
    assert np.all(found[still.trimap == 0] == 0)
    assert np.all(found[still.trimap == 255] == 1)


def test_figures_are_means_over_the_pictures_of_a_group(folder: Path) -> None:
    stills = list(read_stills(folder))
    table = evaluate(stills, standard_methods(Pam().eval(), []))
    assert set(table) == {HALF, PRIOR}
    assert {group: row["count"] for group, row in table[HALF].items()} == {
        "am": 2,
        "tri": 1,
        ALL: 3,
    }
    sums = []
    for still in stills:
        band = still.trimap == 128
        half = np.float32(128) / np.float32(255)  # .5 as a file of 8 bits holds it
        sums.append(np.abs(half - still.alpha)[band].sum() / 1000)
    assert table[HALF]["am"]["sad"] == pytest.approx(np.mean(sums[:2]), rel=1e-4)
    assert table[HALF][ALL]["sad"] == pytest.approx(np.mean(sums), rel=1e-4)
    assert table[PRIOR][ALL]["sad"] < table[HALF][ALL]["sad"]


def test_large_pictures_are_left_out_on_request(folder: Path) -> None:
    assert list(read_stills(folder, limit_mpx=SIZE * SIZE / 1e6 - 1e-4)) == []
    assert len(list(read_stills(folder, limit_mpx=0.01))) == 3


def test_validation_leaves_a_network_in_training_as_it_was(folder: Path) -> None:
    net = Pam().train()
    mean = net.get_buffer("encoder.s0.1.running_mean")
    before = mean.clone()
    figures = validate(net, folder, limit_mpx=1)
    assert set(figures) == {"am", "tri", ALL}
    assert net.training
    assert torch.equal(mean, before)


def test_the_command_prints_json_and_closed_form_where_known(
    folder: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"am_one": {"sad": 1.0, "mse": 2.0, "grad": 3.0, "conn": 4.0}}
    (folder / "closed_form.json").write_text(json.dumps(known))
    command = [str(folder), "--checkpoint", str(checkpoint), "--paths", "1111,0000"]
    assert main([*command, "--json", "--only-sad"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert set(table) == {HALF, PRIOR, "1111", "0000", CLOSED_FORM}
    assert table["1111"]["am"]["sad"] == pytest.approx(table[PRIOR]["am"]["sad"], rel=1e-3)
    assert table[CLOSED_FORM]["am"] == {**known["am_one"], "count": 1}
    assert "closed form" in render(table)


def test_a_folder_without_stills_is_an_error(
    tmp_path: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--checkpoint", str(checkpoint)]) == 1
    assert "no stills" in capsys.readouterr().err
