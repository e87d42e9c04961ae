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
    "tracks_lots": False,
    "hazmat_class": "",
    "hazmat_approved_at": None,
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
