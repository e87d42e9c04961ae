"""The carriers' status codes, as data. A change of a table is a new version, and the shipments are projected again.

A code is written as its adapter reports it. Where a carrier tells a broad phase and a fine event, the adapter writes
`PHASE/EVENT`; the pair is looked for first, then the event, then the phase. None: known, and no state.
"""

from collections.abc import Mapping

from shipping.planning.tracking import State

SENDCLOUD_VERSION = "2026-11-1"
SENDCLOUD: Mapping[str, State | None] = {
    "NO_LABEL": None,
    "UNKNOWN_STATUS": None,
    "BEING_ANNOUNCED": State.LABEL_CREATED,
    "ANNOUNCED": State.LABEL_CREATED,
    "ANNOUNCED_NOT_COLLECTED": State.LABEL_CREATED,
    "READY_TO_SEND": State.LABEL_CREATED,
    "ANNOUNCEMENT_FAILED": State.EXCEPTION,
    "ERROR_COLLECTING": State.EXCEPTION,
    "SHIPMENT_PICKED_UP_BY_DRIVER": State.HANDED_OVER,
    "EN_ROUTE_TO_SORTING_CENTER": State.IN_TRANSIT,
    "AT_SORTING_CENTRE": State.IN_TRANSIT,
    "BEING_SORTED": State.IN_TRANSIT,
    "SORTED": State.IN_TRANSIT,
    "PARCEL_EN_ROUTE": State.IN_TRANSIT,
    "AT_CUSTOMS": State.CUSTOMS,
    "DRIVER_EN_ROUTE": State.OUT_FOR_DELIVERY,
    "DELIVERY_ATTEMPT_FAILED": State.ATTEMPTED,
    "UNABLE_TO_DELIVER": State.ATTEMPTED,
    "AWAITING_CUSTOMER_PICKUP": State.AT_PICKUP_POINT,
    "NOT_SORTED": State.EXCEPTION,
    "EXCEPTION": State.EXCEPTION,
    "ADDRESS_INVALID": State.EXCEPTION,
    "DELIVERED": State.DELIVERED,
    "SHIPMENT_COLLECTED_BY_CUSTOMER": State.DELIVERED,
    "REFUSED_BY_RECIPIENT": State.RETURNING,
    "RETURNED_TO_SENDER": State.RETURNED,
    "CANCELLATION_REQUESTED": None,
    "SUBMITTING_CANCELLATION_REQUEST": None,
    "CANCELLED": State.CANCELLED,
    "CANCELLED_UPSTREAM": State.CANCELLED,
    "DELIVERY_DELAYED": None,
    "DELIVERY_METHOD_CHANGED": None,
    "DELIVERY_DATE_CHANGED": None,
    "DELIVERY_ADDRESS_CHANGED": None,
}
SENDCLOUD_IDS: Mapping[int, str] = {
    1: "ANNOUNCED",
    3: "EN_ROUTE_TO_SORTING_CENTER",
    4: "DELIVERY_DELAYED",
    5: "SORTED",
    6: "NOT_SORTED",
    7: "BEING_SORTED",
    8: "DELIVERY_ATTEMPT_FAILED",
    11: "DELIVERED",
    12: "AWAITING_CUSTOMER_PICKUP",
    13: "ANNOUNCED_NOT_COLLECTED",
    15: "ERROR_COLLECTING",
    22: "SHIPMENT_PICKED_UP_BY_DRIVER",
    80: "UNABLE_TO_DELIVER",
    91: "PARCEL_EN_ROUTE",
    92: "DRIVER_EN_ROUTE",
    93: "SHIPMENT_COLLECTED_BY_CUSTOMER",
    999: "NO_LABEL",
    1000: "READY_TO_SEND",
    1001: "BEING_ANNOUNCED",
    1002: "ANNOUNCEMENT_FAILED",
    1337: "UNKNOWN_STATUS",
    1998: "CANCELLED_UPSTREAM",
    1999: "CANCELLATION_REQUESTED",
    2000: "CANCELLED",
    2001: "SUBMITTING_CANCELLATION_REQUEST",
    62989: "AT_CUSTOMS",
    62990: "AT_SORTING_CENTRE",
    62991: "REFUSED_BY_RECIPIENT",
    62992: "RETURNED_TO_SENDER",
    62993: "DELIVERY_METHOD_CHANGED",
    62994: "DELIVERY_DATE_CHANGED",
    62995: "DELIVERY_ADDRESS_CHANGED",
    62996: "EXCEPTION",
}
"""The numbers that its webhooks have for the names above."""

