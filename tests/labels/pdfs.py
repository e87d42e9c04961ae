"""PDFs as others make them: plain ones of any size, and ones written by hand that hide things."""

import io
import zlib

from reportlab.pdfgen.canvas import Canvas as PdfCanvas

PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] %s >>"


def pages(count: int, size: tuple[float, float] = (298, 420), **options: object) -> bytes:
    out = io.BytesIO()
    canvas = PdfCanvas(out, pagesize=size, **options)
    for number in range(count):
        canvas.drawString(40, 40, f"Label {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def raw_pdf(
    catalog: bytes = b"", page: bytes = b"", others: tuple[bytes, ...] = (), *, is_packed: bool = False
) -> bytes:
    """A PDF of one page written by hand; packed, all its objects lie deflated in a stream."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"]
    objects += [PAGE % page, *others]
    return _packed(objects) if is_packed else _plain(objects)


def _plain(objects: list[bytes]) -> bytes:
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, start)


def _packed(objects: list[bytes]) -> bytes:
    count = len(objects)
    offsets, at = [], 0
    for number, body in enumerate(objects, start=1):
        offsets.append(b"%d %d" % (number, at))
        at += len(body) + 1
    head = b" ".join(offsets) + b"\n"
    out = b"%PDF-1.7\n"
    stream_at = len(out)
    packed = deflated(head + b"\n".join(objects), b"/Type /ObjStm /N %d /First %d" % (count, len(head)))
    out += b"%d 0 obj\n%s\nendobj\n" % (count + 1, packed)
    table_at = len(out)
    rows = [b"\x00" + bytes(5)] + [b"\x02" + (count + 1).to_bytes(4, "big") + bytes([n]) for n in range(count)]
    rows += [b"\x01" + place.to_bytes(4, "big") + b"\x00" for place in (stream_at, table_at)]
    table = deflated(b"".join(rows), b"/Type /XRef /Size %d /W [1 4 1] /Root 1 0 R" % (count + 3))
    return out + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF" % (count + 2, table, table_at)


def deflated(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object with `data` in it."""
    packed = zlib.compress(data)
    return b"<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (entries, len(packed), packed)
