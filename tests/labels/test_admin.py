"""Printers and print jobs in the admin: look, retry, copy with a reason, and no more than one may."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from labels import printing
from labels.models import PrintJob
from tests.labels.printers import ZPL, file_printer, request

pytestmark = pytest.mark.django_db
SUBMIT = {"_form_submitted": "on"}


def staff(*codenames: str) -> Client:
    user = User.objects.create_user("anna", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="labels", codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def printed(tmp_path: Path) -> PrintJob:
    printing.enqueue_many(requests=[request(file_printer(tmp_path), "a")])
    printing.print_queued(site="AMS1")
    return PrintJob.objects.get()


@pytest.fixture
def failed(tmp_path: Path) -> PrintJob:
    printing.enqueue_many(requests=[request(file_printer(tmp_path), "a")])
    (job,) = printing.lease_jobs(site="AMS1")
    printing._mark(job, "fail", error="out of paper")
    return PrintJob.objects.get()


def url(action: str, job: PrintJob) -> str:
    return reverse(f"admin:labels_printjob_{action}", args=[job.pk])


def test_lists_and_pages_show_what_is_there(failed: PrintJob) -> None:
    client = staff("view_printjob", "view_printer")

    pages = [
        client.get(reverse("admin:labels_printer_changelist")),
        client.get(reverse("admin:labels_printjob_changelist"), {"q": "ref a"}),
        client.get(url("change", failed)),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert "out of paper" in pages[1].content.decode()
    assert f"{len(ZPL)} bytes" in pages[2].content.decode()


@pytest.mark.parametrize("rows", [2, 40])
def test_a_list_takes_as_many_queries_for_many_rows(
    rows: int, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    printer = file_printer(tmp_path)
    printing.enqueue_many(requests=[request(printer, str(n)) for n in range(rows)])
    client = staff("view_printjob", "view_printer")

    with django_assert_max_num_queries(16):
        page = client.get(reverse("admin:labels_printjob_changelist"))

    assert page.status_code == 200


def test_nobody_edits_adds_or_deletes_a_job(printed: PrintJob) -> None:
    client = staff("view_printjob", "add_printjob", "change_printjob", "delete_printjob")

    answers = [
        client.post(url("change", printed), {"state": "queued"}),
        client.post(url("delete", printed), {"post": "yes"}),
        client.get(reverse("admin:labels_printjob_add")),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert PrintJob.objects.get().state == PrintJob.State.PRINTED


def test_the_bytes_can_be_opened_as_they_are(printed: PrintJob) -> None:
    answer = staff("view_printjob").get(url("open_content", printed))

    assert (answer.content, answer["Content-Type"]) == (ZPL, "application/zpl")
    assert answer["Content-Disposition"] == f'attachment; filename="bin_label-{printed.pk}.zpl"'


def test_a_copy_needs_a_reason_and_counts_once(printed: PrintJob) -> None:
    client = staff("view_printjob", "reprint_printjob")

    dialog = client.get(url("reprint", printed))
    without = client.post(url("reprint", printed), {**SUBMIT, "reason": " ", "key": "reprint:1"})
    once, twice = (
        client.post(url("reprint", printed), {**SUBMIT, "reason": "torn", "key": "reprint:1"}) for _ in range(2)
    )

    assert "reprint:" in dialog.content.decode()
    assert "HX-Redirect" not in without
    copy = PrintJob.objects.get(reprint_of=printed)
    assert once["HX-Redirect"] == twice["HX-Redirect"] == url("change", copy)
    assert (copy.reprint_reason, copy.requested_by, copy.copy_no) == ("torn", "anna", 1)


def test_a_failed_job_is_retried_by_post_only(failed: PrintJob) -> None:
    client = staff("view_printjob", "retry_printjob")

    client.get(url("retry", failed))
    assert PrintJob.objects.get().state == PrintJob.State.FAILED
    answer = client.post(url("retry", failed), SUBMIT)

    assert answer["HX-Redirect"] == url("change", failed)
    assert PrintJob.objects.get().state == PrintJob.State.QUEUED


def test_a_refusal_of_the_service_is_shown(printed: PrintJob) -> None:
    client = staff("view_printjob", "retry_printjob")

    client.post(url("retry", printed), SUBMIT)

    assert "Only a failed print job can be retried." in client.get(url("change", printed)).content.decode()
    assert PrintJob.objects.get().state == PrintJob.State.PRINTED


def test_a_job_offers_what_it_can_do_now(failed: PrintJob) -> None:
    client = staff("view_printjob", "retry_printjob", "reprint_printjob")

    def offered() -> list[str]:
        page = client.get(url("change", failed)).content.decode()
        return [action for action in ("retry", "reprint", "open_content") if url(action, failed) in page]

    after_failing = offered()
    printing.retry_job(job_id=failed.pk)
    in_the_queue = offered()
    printing.print_queued(site="AMS1")

    assert PrintJob.objects.get().state == PrintJob.State.PRINTED
    assert after_failing == ["retry", "reprint", "open_content"]
    assert in_the_queue == ["open_content"]
    assert offered() == ["reprint", "open_content"]


def test_the_state_is_shown_as_its_word(printed: PrintJob) -> None:
    client = staff("view_printjob")

    for page in (reverse("admin:labels_printjob_changelist"), url("change", printed)):
        text = client.get(page).content.decode()
        assert 'aria-hidden="true">task_alt</span>Printed</span>' in text
        assert "&#x27;printed&#x27;" not in text


@pytest.mark.parametrize("action", ["retry", "reprint"])
def test_without_the_permission_there_is_no_button_and_no_post(action: str, failed: PrintJob) -> None:
    client = staff("view_printjob", "change_printjob")

    page = client.get(url("change", failed)).content.decode()
    answer = client.post(url(action, failed), {**SUBMIT, "reason": "torn", "key": "reprint:1"})

    assert url(action, failed) not in page
    assert answer.status_code == 403
    assert list(PrintJob.objects.values_list("state", flat=True)) == [PrintJob.State.FAILED]
