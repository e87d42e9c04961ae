"""Places: hubs, their floor plans, and every address in them where a unit can be."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from warehouses.models.choices import check_silence


def every_day() -> list[int]:
    """All seven ISO weekdays."""
    return list(range(1, 8))


class Hub(models.Model):
    """A warehouse site. Its zone decides what "today" means and when the cut-off falls."""

    code = models.SlugField(max_length=10, unique=True)
    name = models.CharField(max_length=80)
    timezone = models.CharField(max_length=40, default="Europe/Amsterdam")
    cutoff = models.TimeField(help_text="Local time by which an order must come in to leave the same day.")
    dispatch = models.TimeField(help_text="Local time at which the carriers leave: what is due must be on the dock.")
    work_days = ArrayField(
        models.PositiveSmallIntegerField(),
        default=every_day,
        help_text="ISO weekdays on which carriers leave, 1 = Monday.",
    )
    company = models.CharField(max_length=80)
    street = models.CharField(max_length=120)
    postcode = models.CharField(max_length=12)
    city = models.CharField(max_length=60)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    phone = models.CharField(max_length=20, blank=True)
    pickers = models.PositiveSmallIntegerField(default=4, help_text="How many walk at the same time, usually.")
    packing_minutes = models.PositiveSmallIntegerField(
        default=30, help_text="So long before the carriers leave, an order must be back from the shelves."
    )
    heavy_from_g = models.PositiveIntegerField(
        "heavy from",
        default=0,
        help_text="Goods of so many grams a unit are fetched before fragile ones, which come on top; 0 = in any order.",
    )
    keeps_hazmat_apart = models.BooleanField(
        default=False, help_text="Goods with a UN class ride on carts of their own."
    )
    sscc_prefix = models.CharField(
        "SSCC prefix", max_length=12, help_text="GS1 company prefix for the hub's own SSCCs."
    )
    latitude = models.FloatField(null=True, blank=True, help_text="Degrees north; empty = about where its country is.")
    longitude = models.FloatField(null=True, blank=True, help_text="Degrees east.")
    carton_max_g = models.PositiveIntegerField(
        "heaviest carton",
        db_default=23_000,
        default=23_000,
        help_text="Grams one person lifts; heavier cartons come on pallets only. 0 = no limit.",
    )
    min_shelf_days = models.PositiveSmallIntegerField(
        "least shelf life",
        db_default=0,
        default=0,
        help_text="Days any lot must still be good for when it arrives; an item may ask for more.",
    )
    singles_apart = models.BooleanField(
        "orders of one unit share totes",
        default=True,
        help_text="They are picked together and packed unit by unit: nothing is sorted after the walk.",
    )
    singles_from = models.PositiveSmallIntegerField(
        "from so many in a wave", default=4, help_text="Fewer orders of one unit get a tote each."
    )
    first_scan_hours = models.PositiveSmallIntegerField(
        "first scan within", default=24, db_default=24, help_text="Hours from an inbound's arrival, as promised."
    )
    sellable_hours = models.PositiveSmallIntegerField(
        "sellable within", default=48, db_default=48, help_text="Hours from an inbound's arrival to its last unit."
    )
    trolley_volume_mm3 = models.PositiveBigIntegerField(
        "trolley volume",
        default=0,
        db_default=0,
        help_text="What a putaway trolley takes along, in mm³; 0 = all of an inbound.",
    )
    trolley_weight_g = models.PositiveIntegerField(
        "trolley weight", default=0, db_default=0, help_text="In grams; 0 = no limit."
    )

    case_days = models.PositiveSmallIntegerField(
        "days to answer a case",
        default=7,
        help_text="So many days a seller has to say what happens to what was not as announced.",
    )
    case_silence = models.JSONField(
        "on silence",
        default=dict,
        blank=True,
        validators=[check_silence],
        help_text='What is done when nobody answers, where it is not the usual: {"damaged": "send_back"}.',
    )
    photo_required = models.BooleanField(
        "photos required",
        default=False,
        help_text="A carton's count closes only with a photo of each damaged and unknown unit.",
    )
    dock_ahead_days = models.PositiveSmallIntegerField(
        "booked ahead", default=28, db_default=28, help_text="So many days ahead a seller may book a slot at a door."
    )
    dock_change_hours = models.PositiveSmallIntegerField(
        "changed until", default=24, db_default=24, help_text="Hours before it, a seller may move or cancel a slot."
    )
    measure_tolerance_pct = models.PositiveSmallIntegerField(
        "measures differ from", default=5, db_default=5,
        help_text="Percent; less than that, or than 5 mm or 5 g, is as declared.",
    )  # fmt: skip
    inbound_expiry_days = models.PositiveSmallIntegerField(
        "given up", default=60, db_default=60, help_text="Days after the last day it was expected; then it is expired."
    )
    dock_grace_minutes = models.PositiveSmallIntegerField(
        "waited for", default=60, db_default=60, help_text="Minutes after the end of a slot; then it is a no-show."
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cutoff__lte=models.F("dispatch")),
                name="hub_cutoff_before_dispatch",
                violation_error_message="The cut-off can't be later than dispatch.",
            ),
            models.CheckConstraint(
                condition=Q(pickers__gt=0),
                name="hub_has_pickers",
                violation_error_message="At least one picker walks.",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="hub_is_on_earth",
                violation_error_message="Give latitude and longitude both, in degrees, or neither.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class FloorPlan(models.Model):
    """Where one can walk: aisles along y, cross aisles along x, and how the depot is tied to them. Millimetres."""

    hub = models.OneToOneField(Hub, on_delete=models.CASCADE, related_name="floor_plan")
    aisle_x_mm = ArrayField(models.PositiveIntegerField(), help_text="x of each aisle, ascending.")
    cross_y_mm = ArrayField(models.PositiveIntegerField(), help_text="y of each cross aisle, front to back.")
    depot_links = models.JSONField(help_text="[[aisle, cross aisle, distance in mm], ...]")
    narrow_aisles = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        help_text="Aisles, from 0, in which two carts are in each other's way: they are sent at different times.",
    )

    def __str__(self) -> str:
        return f"Floor plan of {self.hub.code}"


class Zone(models.Model):
    """A part of a hub with one purpose."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="zones")
    code = models.SlugField(max_length=10)
    name = models.CharField(max_length=60)
    hand_over = models.JSONField(
        null=True,
        blank=True,
        help_text="[[aisle, cross aisle, distance in mm], ...] to where the zone's own carts are handed over. Empty: "
        "it is walked together with the rest of the hub.",
    )
    is_cross_dock = models.BooleanField(
        "cross-dock",
        default=False,
        db_default=False,
        help_text="Its shelves stand by the benches, for goods that come in and that orders wait for already.",
    )

    class Meta:
        ordering = ["hub", "code"]
        constraints = [models.UniqueConstraint(fields=["hub", "code"], name="zone_code_once_per_hub")]

    def __str__(self) -> str:
        return f"{self.hub.code} {self.code} {self.name}"


