"""IPP, the protocol of print servers and of most page printers: RFC 8010 and 8011, over HTTP.

For CUPS (`ipp://host/printers/<queue>`), LPrint in front of label printers, and printers that speak it themselves.
The printer says before whether it takes the job, and after whether it printed it; what it has taken and does not give
up within a moment is in its own queue, and it answers for it. Encrypted with `ipps://`, by the system's certificates.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from labels.wire.ipp_messages import (
    INTEGER,
    JOB,
    KEYWORD,
    MIME,
    MOST_BYTES,
    NAME,
    PRINTER,
    Answer,
    Attribute,
    Unreadable,
    question,
    read_answer,
)
from labels.wire.raw_tcp import WireFailed

SCHEMES: Final = {"ipp": "http", "ipps": "https"}
PORT: Final = 631
PRINT_JOB, GET_JOB, GET_JOBS, GET_PRINTER = 0x0002, 0x0009, 0x000A, 0x000B
STOPPED: Final = 5
BUSY: Final = frozenset({0x0502, 0x0505, 0x0506, 0x0507})
"""Refusals that are none of the job's own: service unavailable, temporary error, accepting no jobs, busy."""
CANCELED, ABORTED, COMPLETED = 7, 8, 9
TIMEOUTS: Final = httpx.Timeout(20.0, connect=3.0)
ANSWER_S: Final = 30.0
"""A whole answer comes within this, however it drips."""
FOLLOW_S: Final = 2.0
"""So long a job is watched after the printer took it."""
FORMATS: Final = {
    "application/pdf": ("application/pdf",),
    "application/zpl": ("application/vnd.zebra-zpl", "application/vnd.cups-raw", "application/octet-stream"),
}
"""As what a printer may take each of ours, the most telling first."""
REASONS: Final = {
    "media-empty": "it is out of paper",
    "media-needed": "it waits for paper",
    "media-jam": "paper is jammed",
    "cover-open": "its cover is open",
    "door-open": "a door of it is open",
    "toner-empty": "it is out of toner",
    "marker-supply-empty": "it is out of ink or ribbon",
    "paused": "it is paused",
    "offline": "it is off line",
    "shutdown": "it is switched off",
}
"""Keywords of RFC 8011, 5.4.12, as people say it."""


def ipp_name(job_id: int, lease: object) -> str:
    """What one sending of a job is called in a printer's own lists, where it is found again by this name."""
    return f"pakhuis-{job_id}-{str(lease)[:8]}"


def is_ipp(address: str) -> bool:
    """Whether an address is one for this wire."""
    return address.partition("://")[0] in SCHEMES


def send_ipp(address: str, content: bytes, *, content_type: str, copies: int, name: str) -> None:
    """Prints `content` `copies` times as one job called `name` at `ipp://host[:port]/path`.

    Raises `WireFailed`; its message follows the printer's name. `may_have_printed` is False as long as the job was
    not sent, or was refused; `is_away` tells whether the job had no part in that.
    """
    uri, url = _places(address)
    headers = {"Content-Type": "application/ipp", "Accept-Encoding": "identity"}
    with httpx.Client(timeout=TIMEOUTS, headers=headers, trust_env=False) as client:
        line = _Line(client, uri, url)
        document_format = _ready(line, content_type)
        repeated = content_type == "application/zpl"  # a raw queue runs no filter that would make copies
        job = [] if copies == 1 or repeated else [(INTEGER, "copies", [copies])]
        said = [(NAME, "job-name", [name]), (MIME, "document-format", [document_format])]
        try:
            answer = line.ask(PRINT_JOB, *said, job=job, document=content * (copies if repeated else 1))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise WireFailed(f"can't be reached: {error}", may_have_printed=False, is_away=True) from error
        except _TurnedAway as refusal:
            raise WireFailed(f"refused the job ({refusal}).", may_have_printed=False) from refusal
        except _Silent as silent:
            number = _found_again(line, name)
            if number is None:
                raise WireFailed(f"broke off: {silent}. Look whether it printed.", may_have_printed=True) from silent
        else:
            if not answer.is_ok:
                is_away = answer.status in BUSY
                raise WireFailed(f"refused the job ({_why(answer, JOB)}).", may_have_printed=False, is_away=is_away)
            number = answer.number(JOB, "job-id")
        _follow(line, number)


class _Silent(Exception):
    """No answer, or none that can be read."""


class _TurnedAway(_Silent):
    """Refused before it was read: a log-in is wanted, or the path is wrong."""


