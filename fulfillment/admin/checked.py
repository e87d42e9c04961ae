"""What an order's page says about its papers and its address, while something can still be done."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from foundation.admin.buttons import button
from fulfillment.admin.forms import CorrectAddressForm
from fulfillment.models import Order
from fulfillment.services.declaring import consignment_of
from fulfillment.services.readdressing import CAN_BE_CORRECTED, correct_address, take_proposed_address
from shipping.carriers.base import Place
from shipping.planning.customs import faults_of
from shipping.services.addresses import FIELDS
from shipping.services.checking import check_of


class CheckedFields:
    """Two read-only fields for the page of an order, and two buttons that put its address right."""

    @admin.display(description="Customs")
    def missing(self, order: Order) -> SafeString | str:
        """What the papers still lack, a sentence a line."""
        if order.state not in CAN_BE_CORRECTED or (consignment := consignment_of(order)) is None:
            return "–"
        faults = faults_of(consignment)
        return _in_lines(fault.message for fault in faults) if faults else "Nothing is missing for the papers."

    @admin.display(description="Address")
    def doubts(self, order: Order) -> SafeString | str:
        """What looks wrong with the address, and how it was probably meant."""
        if order.state not in CAN_BE_CORRECTED:
            return "–"
        check = check_of(order.ship_to)
        if not check.doubts:
            return "Looks right."
        meant = [f"Probably meant: {' '.join(check.proposal.values())}"] if check.proposal else []
        return _in_lines([*(doubt.message for doubt in check.doubts), *meant])

    @button(
        "Correct the address",
        permission="shipping.change_address",
        icon="edit_location_alt",
        form=CorrectAddressForm,
        initial=lambda order: {field: getattr(order.ship_to, field) for field in FIELDS},
        shows=lambda order: order.state in CAN_BE_CORRECTED,
    )
    def correct_address(self, request: HttpRequest, order: Order, is_confirmed: bool, **place: str) -> str:
        correct_address(order_id=order.pk, place=Place(**place), is_confirmed=is_confirmed)
        return f"{order.number} goes to the corrected address."

    @button(
        "Take the proposed address",
        permission="shipping.change_address",
        icon="auto_fix_high",
        confirm="Postcode and city become what they were probably meant to be.",
        shows=lambda order: order.state in CAN_BE_CORRECTED and bool(check_of(order.ship_to).proposal),
    )
    def take_proposal(self, request: HttpRequest, order: Order) -> str:
        to = take_proposed_address(order_id=order.pk).ship_to
        return f"{order.number} goes to {to.postcode} {to.city}."


def _in_lines(texts: Iterable[str]) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((text,) for text in texts))
