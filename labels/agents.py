"""The hubs' print agents: let one in, tell it by its token, lock it out."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from foundation.errors import DomainError, Invalid, NotFound
from labels.models import PrintAgent, Printer

LONGEST_NAME = 60
LONGEST_VERSION = 40
SILENT_AFTER = timedelta(minutes=2)
"""An agent that works asks every few seconds; one that has not for so long is off, or can't reach us."""
SEEN_EVERY = timedelta(seconds=20)
"""`last_seen_at` is written at most this often: asking for jobs must not be a write each time."""
_TOKEN = re.compile(r"pka_[A-Za-z0-9_-]{43}", re.ASCII)


class AgentRefused(DomainError):
    """The token opens nothing: `token_invalid`, or `token_revoked` for one that did once."""

    status = 401
    code = "token_invalid"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new agent. `token` is shown this once and can't be had again."""

    agent: PrintAgent
    token: str = field(repr=False)


@transaction.atomic
def enroll_agent(*, site: str, name: str, created_by: str = "") -> Enrolled:
    """Lets a machine of the hub `site` fetch the jobs of that hub's printers.

    Raises `Invalid`: `site_unknown` for a hub without printers, `name_missing`.
    """
    machine = " ".join(name.split())
    if not 0 < len(machine) <= LONGEST_NAME:
        raise Invalid("Say on what machine the agent runs.", code="name_missing", field="name")
    if not Printer.objects.filter(site=site).exists():
        raise Invalid("That hub has no printers.", code="site_unknown", field="site")
    token = f"pka_{secrets.token_urlsafe(32)}"
    agent = PrintAgent.objects.create(site=site, name=machine, token_sha256=_digest(token), created_by=created_by[:150])
    return Enrolled(agent, token)


def revoke_agent(*, agent_id: int, revoked_by: str) -> PrintAgent:
    """Locks an agent out at once; one that is revoked already keeps its moment. Raises `NotFound` (`agent_unknown`).

    What it had leased and not yet told of goes to a person when the lease runs out.
    """
    live = PrintAgent.objects.filter(pk=agent_id, revoked_at__isnull=True)
    live.update(revoked_at=Now(), revoked_by=revoked_by[:150])
    agent = PrintAgent.objects.filter(pk=agent_id).first()
    if agent is None:
        raise NotFound("There is no such print agent.", code="agent_unknown")
    return agent


def admit_agent(*, token: str) -> PrintAgent:
    """The agent with this token; notes that it was seen. Raises `AgentRefused`."""
    agent = None
    if _TOKEN.fullmatch(token):
        fresh = Q(last_seen_at__gt=Now() - SEEN_EVERY)
        agent = PrintAgent.objects.annotate(is_fresh=fresh).filter(token_sha256=_digest(token)).first()
    if agent is None:
        raise AgentRefused("This token opens nothing.")
    if agent.revoked_at is not None:
        raise AgentRefused("This token was revoked.", code="token_revoked")
    if not agent.is_fresh:
        PrintAgent.objects.filter(pk=agent.pk).update(last_seen_at=Now())
    return agent


def note_version(*, agent_id: int, version: str) -> None:
    """What program the agent runs, in its own words."""
    PrintAgent.objects.filter(pk=agent_id).exclude(version=version).update(version=version)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
