"""The HTTP of every carrier's adapter: time-outs, a cap on answers, no redirects, and an error that says what is known.

Only look-ups (GET, and a POST that its adapter declares to be one) are repeated, once. A carrier that says it is
busy is left alone for as long as it asks, by every client of that account in this process. No error's message
holds a credential.
"""

import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from shipping.carriers.base import (
    CarrierBusy,
    CarrierFault,
    CarrierRefused,
    CarrierTimeout,
    CarrierUnreachable,
    Connection,
)
from shipping.carriers.tokens import Token
from shipping.carriers.trust import trusted

MAX_ANSWER = 16_000_000
"""Bytes. A label as base64 is some hundred kilobytes; whatever is longer than this is not read to its end."""

_MAX_CONNECTIONS = 8
_PATIENCE_S = 2.0
_BUSY_S = 30.0
_SLOW = 3
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    # a token or an address that cannot be put into a request at all
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_TRY_AGAIN = frozenset({502, 503, 504})
_LEFT_ALONE: dict[str, float] = {}
"""By account: until when (monotonic) its carrier asked not to be called."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read whole. `headers` are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """A status of the two hundreds."""
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises `CarrierFault` when it is none."""
        body = self._parsed()
        if not isinstance(body, dict):
            raise CarrierFault(f"The carrier answered {self.status} with JSON that is no object.")
        return body

    def rows(self) -> list[Any]:
        """The body as a JSON list. Raises `CarrierFault` when it is none."""
        body = self._parsed()
        if not isinstance(body, list):
            raise CarrierFault(f"The carrier answered {self.status} with JSON that is no list.")
        return body

    def _parsed(self) -> Any:
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as fault:
            raise CarrierFault(f"The carrier answered {self.status} without JSON.") from fault


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a carrier said no to: its code in our words where we have one, the input it is about, its sentence."""

    code: str
    message: str
    field: str = ""


class CarrierHttp:
    """One account's connections. Threads may share an instance.

    `read_refusal` turns a 4xx into a `Refusal`; `blocked` is why nothing may be sent at all.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        read_refusal: Callable[[Answer], Refusal],
        blocked: Refusal | None = None,
        headers: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self._read_refusal = read_refusal
        self._blocked = blocked
        self._secrets = [str(value) for value in connection.credentials.values() if len(str(value)) >= 4]
        self._budget_s = connection.connect_timeout_s + _SLOW * connection.read_timeout_s
        self.account_key = account_key(connection)
        self.token: Token | None = None
        self._client = httpx.Client(
            base_url=connection.base_url,
            headers={"Accept": "application/json", "User-Agent": "Pakhuis", **(headers or {})},
            auth=login,
            timeout=httpx.Timeout(connection.read_timeout_s, connect=connection.connect_timeout_s),
            limits=httpx.Limits(max_connections=_MAX_CONNECTIONS),
            follow_redirects=False,
            trust_env=False,
            verify=trusted(),
        )

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        expected: Collection[int] = (),
        private: Collection[str] = (),
        repeatable: bool | None = None,
        **request: Any,
    ) -> Answer:
        """One request and its answer; raises a `CarrierError` for anything but success or an `expected` status.

        `private`: texts that may not stand in an error's message. `repeatable`: a look-up, whatever its method.
        """
        again = method == "GET" if repeatable is None else repeatable
        try:
            answer = self._authorised(method, path, request)
            if again and answer.status in _TRY_AGAIN:
                answer = self._authorised(method, path, request)
        except CarrierBusy as busy:
            if not (again and busy.retry_after_s <= _PATIENCE_S):
                raise
            time.sleep(busy.retry_after_s)
            answer = self._authorised(method, path, request)
        except (CarrierTimeout, CarrierUnreachable):
            if not again:
                raise
            answer = self._authorised(method, path, request)
        if answer.is_success or answer.status in expected:
            return answer
        raise self._trouble(answer, private)

    def _authorised(self, method: str, path: str, request: Mapping[str, Any]) -> Answer:
        """The answer, with a new token when the one we held is no longer good."""
        if self.token is None:
            return self._send(method, path, request)
        answer = self._send(method, path, self._with_token(request))
        if answer.status == httpx.codes.UNAUTHORIZED:
            # nothing happened, so even a purchase may be sent once more
            self.token.forget()
            answer = self._send(method, path, self._with_token(request))
        return answer

    def _with_token(self, request: Mapping[str, Any]) -> dict[str, Any]:
        assert self.token is not None
        return {**request, "headers": {**request.get("headers", {}), **self.token.headers()}}

    def send_plain(self, method: str, path: str, **request: Any) -> Answer:
        """One request without a token: the one that fetches the token. Raises as `call` does."""
        answer = self._send(method, path, request)
        if answer.is_success:
            return answer
        raise self._trouble(answer, ())

    def _send(self, method: str, path: str, request: Mapping[str, Any]) -> Answer:
        """One request over the wire. Raises whatever kept it from being sent, or its answer from coming."""
        if self._blocked is not None:
            raise self.refused(self._blocked)
        left_s = _LEFT_ALONE.get(self.account_key, 0.0) - time.monotonic()
        if left_s > 0:
            raise CarrierBusy("The carrier asked to be left alone for a while.", retry_after_s=left_s)
        give_up = time.monotonic() + self._budget_s
        try:
            with self._client.stream(method, path, **request) as response:
                content = _read(response, give_up)
                headers = {name.lower(): value for name, value in response.headers.items()}
                answer = Answer(response.status_code, headers, content)
        except _NEVER_SENT as fault:
            raise CarrierUnreachable("The carrier could not be reached.") from fault
        except httpx.TimeoutException as fault:
            raise CarrierTimeout("The carrier did not answer in time.") from fault
        except httpx.DecodingError as fault:
            raise CarrierFault("The carrier's answer could not be unpacked.") from fault
        except httpx.TransportError as fault:
            raise CarrierTimeout("The connection to the carrier broke before it answered.") from fault
        if answer.status == httpx.codes.TOO_MANY_REQUESTS:
            pause_s = _retry_after_s(headers.get("retry-after", ""))
            _LEFT_ALONE[self.account_key] = time.monotonic() + pause_s
            raise CarrierBusy("The carrier is too busy to take the request.", retry_after_s=pause_s)
        return answer

    def _trouble(self, answer: Answer, private: Collection[str]) -> CarrierFault | CarrierRefused:
        """What an answer that is no success means."""
        if answer.status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return credentials_refused()
        if not 400 <= answer.status < 500 or answer.status == httpx.codes.REQUEST_TIMEOUT:
            return CarrierFault(f"The carrier answered {answer.status}.")
        refusal = self._read_refusal(answer)
        message = refusal.message or f"The carrier answered {answer.status}."
        return CarrierRefused(
            redacted(message, [*self._secrets, *private])[:300], code=refusal.code[:60], field=refusal.field[:60]
        )

    def refused(self, refusal: Refusal, private: Collection[str] = ()) -> CarrierRefused:
        """A refusal that came with a status of success, as some carriers do."""
        message = redacted(refusal.message, [*self._secrets, *private])[:300]
        return CarrierRefused(message, code=refusal.code[:60], field=refusal.field[:60])