class CartType(models.Model):
    """What a picker pushes: so many totes of one size, and no more weight than this."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="cart_types")
    code = models.SlugField(max_length=10)
    totes = models.PositiveSmallIntegerField()
    tote_volume_mm3 = models.PositiveBigIntegerField(help_text="Usable volume of one tote.")
    tote_weight_g = models.PositiveIntegerField(help_text="What one tote may hold.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hub", "code"], name="cart_type_once_per_hub"),
            models.CheckConstraint(
                condition=Q(totes__gt=0, tote_volume_mm3__gt=0, tote_weight_g__gt=0), name="cart_type_can_carry"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.totes} totes"


class Bin(models.Model):
    """One addressable place. A tote is a place that moves; a unit is always in exactly one bin."""

    class Kind(models.TextChoices):
        DOCK = "dock", "Dock"  # just received, not yet put away: counted, not for sale
        STORAGE = "storage", "Storage"  # on a shelf with a spot on the floor plan: what can be sold
        TOTE = "tote", "Tote"  # picked, on its way to a bench
        DISPATCH = "dispatch", "Dispatch"  # packed in a parcel, waiting for the carrier
        QUARANTINE = "quarantine", "Quarantine"  # damaged or doubtful, waiting for a decision
        MISSING = "missing", "Missing"  # on the books, not found on the shelf: waits for a count

    SHELVES = (Kind.STORAGE, Kind.QUARANTINE)
    """Kinds of places where goods lie by themselves, neither coming in nor going out."""

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="bins")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="bins")
    code = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    aisle = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Index into the plan's aisles, from 0.")
    y_mm = models.PositiveIntegerField(null=True, blank=True, help_text="Where along the aisle the picker stands.")
    side = models.CharField(max_length=1, blank=True, choices=[("L", "Left"), ("R", "Right")])
    level = models.PositiveSmallIntegerField(default=0, help_text="Shelf above the floor, from 0.")
    check_digits = models.CharField(
        max_length=2, help_text="Drawn at random, printed on the label: proof of having been there."
    )
    volume_mm3 = models.PositiveBigIntegerField(default=0, help_text="Usable volume; 0 = no limit.")
    max_weight_g = models.PositiveIntegerField(default=0, help_text="0 = no limit.")
    blocked_at = models.DateTimeField(null=True, blank=True, help_text="Since then nobody puts into it or picks.")
    block_reason = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["hub", "code"]
        constraints = [
            models.UniqueConstraint(fields=["hub", "code"], name="bin_code_once_per_hub"),
            models.CheckConstraint(
                condition=~Q(kind="storage") | Q(aisle__isnull=False, y_mm__isnull=False),
                name="storage_bin_has_a_spot",
                violation_error_message="A storage bin needs an aisle and a position in it.",
            ),
        ]
        indexes = [
            models.Index(fields=["hub", "kind", "aisle", "y_mm"], name="bin_by_spot"),
        ]

    def __str__(self) -> str:
        return self.code