@dataclass(frozen=True, slots=True)
class _Line:
    """Questions to one printer: `uri` is what it is called there, `url` where it is asked."""

    client: httpx.Client
    uri: str
    url: str

    def ask(self, operation: int, *more: Attribute, job: Sequence[Attribute] = (), document: bytes = b"") -> Answer:
        """Raises `_Silent`, and `httpx.ConnectError` or `httpx.ConnectTimeout` when not one byte was sent."""
        message = question(operation, 1, self.uri, *more, job=job) + document
        try:
            with self.client.stream("POST", self.url, content=message) as answer:
                if answer.is_client_error:
                    raise _TurnedAway(f"HTTP {answer.status_code}")
                if answer.status_code != httpx.codes.OK:
                    raise _Silent(f"HTTP {answer.status_code}")
                return read_answer(_capped(answer))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise
        except (httpx.HTTPError, Unreadable) as error:
            raise _Silent(str(error) or type(error).__name__) from error


def _capped(answer: httpx.Response) -> bytes:
    """The body of an answer, which no hostile printer makes longer than `MOST_BYTES` or `ANSWER_S`."""
    body, deadline = b"", time.monotonic() + ANSWER_S
    for piece in answer.iter_raw():
        body += piece
        if len(body) > MOST_BYTES or time.monotonic() > deadline:
            raise Unreadable("The answer is too long.")
    return body


def _places(address: str) -> tuple[str, str]:
    """The printer's name for itself and the URL it is asked at."""
    try:
        parts = urlsplit(address)
        scheme, host, port = SCHEMES[parts.scheme], parts.hostname or "", parts.port or PORT
        place = f"{f'[{host}]' if ':' in host else host}:{port}{parts.path}"
        url = str(httpx.URL(f"{scheme}://{place}"))
    except (ValueError, KeyError, httpx.InvalidURL):
        host = ""
    if not host:
        raise WireFailed(f"has the address {address!r}, which is no ipp://host/path.", may_have_printed=False)
    return f"{parts.scheme}://{place}", url


def _ready(line: _Line, content_type: str) -> str:
    """As what the printer will take the document. Raises `WireFailed` when it can't be reached, or will not."""
    wanted = ["printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "document-format-supported"]
    try:
        answer = line.ask(GET_PRINTER, (KEYWORD, "requested-attributes", wanted))
    except (_Silent, httpx.HTTPError) as error:
        raise WireFailed(f"can't be reached: {error}", may_have_printed=False, is_away=True) from error
    if not answer.is_ok:
        raise WireFailed(f"does not answer for itself ({_why(answer, PRINTER)}).", may_have_printed=False)
    if answer.number(PRINTER, "printer-state") == STOPPED or answer.number(PRINTER, "printer-is-accepting-jobs") == 0:
        raise WireFailed(f"takes no jobs: {_why(answer, PRINTER)}.", may_have_printed=False, is_away=True)
    taken = answer.words(PRINTER, "document-format-supported")
    known = next((each for each in FORMATS[content_type] if each in taken), None)
    if known is None:
        raise WireFailed(f"does not print {content_type}.", may_have_printed=False)
    return known


def _found_again(line: _Line, name: str) -> int | None:
    """The number of our job in the printer's own lists, when the answer to it was lost; None if it is not there."""
    for which in ("not-completed", "completed"):
        asked = (KEYWORD, "requested-attributes", ["job-id", "job-name"])
        try:
            answer = line.ask(GET_JOBS, (KEYWORD, "which-jobs", [which]), asked)
        except (_Silent, httpx.HTTPError):
            return None
        for tag, found in answer.groups:
            if tag == JOB and found.get("job-name", ())[:1] == (name,):
                return next((value for value in found.get("job-id", ()) if isinstance(value, int)), None)
    return None


def _follow(line: _Line, number: int | None, *, rest: Callable[[float], None] = time.sleep) -> None:
    """Watches a job that was taken. Raises `WireFailed` if the printer gives it up meanwhile."""
    deadline = time.monotonic() + FOLLOW_S
    wanted = (KEYWORD, "requested-attributes", ["job-state", "job-state-reasons"])
    while number is not None and time.monotonic() < deadline:
        try:
            answer = line.ask(GET_JOB, (INTEGER, "job-id", [number]), wanted)
        except (_Silent, httpx.HTTPError):
            return  # it has taken the job; that it says no more is no failure of it
        state = answer.number(JOB, "job-state")
        if state in (CANCELED, ABORTED):
            gave_up = "was told to drop the job" if state == CANCELED else "gave the job up"
            raise WireFailed(f"{gave_up} ({_why(answer, JOB)}). Look whether it printed.", may_have_printed=True)
        if state == COMPLETED or not answer.is_ok:
            return
        rest(0.2)


def _why(answer: Answer, group: int) -> str:
    """The reasons an answer gives, in plain words; else the status code of a refusal."""
    name = "printer-state-reasons" if group == PRINTER else "job-state-reasons"
    given = [
        reason.removesuffix("-error").removesuffix("-warning").removesuffix("-report")
        for reason in answer.words(group, name)
        if reason != "none"
    ]
    said = ", ".join(REASONS.get(reason, reason) for reason in given[:5])
    return said or ("it does not say why" if answer.is_ok else f"status 0x{answer.status:04x}")
