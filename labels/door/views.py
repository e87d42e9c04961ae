"""What a print agent can ask for and tell: jobs of its own site, what came of them, and that it is alive."""

import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django.db import connection
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labels.agents import LONGEST_VERSION, AgentRefused, admit_agent, note_version
from labels.door.problems import BEARER, answer_error
from labels.handing import can_hand_out, hand_out, is_left_behind, note_asking, settle
from labels.models import PrintAgent, PrintJob
from labels.wire.agreed import IPP, RAW_TCP, Outcome
from labels.wire.ipp import is_ipp

LONGEST_WAIT_S: Final = 10.0
LOOK_FIRST_S: Final = 0.1
LOOK_EVERY_S: Final = 0.5
"""Seconds between two looks for jobs; the first come sooner, for an agent that has just been given some."""
MOST_WAITING: Final = 4
"""A waiting agent holds one of the 16 threads that answer requests in each web process. Twelve are left for scans."""
ASK_AGAIN_S: Final = 2
"""When nobody may wait here: an agent that asks this often is no burden either."""
_places: Final = threading.BoundedSemaphore(MOST_WAITING)


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller, in the place of Django's user: the print agent of one site."""

    agent: PrintAgent

    @property
    def is_authenticated(self) -> bool:
        """True: there is no anonymous agent."""
        return True


class AgentToken(BaseAuthentication):
    """`Authorization: Bearer <token>` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple[Caller, PrintAgent] | None:
        """The agent, or None without the header. Raises `AgentRefused`."""
        header = get_authorization_header(request).decode("latin-1")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise AgentRefused("Authorization must read: Bearer <token>")
        agent = admit_agent(token=token.strip())
        return Caller(agent), agent

    def authenticate_header(self, request: Request) -> str:
        """What `WWW-Authenticate` asks for."""
        return BEARER


class AgentDoor(APIView):
    """What the routes share: the token, problems for refusals, no caching, no place in the sellers' description."""

    http_method_names = ["get", "post"]  # no HEAD: it would lease jobs that nobody is given
    authentication_classes = [AgentToken]
    schema = None

    @property
    def agent(self) -> PrintAgent:
        """Who is asking."""
        caller = self.request.user
        assert isinstance(caller, Caller), "permissions let nobody else in"
        return caller.agent

    def get_exception_handler(self) -> Callable[[Exception, Mapping[str, Any]], HttpResponse]:
        """Whatever is raised becomes a problem."""
        return answer_error

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Labels name buyers: nothing on the way keeps them."""
        response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)


class AskForm(serializers.Serializer):
    """How jobs are asked for. `lease` is the agent's own UUID; `wait` seconds; `resting` printers' codes."""

    lease = serializers.UUIDField()
    wait = serializers.FloatField(min_value=0, max_value=60, default=0.0)
    resting = serializers.ListField(child=serializers.SlugField(max_length=40), max_length=100, default=list)


class Jobs(AgentDoor):
    """`GET jobs?lease=<uuid>&wait=25&resting=<code>`: leases what waits; the same lease again is the same answer."""

    def get(self, request: Request) -> Response:
        """Jobs, at once or as soon as there are some; none after the wait, and when to ask again."""
        form = AskForm(data=request.query_params)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        jobs, waited = _wait_for_jobs(self.agent, asked["lease"], asked["resting"], asked["wait"])
        ask_again_s = 0 if jobs or waited else ASK_AGAIN_S
        return Response({"ask_again_s": ask_again_s, "jobs": [_told(job) for job in jobs]})


def _wait_for_jobs(
    agent: PrintAgent, lease: uuid.UUID, resting: Collection[str], wait_s: float
) -> tuple[list[PrintJob], bool]:
    """Jobs, and whether it could be waited for them. Nothing of the database is held while it sleeps."""
    note_asking(agent_id=agent.pk, lease=lease)
    if jobs := hand_out(agent_id=agent.pk, lease=lease, resting=resting):
        return jobs, True
    if not wait_s or not _places.acquire(blocking=False):
        return [], False
    try:
        ends, pause_s = time.monotonic() + min(wait_s, LONGEST_WAIT_S), LOOK_FIRST_S
        while (left := ends - time.monotonic()) > 0:
            connection.close()
            time.sleep(min(pause_s, left))
            pause_s = min(2 * pause_s, LOOK_EVERY_S)
            if is_left_behind(agent_id=agent.pk, lease=lease):
                break
            if can_hand_out(site=agent.site, resting=resting) and (
                jobs := hand_out(agent_id=agent.pk, lease=lease, resting=resting)
            ):
                return jobs, True
    finally:
        _places.release()
    return [], True


def _told(job: PrintJob) -> dict[str, Any]:
    """One job as the agent gets it. The digest is of all that goes to the printer, once."""
    content = job.transmission
    return {
        "id": job.pk,
        "lease": str(job.lease),
        "lease_until": job.lease_until,
        "lease_left_s": job.lease_left.total_seconds(),  # type: ignore[attr-defined]
        "printer": job.printer.code,
        "transport": IPP if is_ipp(job.printer.address) else RAW_TCP,
        "address": job.printer.address,
        "copies": job.copies,
        "content_type": job.content_type,
        "content": b64encode(content).decode(),
        "sha256": sha256(content).hexdigest(),
    }


class OutcomeForm(serializers.Serializer):
    """What came of a job. `may_have_printed` must be said of a failure; `error` is for a person at the printer."""

    lease = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=[(outcome.value, outcome.name) for outcome in Outcome])
    may_have_printed = serializers.BooleanField(required=False)
    error = serializers.CharField(max_length=2_000, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A failure that does not say whether paper came out is no answer."""
        if attrs["outcome"] == Outcome.FAILED and "may_have_printed" not in attrs:
            raise serializers.ValidationError({"may_have_printed": "Say whether paper may have come out."})
        return attrs


class JobOutcome(AgentDoor):
    """`POST jobs/<id>/outcome`: twice is once, and the first word stands."""

    def post(self, request: Request, job_id: int) -> Response:
        """The job's state after it. 404 for another site's job, 409 `lease_lost` under a lease that is not its own."""
        form = OutcomeForm(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        job = settle(
            site=self.agent.site,
            job_id=job_id,
            lease=said["lease"],
            outcome=Outcome(said["outcome"]),
            may_have_printed=said.get("may_have_printed", False),
            error=said["error"],
        )
        return Response({"id": job.pk, "state": job.state})


class HeartbeatForm(serializers.Serializer):
    """What program the agent runs."""

    version = serializers.RegexField(r"^[A-Za-z0-9.+_-]+$", max_length=LONGEST_VERSION)


class Heartbeat(AgentDoor):
    """`POST heartbeat`: the agent is there; who we take it for comes back."""

    def post(self, request: Request) -> Response:
        """The agent's site and name."""
        form = HeartbeatForm(data=request.data)
        form.is_valid(raise_exception=True)
        note_version(agent_id=self.agent.pk, version=form.validated_data["version"])
        return Response({"site": self.agent.site, "name": self.agent.name})
