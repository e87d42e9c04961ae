"""Lies about shipments. See `mutations`."""

from tests.verify.mutations import drop, lie, one, put

SHIPMENT, PARCEL, PURCHASE = "shipping_shipment", "shipping_parcel", "shipping_labelpurchase"
WAITING = "labelled_at IS NOT NULL AND manifest_id IS NULL"
GONE = "manifest_id IS NOT NULL"
TRAILER, LOAD, OPEN = "shipping_trailer", "shipping_loadscan", "state = 'open'"
LOADED, ON_PAPER = "parcel_is_where_its_load_scans_say", "departed_trailer_is_on_paper"
OWNS_LABEL = "labelled_parcel_owns_its_label"

SHIPPING = [
    lie(
        "one_active_label_per_parcel",
        put(PURCHASE, f"parcel_id = {one(PARCEL, GONE)}", f"parcel_id = {one(PARCEL, WAITING)}"),
        OWNS_LABEL,
        drops=((PURCHASE, "one_active_label_per_parcel"),),
    ),
    lie(
        "one_parcel_per_tracking_number",
        put(PARCEL, f"tracking_no = (SELECT tracking_no FROM {PARCEL} WHERE {GONE} LIMIT 1)", WAITING),
        OWNS_LABEL,
        drops=((PARCEL, "one_parcel_per_tracking_number"),),
    ),
    lie(OWNS_LABEL, put(PURCHASE, "state = 'voided'", "state = 'bought'")),
    lie(OWNS_LABEL, put(PURCHASE, "tracking_no = 'OTHER'", "state = 'bought'")),
    lie("shipment_beyond_draft_is_labelled", put(PARCEL, "labelled_at = NULL", WAITING), OWNS_LABEL),
    lie("shipment_is_where_its_last_change_says", put(SHIPMENT, "state = 'customs'", "state = 'label_created'")),
    lie("shipment_is_where_its_last_change_says", put("shipping_shipmentchange", "from_state = 'lost'")),
    lie("handed_over_means_scanned", drop("shipping_trackingscan", "source = 'hub'")),
    lie("manifest_is_of_one_hub_and_carrier", put("shipping_manifest", "site = 'ELSEWHERE'")),
    lie(LOADED, put(PARCEL, f"trailer_id = {one(TRAILER, OPEN)}", WAITING)),
    lie(LOADED, put(PARCEL, "trailer_id = NULL", "trailer_id IS NOT NULL"), ON_PAPER),
    lie(
        "no_parcel_on_two_departed_trailers",
        f"WITH gone AS (UPDATE {TRAILER} SET state = 'departed', departed_at = now()) "
        f"DELETE FROM {LOAD} WHERE undoes_id IS NOT NULL",
        LOADED,
        ON_PAPER,
    ),
    lie(ON_PAPER, put(TRAILER, "state = 'departed', departed_at = now()", OPEN)),
    lie("required_load_scans_are_there", put(LOAD, "refusal = 'no'", f"id = (SELECT max(id) FROM {LOAD})"), LOADED),
    lie("parcel_goes_by_its_shipments_carrier", put(PARCEL, "carrier_id = 0", WAITING)),
]
