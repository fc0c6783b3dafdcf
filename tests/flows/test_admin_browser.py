"""A clerk's morning in a real browser: a new leader gets a post, a town and an activation code."""

import os
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Page, expect, sync_playwright

from fieldwork.core.models import Event
from fieldwork.core.periods import local_day
from fieldwork.directory.activation import activate
from fieldwork.directory.models import Leader, Linkage, Tenure, User
from tests import factories as make
from tests.once import ONCE
from tests.place import Place

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PASSWORD = "a-long-enough-one-2026"

pytestmark = [ONCE, pytest.mark.django_db(transaction=True)]


def executable() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser is installed; one of {', '.join(BROWSERS)} is needed (apt-get install chromium)")
    return found


@pytest.fixture
def page(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A Chinese browser in China at the sign-in page; an error in its console fails the test."""
    browser_at = executable()
    # Playwright runs a loop in this thread; the database is asked between its turns, never within one.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_at, args=arguments)
        context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", base_url=live_server.url)
        page = context.new_page()
        told: list[str] = []
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
        page.goto("/admin/")
        yield page
        browser.close()
        connections.close_all()  # those of the loop, which has its own
    _wait_for_connections()
    assert told == []


def _wait_for_connections() -> None:
    """The server's threads end when the browser hangs up, and only then let go of the database."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(timeout=10)


def sign_in(page: Page, place: Place) -> User:
    user = make.user("clerk", name="测试·文书", office="supervisor", division=place.county)
    user.set_password(PASSWORD)
    user.save()
    page.fill("#id_username", "clerk")
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    expect(page.locator("#logout-form")).to_be_visible()
    return user


def choose(page: Page, field: str, term: str, row: str) -> None:
    """Search in the field's list and take the row."""
    page.click(f".field-{field} .select2-selection")
    page.fill(".select2-search__field", term)
    page.locator(".select2-results__option", has_text=row).first.click()
    expect(page.locator(f".field-{field} .select2-selection__rendered")).to_contain_text(row)


def save(page: Page) -> None:
    page.click("input[name=_save]")
    expect(page.locator(".messagelist .success")).to_be_visible()


def test_clerk_brings_a_new_leader_from_nothing_to_an_activation_code(place: Place, page: Page) -> None:
    make.post(place.tenure.post.organisation, "deputy_chief", title="副书记")
    make.division("测试二镇", place.county)
    clerk = sign_in(page, place)

    page.click("a[href='/admin/directory/leader/add/']:visible >> nth=0")
    page.fill("#id_name", "测试·新人")
    save(page)
    leader = Leader.objects.get(name="测试·新人")

    page.click("a[href*='/tenure/add/']:visible >> text=/./ >> nth=-1")
    expect(page.locator(".field-leader .select2-selection__rendered")).to_contain_text("测试·新人")
    choose(page, "post", "副书记", "副书记")
    save(page)
    tenure = Tenure.objects.get(leader=leader)

    page.click(f"a[href='/admin/directory/linkage/add/?tenure={tenure.pk}']")
    choose(page, "division", "二镇", "测试二镇（测试县）")
    save(page)
    assert Linkage.objects.get(tenure=tenure).target.name == "测试二镇"

    page.goto("/admin/directory/leader/")
    page.check(f"input[name=_selected_action][value='{leader.pk}']")
    page.select_option("select[name=action]", "print_codes")
    page.click("#changelist-form button[type=submit]")
    expect(page.locator("#codes-form tbody")).to_contain_text("测试·新人")
    page.click("#codes-form input[type=submit]")
    slip = page.locator(".slip")
    expect(slip).to_contain_text("副书记")
    code = slip.locator(".code").inner_text()
    user = activate(code=code, password="of-their-own-choosing-7", at=timezone.now())
    expect(slip).to_contain_text(user.username)
    assert user.leader == leader
    told = Event.objects.filter(actor=clerk.actor_key).exclude(kind__startswith="period.").order_by("pk")
    assert list(told.values_list("kind", flat=True)) == [
        "session.begun", "leader.created", "tenure.begun", "linkage.begun", "activation_codes.issued",
    ]  # fmt: skip


def test_day_is_picked_from_the_calendar_and_a_fault_is_shown_beside_its_field(place: Place, page: Page) -> None:
    sign_in(page, place)
    page.goto(f"/admin/directory/tenure/{place.tenure.pk}/change/")
    page.fill("#id_ends_on", "2019-12-31")
    page.click("input[name=_save]")
    expect(page.locator(".field-ends_on .errorlist")).to_be_visible()
    page.click(".field-ends_on .datetimeshortcuts a >> nth=0")
    save(page)
    place.tenure.refresh_from_db()
    today = local_day(timezone.now())
    assert place.tenure.ends_on in (today, today - timedelta(days=1))
