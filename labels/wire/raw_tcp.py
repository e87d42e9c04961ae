"""Raw TCP, port 9100 unless the address says otherwise: no log-in, no receipt, one client at a time.

A printer that took the last byte and did not break the line off has taken the job; whether paper came out, only a
scan of the label tells.
"""

import socket

CONNECT_SECONDS = 3.0
SEND_SECONDS = 10.0
CLOSE_SECONDS = 1.0
RAW_PORT = 9100


class WireFailed(Exception):
    """The printer did not take the job. `may_have_printed` is False only if not one byte reached it.

    `is_away`: it would have taken no other job either, as when it is switched off or out of paper.
    """

    def __init__(self, message: str, *, may_have_printed: bool, is_away: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.may_have_printed = may_have_printed
        self.is_away = is_away


def send_raw(address: str, content: bytes, *, copies: int = 1) -> None:
    """Connects to `host[:port]`, sends `content` `copies` times, and listens whether the printer breaks off.

    Raises `WireFailed`; its message follows the printer's name.
    """
    host, port = host_and_port(address)
    try:
        line = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    except (OSError, UnicodeError) as error:  # a name that no name server could be asked for is the latter
        raise WireFailed(f"can't be reached: {error}", may_have_printed=False, is_away=True) from error
    with line:
        line.settimeout(SEND_SECONDS)
        try:
            for _copy in range(copies):
                line.sendall(content)
            line.shutdown(socket.SHUT_WR)
            _await_close(line)
        except OSError as error:
            raise WireFailed(f"broke off: {error}. Look whether it printed.", may_have_printed=True) from error


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of `host[:port]`; an IPv6 host stands in brackets. Raises `WireFailed`."""
    host, colon, port = address.rpartition(":")
    if not colon:
        return address, RAW_PORT
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise WireFailed(f"has the address {address!r}, which is no host:port.", may_have_printed=False)
    return host.strip("[]"), int(port)


def _await_close(line: socket.socket) -> None:
    """Until the printer closes its side or stays silent; some keep the line open. A reset raises `OSError`."""
    line.settimeout(CLOSE_SECONDS)
    try:
        while line.recv(1024):
            pass
    except TimeoutError:
        return
