"""What the server and the site's print agent have agreed on, in words that both import.

The agent asks for jobs under a lease that it has drawn and written down itself. An answer that got lost is therefore
asked for again and is the same; a job is known by its number and its lease.
"""

from enum import StrEnum
from typing import Final

PATH: Final = "/print/agent/v1"
RAW_TCP: Final = "tcp"
IPP: Final = "ipp"
"""The ways in which an agent reaches its printers: `labels.wire.raw_tcp`, and `labels.wire.ipp`."""


class Outcome(StrEnum):
    """What came of one job."""

    PRINTED = "printed"  # the printer took every byte
    FAILED = "failed"  # it did not; whether paper came out is told beside it
    UNTRIED = "untried"  # not one byte was sent, and nothing is wrong with the job
