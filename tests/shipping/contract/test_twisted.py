"""A carrier's answer with any one thing in it wrong: a label, an absence or a carrier's error, and never a crash."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from shipping.carriers.base import Carrier, CarrierError, Label, LabelOrder, ScanEvent, WebhookMalformed
from tests.shipping.contract.conftest import FAKES
from tests.shipping.contract.fake import FakeCarrier

Path = tuple[str | int, ...]

ODD = [None, True, 0, -1, 1.5, 10**30, "", " ", "x" * 200, "é\u0000\u202e/../%00", [], [[]], {}, {"a": 1}]
LEAF = re.compile(rb"<(\w+)>([^<]*)</\1>")


def paths_in(value: Any, at: Path = ()) -> Iterator[Path]:
    """The way to everything in a JSON value, itself included."""
    yield at
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield from paths_in(below, (*at, step))


def put(value: Any, path: Path, odd: Any) -> Any:
    """A copy of `value` with `odd` at `path`; as it was where there is no such path."""
    if not path:
        return odd
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step in value:
        return {**value, step: put(value[step], rest, odd)}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return [*value[:step], put(value[step], rest, odd), *value[step + 1 :]]
    return value


def twists(content: bytes) -> Iterator[Callable[[bytes], bytes]]:
    """Every way to spoil one thing in such an answer."""
    try:
        body = json.loads(content)
    except ValueError:
        for name in {match[1] for match in LEAF.finditer(content)}:
            for odd in (b"", b" ", b"x" * 200, b"-1", b"&#233;/../%00", b"<deep/>"):
                yield lambda told, name=name, odd=odd: re.sub(  # type: ignore[misc]
                    rb"<%b>[^<]*</%b>" % (name, name), b"<%b>%b</%b>" % (name, odd, name), told
                )
        return
    for path in paths_in(body):
        for odd in ODD:
            yield lambda told, path=path, odd=odd: spoiled(told, path, odd)  # type: ignore[misc]


def spoiled(told: bytes, path: Path, odd: Any) -> bytes:
    try:
        return json.dumps(put(json.loads(told), path, odd)).encode()
    except ValueError:
        return told


def run(call: Callable[[], Any], fake: FakeCarrier) -> list[bytes]:
    """The answers this call gets when all is well."""
    heard: list[bytes] = []

    def listen(content: bytes) -> bytes:
        heard.append(content)
        return content

    fake.accidents.twist = listen
    call()
    fake.accidents.twist = None
    return heard


def test_one_thing_wrong_in_an_answer_is_no_crash(fake: FakeCarrier, order: LabelOrder) -> None:
    tried = 0
    with fake.client() as carrier:
        label = carrier.buy(order)
        fake.scan(label.tracking_no)
        for call in calls(carrier, order, label):
            for answer in run(lambda call=call: quietly(call), fake):  # type: ignore[misc]
                for twist in twists(answer):
                    fake.accidents.twist = twist
                    told = quietly(call)
                    fake.accidents.twist = None
                    tried += 1
                    assert is_sound(told), (told, twist)
    assert tried > 30


def calls(carrier: Carrier, order: LabelOrder, label: Label) -> list[Callable[[], Any]]:
    return [
        lambda: carrier.buy(replace(order, reference="twisted")),
        lambda: carrier.find(order),
        lambda: carrier.track(label.tracking_no),
        lambda: carrier.void(label.carrier_ref),
        lambda: carrier.buy(replace(order, ship_to=replace(order.ship_to, postcode="9999 ZZ"))),
    ]


def quietly(call: Callable[[], Any]) -> Any:
    """What a call answers, or the carrier's error it raises; anything else it raises is a crash."""
    try:
        return call()
    except CarrierError as error:
        return error


def is_sound(told: Any) -> bool:
    """Whether a label, scans or an error can be stored as they are."""
    if isinstance(told, list):
        return all(is_sound(each) for each in told)
    if isinstance(told, Label):
        texts = ((told.carrier_ref, 80), (told.tracking_no, 40), (told.content_type, 60))
        return bool(told.content) and all(0 < len(text) <= most and text.isprintable() for text, most in texts)
    if isinstance(told, ScanEvent):
        texts = ((told.tracking_no, 40), (told.code, 60), (told.event_id, 100), (told.location, 120))
        return bool(told.code) and all(len(text) <= most and text.isprintable() for text, most in texts)
    return told is None or isinstance(told, CarrierError)


@pytest.mark.parametrize(
    "sender", [fake for fake in FAKES if fake.reader is not None], ids=lambda fake: str(fake.adapter)
)
def test_one_thing_wrong_in_a_webhook_is_malformed_or_harmless(sender: type[FakeCarrier]) -> None:
    reader, body = sender.reader, sender().webhook("T1")
    assert reader is not None

    for twist in twists(body):
        try:
            assert is_sound(reader.parse(twist(body)))
        except WebhookMalformed:
            continue
