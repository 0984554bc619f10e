"""The whole run and the network alone, on one made clip."""

from pamcli.bench_pipeline import as_text, run


def test_a_tiny_clip_is_run_both_ways() -> None:
    figures = run((96, 128), frames=5)
    assert figures["frames"] == 5
    assert figures["ratio"] > 0 and 0 < figures["encode_share"] < 1
    assert f"ratio {figures['ratio']:.3f}" in as_text(figures)
    assert "128x96, 5 frames" in as_text(figures)