DHL_NL_VERSION = "2026-11-1"
DHL_NL: Mapping[str, State | None] = {
    # categories, for an event that is not listed below
    "DATA_RECEIVED": State.LABEL_CREATED,
    "LEG": None,
    "INTERVENTION": None,
    "UNDERWAY": State.IN_TRANSIT,
    "CUSTOMS": State.CUSTOMS,
    "IN_DELIVERY": State.OUT_FOR_DELIVERY,
    "DELIVERED": State.DELIVERED,
    "EXCEPTION": State.EXCEPTION,
    "PROBLEM": State.EXCEPTION,
    "UNKNOWN": None,
    # events
    **dict.fromkeys(("PRENOTIFICATION_RECEIVED", "DATA_RECEIVED_WITH_PREFIX_LABEL"), State.LABEL_CREATED),
    **dict.fromkeys(("SHIPMENT_ACCEPTANCE", "SHIPMENT_ACCEPTANCE_PARCELSHOP"), State.HANDED_OVER),
    **dict.fromkeys(
        ("PARCEL_SORTED_AT_HUB", "PARCEL_ARRIVED_AT_LOCAL_DEPOT", "PARCEL_PICKED_UP_AT_PARCELSHOP"), State.IN_TRANSIT
    ),
    **dict.fromkeys(("OUT_FOR_DELIVERY", "LOAD_VEHICLE", "PARCEL_WILL_BE_DELIVERED_SOON"), State.OUT_FOR_DELIVERY),
    **dict.fromkeys(
        (
            "AWAITING_RECEIVER_COLLECTION",
            "CLOSED_AWAITING_COLLECTION",
            "DELIVERED_AT_ACCESSPOINT",
            "DELIVERED_AT_PARCELSHOP",
            "DELIVERED_AT_PARCELSTATION",
            "NOTIFICATION_FOR_PARCELSHOP_COLLECTION_HAS_BEEN_SENT",
            "NOTIFICATION_FOR_PARCELSTATION_COLLECTION_HAS_BEEN_SENT",
            "ON_HOLD_FOR_COLLECTION",
            "PARCEL_FOUND_AT_PARCELSHOP",
            "PARCEL_HELD_FOR_COLLECTION_AT_LOCAL_DEPOT",
        ),
        State.AT_PICKUP_POINT,
    ),
    **dict.fromkeys(("ADDRESS_UNKNOWN", "POSTAL_CODE_INCORRECT", "PO_BOX"), State.EXCEPTION),
    **dict.fromkeys(
        (
            "DAMAGE_RETURN",
            "NOT_HOME_RETURN_TO_SHIPPER",
            "ON_ROUTE_TO_SHIPPER",
            "PARCEL_RELABELED_FOR_RETURN_TO_SHIPPER",
            "RECEIVER_RETURN",
            "REFUSED_AT_PARCELSHOP",
            "REFUSED_BY_RECEIVER",
            "REFUSED_NOT_COLLECTED",
            "REFUSED_RETURN",
            "STORAGE_PERIOD_ENDED_AT_PARCELSHOP",
            "STORAGE_PERIOD_ENDED_AT_PARCELSTATION",
        ),
        State.RETURNING,
    ),
    **dict.fromkeys(("DELIVERED_AT_SHIPPER", "RETURNED_TO_SHIPPER", "PARCEL_ALREADY_RETURNED"), State.RETURNED),
    # the words of the group's unified push
    "pre-transit": State.LABEL_CREATED,
    "transit": State.IN_TRANSIT,
    "delivered": State.DELIVERED,
    "failure": State.EXCEPTION,
    "unknown": None,
}

POSTNL_VERSION = "2026-11-1"
POSTNL: Mapping[str, State | None] = {
    # phases, for a status that is not listed below
    "P1": State.LABEL_CREATED,
    "P2": State.IN_TRANSIT,
    "P3": State.OUT_FOR_DELIVERY,
    "P4": State.DELIVERED,
    "P99": None,
    # statuses
    "1": State.LABEL_CREATED,  # announced
    "2": State.HANDED_OVER,  # accepted
    "3": State.HANDED_OVER,  # collected
    "4": State.EXCEPTION,  # not collected
    "5": State.IN_TRANSIT,  # sorted
    "6": State.EXCEPTION,  # not sorted
    "7": State.OUT_FOR_DELIVERY,  # in distribution
    "8": State.ATTEMPTED,  # not delivered
    "9": State.CUSTOMS,
    "11": State.DELIVERED,
    "12": State.AT_PICKUP_POINT,
    "13": State.LABEL_CREATED,  # announced, not accepted yet
    "14": State.EXCEPTION,  # announced, never accepted
    "15": State.EXCEPTION,  # missing at collection
    "16": State.EXCEPTION,  # missing at sorting
    "17": State.EXCEPTION,  # missing at distribution
    "18": State.LOST,
    "19": State.EXCEPTION,  # rejected
    "20": State.CUSTOMS,  # being cleared
    "21": State.IN_TRANSIT,  # in stock
    "22": State.DELIVERED,  # fetched at the office
    "23": State.DELIVERED,  # fetched by the addressee
    "99": None,
}

