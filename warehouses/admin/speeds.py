"""How fast the pickers of a hub are, and how that is known."""

from typing import Final, NamedTuple

from django.contrib import admin

from foundation.admin.pages import RecordPage, link_column
from warehouses.models import Hub, HubSpeeds
from warehouses.services.speeds import speeds_of

NAMES: Final = {
    "pick_s": "Pick of one unit",
    "unit_s": "Each further unit",
    "tote_change_s": "Another tote",
    "setup_s": "From start to first step",
}


class Fact(NamedTuple):
    """One speed in words; `is_learned` from walks, or assumed."""

    name: str
    text: str
    is_learned: bool


class ShownSpeeds(NamedTuple):
    """What a hub's page says of its pickers; `row` is None until something was learned."""

    row: HubSpeeds | None
    facts: list[Fact]


def shown_speeds(hub: Hub) -> ShownSpeeds:
    """The speeds that plans of this hub reckon with."""
    row, speeds = HubSpeeds.objects.filter(hub=hub).first(), speeds_of(hub)
    walking = Fact(
        "Walking", f"{speeds.walk_mm_per_s / 1000:.2f} m/s", row is not None and row.walk_mm_per_s is not None
    )
    return ShownSpeeds(
        row,
        [
            walking,
            *(
                Fact(label, f"{getattr(speeds, name):.1f} s", getattr(row, name, None) is not None)
                for name, label in NAMES.items()
            ),
        ],
    )


@admin.register(HubSpeeds)
class HubSpeedsPage(RecordPage):
    """What walking and picking take in a hub, as its walks have shown."""

    hub_link = link_column("hub", ordering="hub__code", text="code")

    list_display = [
        "hub_link", "learned_at", "walk_mm_per_s", "pick_s", "unit_s", "tote_change_s", "setup_s", "legs",
        "typical_error_s",
    ]  # fmt: skip
    list_display_links = ["learned_at"]
    list_select_related = ["hub"]
    search_fields = ["hub__code", "hub__name"]
    fields = [
        ("hub_link", "learned_at"), ("walk_mm_per_s", "pick_s", "unit_s"), ("tote_change_s", "setup_s"),
        ("legs", "typical_error_s"),
    ]  # fmt: skip
