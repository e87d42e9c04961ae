"""The labels that `bench labels` reads are of every kind, and the same for the same seed."""

import random

from config.benches.label_samples import KINDS
from labels.drawing.barcodes import Symbology
from labels.drawing.canvas import Barcode


def test_the_made_labels_can_all_be_laid_out_and_carry_every_symbology_in_use() -> None:
    rng = random.Random(1)

    pages = [page for module, make in KINDS.items() for _ in range(60) for page in module.layout(make(rng))]

    used = {item.symbol.symbology for page in pages for item in page.items if isinstance(item, Barcode)}
    assert used == set(Symbology) - {Symbology.GS1_DATAMATRIX}


def test_the_same_seed_makes_the_same_labels() -> None:
    for make in KINDS.values():
        first, again, other = (make(random.Random(seed)) for seed in (1, 1, 2))
        assert first == again != other
