"""The paths of this floor, below `print/agent/v1/`."""

from django.urls import path, re_path

from labels.door.problems import nowhere
from labels.door.views import Heartbeat, JobOutcome, Jobs

app_name = "print_agents"

urlpatterns = [
    path("jobs", Jobs.as_view(), name="jobs"),
    path("jobs/<int:job_id>/outcome", JobOutcome.as_view(), name="outcome"),
    path("heartbeat", Heartbeat.as_view(), name="heartbeat"),
    re_path(r"^(?P<path>.*)$", nowhere, name="nowhere"),
]
