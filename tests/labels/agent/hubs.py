"""A hub with a print agent, for the tests: its printers, its token, and what a door says to it."""

import uuid
from typing import Any

from django.test import Client

from labels import printing
from labels.agents import enroll_agent
from labels.models import Printer, PrintJob
from tests.labels.printers import ZPL, request

DOOR = "/print/agent/v1"


def agent_printer(address: str = "printer.hub:9100", *, code: str = "dock-1", site: str = "AMS1") -> Printer:
    return Printer.objects.create(
        code=code, name="Dock 1", site=site, kind="zpl", transport="agent", address=address, copy_slips=False
    )


def queued(printer: Printer, *keys: str, content: bytes = ZPL, copies: int = 1) -> list[PrintJob]:
    return printing.enqueue_many(requests=[request(printer, key, content=content, copies=copies) for key in keys])


def token_for(site: str = "AMS1") -> str:
    """Of a new agent; a hub without a printer gets one, with nothing to print, for there are no agents without."""
    if not Printer.objects.filter(site=site).exists():
        agent_printer(code=f"spare-{site.lower()}", site=site)
    return enroll_agent(site=site, name=f"Computer of {site}", created_by="anna").token


def job_of(key: str) -> PrintJob:
    return PrintJob.objects.get(key=key)


class Caller:
    """An agent's calls, without the agent: each answer as (status, body)."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def ask(self, lease: uuid.UUID | str | None = None, **query: Any) -> tuple[int, dict[str, Any]]:
        answer = self.client.get(f"{DOOR}/jobs", {"lease": str(lease or uuid.uuid4()), **query})
        return answer.status_code, answer.json()

    def jobs(self, lease: uuid.UUID | str | None = None, **query: Any) -> list[dict[str, Any]]:
        status, body = self.ask(lease, **query)
        assert status == 200, body
        return body["jobs"]

    def tell(self, job: dict[str, Any], outcome: str, **facts: Any) -> tuple[int, dict[str, Any]]:
        return self.post(f"jobs/{job['id']}/outcome", {"lease": job["lease"], "outcome": outcome, **facts})

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(f"{DOOR}/{path}", body, content_type="application/json")
        return answer.status_code, answer.json()
