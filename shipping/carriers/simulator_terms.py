"""What the simulated carrier sells: services, limits, prices. Shared by its server and by our own price list."""

from dataclasses import dataclass

from shipping.planning.rating import ParcelSize

DEFAULT_TOKEN = "simulator"  # noqa: S105 - the simulated carrier holds nothing worth a secret

NL = frozenset({"NL"})
EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
EUROPE = EU | {"CH", "GB", "GG", "IM", "IS", "JE", "LI", "NO"}
WORLD = EUROPE | frozenset("AE AU BH BR CA HK IL JP KR LB MX NZ RS SA SG TR US ZA".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """One service as the carrier publishes it. `tiers` are (up to grams, cents). By air it takes fewer hazards."""

    code: str
    name: str
    destinations: frozenset[str]
    transit_days: int
    tiers: tuple[tuple[int, int], ...]
    max_length_mm: int = 1_750
    max_girth_mm: int = 3_000
    max_thickness_mm: int = 600
    by_air: bool = False

    @property
    def max_weight_g(self) -> int:
        """The heaviest parcel it takes."""
        return self.tiers[-1][0]

    def has_room_for(self, parcel: ParcelSize) -> bool:
        """Whether the parcel's sides are within the limits."""
        return (
            parcel.longest_mm <= self.max_length_mm
            and parcel.thickness_mm <= self.max_thickness_mm
            and parcel.girth_mm <= self.max_girth_mm
        )

    def price_cents(self, parcel: ParcelSize) -> int | None:
        """The price by weight, or None when it is too heavy."""
        return next((cents for up_to_g, cents in self.tiers if 0 < parcel.weight_g <= up_to_g), None)


SERVICES: tuple[ServiceTerms, ...] = (
    ServiceTerms(
        "LETTERBOX",
        "Letterbox parcel",
        NL,
        1,
        ((500, 345), (2_000, 415)),
        max_length_mm=380,
        max_girth_mm=974,
        max_thickness_mm=32,
    ),
    ServiceTerms(
        "STANDARD", "Standard", NL, 1, ((2_000, 560), (5_000, 620), (10_000, 690), (23_000, 990), (31_500, 1_450))
    ),
    ServiceTerms("EXPRESS", "Before noon", NL, 0, ((2_000, 1_190), (10_000, 1_490), (31_500, 2_450))),
    ServiceTerms(
        "EUROPE", "Europe", EUROPE - NL, 3, ((2_000, 1_120), (5_000, 1_390), (10_000, 1_790), (31_500, 2_990))
    ),
    ServiceTerms(
        "EUROPE_FAST", "Europe fast", EU - NL, 1, ((2_000, 2_450), (10_000, 3_350), (31_500, 5_900)), by_air=True
    ),
    ServiceTerms(
        "WORLD",
        "World",
        WORLD - EUROPE,
        7,
        ((2_000, 2_690), (5_000, 3_790), (10_000, 5_690), (20_000, 9_900)),
        by_air=True,
    ),
)

BY_CODE = {terms.code: terms for terms in SERVICES}
