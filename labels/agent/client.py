"""The agent's side of the wire to the server: ask for jobs, tell what came of them, say that it is alive."""

from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

import httpx

from labels.agent import VERSION
from labels.agent.journal import Settled
from labels.wire.agreed import PATH

TIMEOUT: Final = httpx.Timeout(10.0, read=40.0)
"""Seconds. An answer may be waited for: the server keeps a question without jobs for a while, and labels are large."""
FINAL: Final = {404: "print_job_not_found", 409: "lease_lost"}
"""Refusals of an outcome that asking again would not change."""


class ServerAway(Exception):
    """The server can't be reached, or does not answer as agreed; asking later is all that can be done."""


class LockedOut(Exception):
    """The token opens nothing (any more)."""


class Corrupt(Exception):
    """What arrived is not what the server sent."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it came. `lease_left_s` seconds are left of the lease from the moment of its arrival."""

    id: int
    lease: str
    lease_left_s: float
    printer: str
    transport: str
    address: str
    copies: int
    content_type: str
    encoded: str
    sha256: str

    @classmethod
    def read(cls, said: dict[str, Any]) -> Self:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no job."""
        return cls(
            id=int(said["id"]),
            lease=str(said["lease"]),
            lease_left_s=float(said["lease_left_s"]),
            printer=str(said["printer"]),
            transport=str(said["transport"]),
            address=str(said["address"]),
            copies=int(said["copies"]),
            content_type=str(said["content_type"]),
            encoded=str(said["content"]),
            sha256=str(said["sha256"]),
        )

    def content(self) -> bytes:
        """All that goes to the printer, once. Raises `Corrupt` if it is not what its digest says."""
        try:
            content = b64decode(self.encoded, validate=True)
        except ValueError as error:
            raise Corrupt("The bytes of the job arrived damaged.") from error
        if sha256(content).hexdigest() != self.sha256:
            raise Corrupt("The bytes of the job are not those of its digest.")
        return content


@dataclass(frozen=True, slots=True)
class Batch:
    """What an answer holds: jobs, and how many seconds to let pass before the next question."""

    jobs: list[Job]
    ask_again_s: float


class Client:
    """The server at `server` (`https://hub.example`), for the agent with `token`. Every call has a time-out."""

    def __init__(self, server: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=f"{server.rstrip('/')}{PATH}/", headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT
        )

    def close(self) -> None:
        """Hangs up."""
        self._http.close()

    def ask(self, lease: str, *, wait_s: float, resting: list[str]) -> Batch:
        """Jobs under `lease`; the server may take `wait_s` until there are some. Raises `ServerAway`, `LockedOut`."""
        answer = self._call("GET", "jobs", params={"lease": lease, "wait": wait_s, "resting": resting})
        _expect_ok(answer)
        try:
            said = answer.json()
            return Batch([Job.read(job) for job in said["jobs"]], float(said["ask_again_s"]))
        except (ValueError, TypeError, KeyError) as error:
            raise ServerAway(f"The answer makes no sense: {type(error).__name__}.") from error

    def tell(self, settled: Settled) -> str:
        """Tells an outcome; "" once the server knows, or why it will never take it (a word of `FINAL`).

        Raises `ServerAway`, `LockedOut`.
        """
        body = {
            "lease": settled.lease,
            "outcome": settled.outcome.value,
            "may_have_printed": settled.may_have_printed,
            "error": settled.error,
        }
        answer = self._call("POST", f"jobs/{settled.job}/outcome", json=body)
        if answer.status_code in FINAL and _code_of(answer) == FINAL[answer.status_code]:
            return FINAL[answer.status_code]
        _expect_ok(answer)
        return ""

    def greet(self) -> None:
        """Says that the agent is there, and which version it is. Raises `ServerAway`, `LockedOut`."""
        _expect_ok(self._call("POST", "heartbeat", json={"version": VERSION}))

    def _call(self, method: str, path: str, **details: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **details)
        except httpx.HTTPError as error:
            raise ServerAway(f"{type(error).__name__}: {error}") from error
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise LockedOut(_code_of(answer) or "token_invalid")
        return answer


def _expect_ok(answer: httpx.Response) -> None:
    if answer.status_code != httpx.codes.OK:
        raise ServerAway(f"The server answers {answer.status_code} {_code_of(answer)}".strip())


def _code_of(answer: httpx.Response) -> str:
    """The problem's stable word; "" for what is no problem of ours, such as a proxy's page."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    return str(said.get("code", "")) if isinstance(said, dict) else ""