def credentials_refused() -> CarrierRefused:
    """The refusal of who we are. The carrier's own sentence is not repeated: it may hold what we showed it."""
    message = "The carrier does not accept this account's credentials (its key, token or password)."
    return CarrierRefused(message, code="credentials_refused", field="credentials")


def account_key(connection: Connection) -> str:
    """A name for one account in this process that gives nothing of its credentials away."""
    told = json.dumps([connection.base_url, dict(connection.credentials)], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def redacted(text: str, private: Collection[str]) -> str:
    """`text` with every private value in it covered, the longest first."""
    for value in sorted(filter(None, private), key=len, reverse=True):
        text = text.replace(value, "…")
    return text


def _read(response: httpx.Response, give_up: float) -> bytes:
    """The body. Raises `CarrierFault` over the cap, `CarrierTimeout` when it drips for too long."""
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_ANSWER:
            raise CarrierFault("The carrier's answer is too large.")
        if time.monotonic() > give_up:
            raise CarrierTimeout("The carrier's answer took too long to arrive.")
        chunks.append(chunk)
    return b"".join(chunks)


def _retry_after_s(value: str) -> float:
    """Seconds to wait, from a `Retry-After` in seconds or as a date; at most an hour, and half a minute if unsaid."""
    if value.isdecimal():
        return min(float(value), 3_600.0)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return _BUSY_S
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), 3_600.0)