DPD_NL_VERSION = "2026-11-1"
DPD_NL: Mapping[str, State | None] = {
    "SHIPMENT": State.LABEL_CREATED,
    "PICKEDUP": State.HANDED_OVER,
    "ACCEPTED": State.HANDED_OVER,
    "DEPOT": State.IN_TRANSIT,
    "BETWEENDEPOTS": State.IN_TRANSIT,
    "WAREHOUSE": State.IN_TRANSIT,
    "CONSOLIDATION": State.IN_TRANSIT,
    "ATSENDINGDEPOT": State.IN_TRANSIT,
    "ONTHEROAD": State.IN_TRANSIT,
    "ATDELIVERYDEPOT": State.IN_TRANSIT,
    "CUSTOMS": State.CUSTOMS,
    "COURIER": State.OUT_FOR_DELIVERY,
    "OUTFORDELIVERY": State.OUT_FOR_DELIVERY,
    "DELIVERYFAILURE": State.ATTEMPTED,
    "RETURNINGFROMDELIVERY": State.ATTEMPTED,
    "PARCELSHOP": State.AT_PICKUP_POINT,
    "DELIVERED": State.DELIVERED,
}

GLS_VERSION = "2026-11-1"
GLS: Mapping[str, State | None] = {
    "PREADVICE": State.LABEL_CREATED,
    "PLANNEDPICKUP": State.LABEL_CREATED,
    "INPICKUP": State.HANDED_OVER,
    "INTRANSIT": State.IN_TRANSIT,
    "INWAREHOUSE": State.IN_TRANSIT,
    "INDELIVERY": State.OUT_FOR_DELIVERY,
    "NOTDELIVERED": State.ATTEMPTED,
    "DELIVEREDPS": State.AT_PICKUP_POINT,
    "NOTPICKEDUP": State.EXCEPTION,
    "DELIVERED": State.DELIVERED,
    "FINAL": State.DELIVERED,
    "CANCELED": State.CANCELLED,
}

UPS_VERSION = "2026-11-1"
UPS: Mapping[str, State | None] = {
    # types, for a code that is not listed below; D has no meaning alone, for it covers out for delivery too
    "M": State.LABEL_CREATED,
    # a manifest voided: our own cancellation has said so already, and no parcel moves by it
    "MV": None,
    "I": State.IN_TRANSIT,
    "X": State.EXCEPTION,
    "U": None,
    # codes
    "MP": State.LABEL_CREATED,
    "OR": State.HANDED_OVER,
    "PU": State.HANDED_OVER,
    "OC": State.HANDED_OVER,
    "DP": State.IN_TRANSIT,
    "AR": State.IN_TRANSIT,
    "YP": State.IN_TRANSIT,
    "OT": State.OUT_FOR_DELIVERY,
    "OF": State.OUT_FOR_DELIVERY,
    "RP": State.AT_PICKUP_POINT,
    "UU": State.AT_PICKUP_POINT,
    "AC": State.AT_PICKUP_POINT,
    "HX": State.EXCEPTION,
    "FS": State.DELIVERED,
    "KB": State.DELIVERED,
    "RS": State.RETURNING,
    "RT": State.RETURNED,
    "VD": State.CANCELLED,
    "CA": State.CANCELLED,
}

EASYPOST_VERSION = "2026-11-1"
EASYPOST: Mapping[str, State | None] = {
    "unknown": None,
    "pre_transit": State.LABEL_CREATED,
    "in_transit": State.IN_TRANSIT,
    "out_for_delivery": State.OUT_FOR_DELIVERY,
    "available_for_pickup": State.AT_PICKUP_POINT,
    "delivered": State.DELIVERED,
    "return_to_sender": State.RETURNING,
    "failure": State.EXCEPTION,
    "error": State.EXCEPTION,
    "cancelled": State.CANCELLED,
    # details that say more than their status
    "in_transit/received_at_origin_facility": State.HANDED_OVER,
    "failure/delivery_exception": State.ATTEMPTED,
    "failure/lost": State.LOST,
    "failure/refused": State.RETURNING,
}

SHIPSTATION_VERSION = "2026-11-1"
SHIPSTATION: Mapping[str, State | None] = {
    "UN": None,
    "NY": State.LABEL_CREATED,
    "AC": State.HANDED_OVER,
    "IT": State.IN_TRANSIT,
    "AT": State.ATTEMPTED,
    "SP": State.AT_PICKUP_POINT,
    "EX": State.EXCEPTION,
    "DE": State.DELIVERED,
    # details that say more than their status
    "COLLECTION_MADE": State.HANDED_OVER,
    "OUT_FOR_DELIVERY": State.OUT_FOR_DELIVERY,
    "CUSTOMS_PROCESSING": State.CUSTOMS,
    "ATTEMPTED_DELIVERY": State.ATTEMPTED,
    "CUSTOMER_CARDED": State.ATTEMPTED,
    "AWAITING_CUSTOMER_COLLECTION": State.AT_PICKUP_POINT,
    "RETURNING_TO_SENDER": State.RETURNING,
    "RETURNED_TO_SENDER": State.RETURNED,
}
