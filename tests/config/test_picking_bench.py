"""The picking bench on the real week's busiest day: every line is on a cart, and the figures say what they are."""

from pathlib import Path

from config.benches.picking_wave import wave_figures

WEEK = Path(__file__).resolve().parents[3] / "shared" / "data" / "orders" / "online_retail_2011w46.csv"


def test_the_busiest_day_of_the_week_goes_onto_carts() -> None:
    told: list[object] = []

    found = wave_figures(WEEK, seed=1, seconds=2.5, say=told.append)

    assert (found["day"], found["orders"], told) == ("2011-11-16", 129, ["2011-11-16: 4108 lines"])
    assert found["lines"] >= 4_108  # a line over two totes of different carts counts in both
    assert 0 < found["proven_metres"] <= found["metres"] < found["s_shape_metres"]
    assert found["limits"]["saved"]["kept"] == (found["limits"]["saved"]["value"] >= 0.25)
