"""What a carrier sells and for how much, and the boxes a hub packs in."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from shipping.models.carriers import Carrier


class Service(models.Model):
    """One product of a carrier: where it goes, how big and heavy a parcel may be, how long it takes.

    `destinations` are ISO country codes. `cut_off` is local time at the hub: a parcel ready later leaves on
    the next working day; empty means no cut-off. Prices stand in its `tiers`.
    """

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="services")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    destinations = ArrayField(models.CharField(max_length=2))
    max_weight_g = models.PositiveIntegerField()
    max_length_mm = models.PositiveIntegerField(help_text="Longest side")
    max_thickness_mm = models.PositiveIntegerField(help_text="Shortest side")
    max_girth_mm = models.PositiveIntegerField(help_text="Longest side plus twice the other two")
    cm3_per_kg = models.PositiveIntegerField(
        "volumetric divisor",
        default=0,
        db_default=0,
        help_text="Cubic centimetres that are charged as a kilogram, such as 5000; 0 = by the scales alone",
    )
    transit_days = models.PositiveSmallIntegerField(help_text="Working days from hand-over to delivery")
    cut_off = models.TimeField(null=True, blank=True)
    takes_lq = models.BooleanField(
        "takes limited quantities", default=False, help_text="Dangerous goods in limited quantities, by road."
    )
    takes_batteries = models.BooleanField(
        default=False, help_text="Lithium batteries under special provision 188; by air only those in equipment."
    )
    by_air = models.BooleanField(default=False, help_text="May fly: then no limited quantities and no loose batteries.")
    is_postal = models.BooleanField(
        "travels with the post", default=True, help_text="Papers are CN22 and CN23; an express wants invoices only."
    )
    takes_po_boxes = models.BooleanField("goes to PO boxes", default=False)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["carrier", "code"]
        constraints = [
            models.UniqueConstraint(name="service_code_unique_per_carrier", fields=["carrier", "code"]),
        ]

    def __str__(self) -> str:
        return self.name


class RateTier(models.Model):
    """The price of a parcel that weighs up to `up_to_g` and more than the tier below it."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="tiers")
    up_to_g = models.PositiveIntegerField()
    price_cents = models.PositiveIntegerField()

    class Meta:
        ordering = ["service", "up_to_g"]
        constraints = [
            models.UniqueConstraint(name="one_price_per_service_and_weight", fields=["service", "up_to_g"]),
        ]

    def __str__(self) -> str:
        return f"up to {self.up_to_g} g: {self.price_cents} cents"


class Box(models.Model):
    """A box a hub packs in: inside measures, wall thickness, own weight, and what it may weigh full."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=80, blank=True, default="")
    inner_length_mm = models.PositiveIntegerField()
    inner_width_mm = models.PositiveIntegerField()
    inner_height_mm = models.PositiveIntegerField()
    wall_mm = models.PositiveSmallIntegerField(default=4)
    tare_g = models.PositiveIntegerField()
    max_weight_g = models.PositiveIntegerField(help_text="Gross, box included")
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "boxes"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="box_has_room",
                condition=Q(inner_length_mm__gt=0, inner_width_mm__gt=0, inner_height_mm__gt=0),
                violation_error_message="A box measures at least 1 mm on each side.",
            ),
            models.CheckConstraint(
                name="box_may_hold_something",
                condition=Q(max_weight_g__gt=models.F("tare_g")),
                violation_error_message="A box must be allowed to weigh more than itself.",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def outer_mm(self) -> tuple[int, int, int]:
        """Outside length, width and height, as a carrier measures it."""
        wall = 2 * self.wall_mm
        return self.inner_length_mm + wall, self.inner_width_mm + wall, self.inner_height_mm + wall
