"""Tokens that carriers hand out for a while: one per account and process, since some count the log-ins of a day."""

import threading
import time
from collections.abc import Callable, Mapping

from shipping.carriers.base import CarrierFault, CarrierTimeout, CarrierUnreachable

_KEPT: dict[str, tuple[str, float]] = {}
"""By account: the token, and until when (monotonic) it is good."""
_MARGIN_S = 60.0


class Token:
    """One account's token. `fetch` answers a new one and the seconds it is good for."""

    def __init__(
        self,
        account_key: str,
        fetch: Callable[[], tuple[str, float]],
        *,
        as_headers: Callable[[str], Mapping[str, str]] = lambda token: {"Authorization": f"Bearer {token}"},
    ) -> None:
        self._key, self._fetch, self._as_headers = account_key, fetch, as_headers
        self._one_at_a_time = threading.Lock()

    def value(self) -> str:
        """The token, fetched when none is at hand. Raises `CarrierUnreachable`, and what else `fetch` raises."""
        with self._one_at_a_time:
            token, until = _KEPT.get(self._key, ("", 0.0))
            if not token or time.monotonic() >= until:
                token, good_for_s = self._fetched()
                _KEPT[self._key] = token, time.monotonic() + max(good_for_s - _MARGIN_S, 1.0)
            return token

    def _fetched(self) -> tuple[str, float]:
        """A new token. A log-in that failed leaves nothing behind, so what was to be asked may be asked again."""
        try:
            return self._fetch()
        except (CarrierTimeout, CarrierFault) as fault:
            raise CarrierUnreachable(f"The log-in failed: {fault.message}") from fault

    def headers(self) -> Mapping[str, str]:
        """The headers that show it."""
        return self._as_headers(self.value())

    def forget(self) -> None:
        """Drops a token the carrier no longer takes."""
        _KEPT.pop(self._key, None)
