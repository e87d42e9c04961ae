"""Examples of items for the API's description; what they show is sent and answered in tests."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample

from fulfillment.api.examples import NEXT

SKU_BODY: Final[dict[str, Any]] = {
    "code": "LU-MUG-SAGE",
    "name": "Mug, sage green",
    "barcodes": ["4006381333931"],
    "weight_g": 320,
    "length_mm": 120,
    "width_mm": 90,
    "height_mm": 95,
    "is_fragile": True,
    "origin_country": "PT",
}
SKU_ANSWER: Final[dict[str, Any]] = SKU_BODY | {
    "barcodes": ["04006381333931"],
    "measured": None,
    "measured_at": None,
    "tracks_lots": False,
    "hazmat_class": "",
    "hazmat_approved_at": None,
    "un_number": "",
    "limited_quantity": False,
    "net_quantity_ml": 0,
    "battery_wh": 0,
    "batteries": 1,
    "min_shelf_days": 0,
    "hs_code": "",
    "is_active": True,
    "created_at": "2026-11-22T08:12:40Z",
}
SKU_IN = OpenApiExample("A mug", SKU_BODY, request_only=True)
SKU_CHANGE = OpenApiExample("It was weighed", {"weight_g": 334}, request_only=True)
SKU = OpenApiExample("A mug", SKU_ANSWER, response_only=True)
SKU_PAGE = OpenApiExample(
    "One item per page", {"results": [SKU_ANSWER], "next": NEXT.format("skus")}, response_only=True
)
MEASUREMENT_ANSWER: Final[dict[str, Any]] = {
    "id": "0191f3a8-5c41-4d0e-9b6e-2f8f7a1c3d55",
    "sku": "LU-MUG-SAGE",
    "hub": "AMS1",
    "found": {"weight_g": 352, "length_mm": 122, "width_mm": 91, "height_mm": 96},
    "declared": {"weight_g": 320, "length_mm": 120, "width_mm": 90, "height_mm": 95},
    "units": 10,
    "scale_g": 3_520,
    "differs": True,
    "measured_at": "2026-11-24T09:02:11Z",
}
MEASUREMENT_PAGE = OpenApiExample(
    "One measurement per page",
    {"results": [MEASUREMENT_ANSWER], "next": NEXT.format("measurements")},
    response_only=True,
)
