"""Where an office reads of a row: pages of the admin, which a browser opens."""

from collections.abc import Callable

from django.urls import reverse


def pages_of(model: str) -> Callable[[object], str]:
    """The path of each row's page by its id; `model` is as the admin names it: `inspections_checkin`.

    Resolved once, as it takes as long as all else that is said of a line.
    """
    before, _mark, after = reverse(f"admin:{model}_change", args=["~"]).partition("~")
    return lambda pk: f"{before}{pk}{after}"
