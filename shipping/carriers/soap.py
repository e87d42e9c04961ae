"""SOAP 1.1 envelopes, as far as one carrier needs them: written with the standard library, read with no entities."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shipping.carriers.base import CarrierFault

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"

Fields = Mapping[str, Any]
"""Element names to texts, further fields, or a list of either (an element each)."""


def envelope(*, operation: str, namespace: str, fields: Fields, header: tuple[str, str, Fields] | None = None) -> bytes:
    """A request. The operation and the header's element bear a namespace, what is in them none.

    `header` is its element's name, its namespace and its fields.
    """
    root = ET.Element(f"{{{_ENVELOPE}}}Envelope")
    head = ET.SubElement(root, f"{{{_ENVELOPE}}}Header")
    if header is not None:
        name, spoken, values = header
        _fill(ET.SubElement(head, f"{{{spoken}}}{name}"), values)
    body = ET.SubElement(root, f"{{{_ENVELOPE}}}Body")
    _fill(ET.SubElement(body, f"{{{namespace}}}{operation}"), fields)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def parsed(content: bytes) -> ET.Element:
    """The first element of an answer's body, its namespaces stripped. Raises `CarrierFault`."""
    try:
        root: ET.Element = fromstring(content)
    except (ET.ParseError, DefusedXmlException, ValueError, RecursionError) as fault:
        raise CarrierFault("The carrier answered without XML.") from fault
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    body = root.find("Body")
    if root.tag != "Envelope" or body is None or len(body) == 0:
        raise CarrierFault("The carrier's answer is no SOAP envelope.")
    return body[0]


def text_at(element: ET.Element, path: str) -> str:
    """The text under `path`, empty where there is none."""
    return (element.findtext(path) or "").strip()


def _fill(parent: ET.Element, fields: Fields) -> None:
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            child = ET.SubElement(parent, name)
            if isinstance(each, Mapping):
                _fill(child, each)
            else:
                # XML has no way to write a control character
                child.text = "".join(letter for letter in str(each) if letter.isprintable())
