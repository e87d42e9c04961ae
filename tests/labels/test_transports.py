"""How bytes reach a printer, and what is said when they do not."""

import socket
from pathlib import Path

import pytest

from labels.models import Printer, PrintJob
from labels.transports import FileTransport, TcpTransport, TransportFailed
from tests.labels.printers import ZPL, free_port, paper_printer


def job(content: bytes = ZPL, *, copies: int = 1, content_type: str = "application/zpl") -> PrintJob:
    return PrintJob(pk=7, document="bin_label", content=content, content_type=content_type, copies=copies)


def printer(address: str) -> Printer:
    return Printer(code="pack-1", site="AMS1", address=address)


def test_a_file_a_job_in_the_printers_directory(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there" / "yet"

    FileTransport().send(printer(str(folder)), job(copies=2))
    FileTransport().send(printer(str(folder)), job(b"%PDF", content_type="application/pdf"))
    FileTransport().send(printer(str(folder)), job(copies=2))

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "00000007-bin_label.zpl": ZPL,
        "00000007-bin_label-2.zpl": ZPL,
        "00000007-bin_label.pdf": b"%PDF",
    }


def test_a_directory_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(TransportFailed) as failed:
        FileTransport().send(printer(str(tmp_path / "file" / "sub")), job())

    assert (failed.value.code, failed.value.may_have_printed) == ("printer_unavailable", False)


def test_a_socket_gets_every_byte_of_every_copy() -> None:
    with paper_printer() as paper:
        TcpTransport().send(printer(paper.address), job(ZPL * 50_000, copies=3))

        assert paper.wait_for(1) == [ZPL * 150_000]


@pytest.mark.parametrize(
    "address", ["127.0.0.1:x", "127.0.0.1:0", "127.0.0.1:70000", ":9100", "127.0.0.1:", "no such host:9100"]
)
def test_an_address_that_is_none_says_so(address: str) -> None:
    with pytest.raises(TransportFailed) as failed:
        TcpTransport().send(printer(address), job())

    assert not failed.value.may_have_printed


def test_nobody_there_means_nothing_printed() -> None:
    with pytest.raises(TransportFailed) as failed:
        TcpTransport().send(printer(f"127.0.0.1:{free_port()}"), job())

    assert not failed.value.may_have_printed


def test_a_broken_line_means_nobody_knows() -> None:
    with paper_printer(broken=10) as paper, pytest.raises(TransportFailed) as failed:
        TcpTransport().send(printer(paper.address), job(ZPL * 100_000))

    assert failed.value.may_have_printed


def test_a_printer_that_never_hangs_up_has_still_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labels.wire.raw_tcp.CLOSE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        TcpTransport().send(printer(f"127.0.0.1:{server.getsockname()[1]}"), job())
        line, _peer = server.accept()
        with line:
            assert line.recv(len(ZPL), socket.MSG_WAITALL) == ZPL


def test_a_printer_that_stops_reading_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labels.wire.raw_tcp.SEND_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(TransportFailed) as failed:
        TcpTransport().send(printer(f"127.0.0.1:{server.getsockname()[1]}"), job(bytes(19_000_000)))

    assert failed.value.may_have_printed
