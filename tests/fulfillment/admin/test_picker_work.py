"""A picker's first page: the walk that is his, and the carts that wait for one."""

import pytest
from django.test import Client

from foundation import clock
from tests.factories import make_hub
from tests.fulfillment.admin.scenes import NOON, busy_hub, clerk
from tests.fulfillment.building import released
from warehouses.models import PickList, Worker

pytestmark = pytest.mark.django_db


def test_a_picker_sees_his_walk_and_what_waits(client: Client) -> None:
    with clock.playing(NOON):
        scene = busy_hub(1)
    picker = clerk("warehouses.view_picklist")
    Worker.objects.create(user=picker, hub=scene.hub, badge=picker.username)
    (own,) = PickList.objects.filter(hub=scene.hub, state="picking")
    PickList.objects.filter(pk=own.pk).update(worker=picker)
    with clock.playing(NOON):
        waves = [released(scene.hub)]
    client.force_login(picker)

    answer = client.get("/admin/")

    (waiting,) = PickList.objects.filter(work_ref=waves[0].number)
    work, text = answer.context["work"], answer.content.decode()
    assert [(row.pick_list, row.tasks, row.tasks_done) for row in work.own] == [(own, 1, 0)]
    assert [row.pick_list for row in work.waiting] == [waiting]
    links = [f'href="/admin/warehouses/picklist/{row.pk}/change/">{row.number}</a>' for row in (own, waiting)]
    assert [link in text for link in links] == [True, True]
    assert "room" not in answer.context


def test_a_worker_without_a_cart_is_told_so(client: Client) -> None:
    picker = clerk("warehouses.view_picklist")
    Worker.objects.create(user=picker, hub=make_hub(), badge=picker.username)
    client.force_login(picker)

    text = client.get("/admin/").content.decode()

    assert "No cart of yours is out." in text
    assert "No cart waits." in text
