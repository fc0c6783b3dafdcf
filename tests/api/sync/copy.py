"""A phone's copy of what is its user's own, as `GET sync` makes it."""

from typing import Any

from tests.api.client import Phone

NOUNS = {
    "obligations": "obligation", "tasks": "task", "check_ins": "check_in", "filings": "filing", "hazards": "hazard",
    "notifications": "notification", "linkages": "linkage", "sites": "site", "divisions": "division",
    "industries": "industry", "organisations": "organisation",
}  # fmt: skip
Key = tuple[str, str]


class Copy:
    """Applies one answer after another, as a phone would."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.held: dict[Key, Any] = {}
        self.cursor = ""
        self.answers = 0

    def catch_up(self, page_size: int = 500) -> "Copy":
        while self.next_page(page_size)["has_more"]:
            pass
        return self

    def next_page(self, page_size: int = 500) -> dict[str, Any]:
        asked: dict[str, Any] = {"page_size": page_size} | ({"cursor": self.cursor} if self.cursor else {})
        answer = self.phone.get("sync", asked)
        assert answer.status_code == 200, answer.content
        self.apply(answer.json())
        return dict(answer.json())

    def apply(self, told: dict[str, Any]) -> None:
        for gone in told["gone"]:
            self.held.pop((gone["kind"], gone["id"]), None)
        for name, noun in NOUNS.items():
            for row in told[name]:
                self.held[noun, row["id"]] = row
        self.cursor = told["cursor"]
        self.answers += 1

    def told_of(self, noun: str) -> set[str]:
        return {key for kind, key in self.held if kind == noun}


def fresh(phone: Phone) -> dict[Key, Any]:
    """What a phone holds that starts now."""
    return Copy(phone).catch_up().held


def differences(copy: Copy) -> list[str]:
    """Where a copy is not what one begun now would be."""
    truth, held = fresh(copy.phone), copy.held
    found = [f"missing {key}" for key in truth.keys() - held.keys()]
    found += [f"kept {key}" for key in held.keys() - truth.keys()]
    for key in truth.keys() & held.keys():
        if truth[key] != held[key]:
            columns = [name for name in truth[key] if truth[key][name] != held[key].get(name)]
            found += [f"{key} {name}: {held[key].get(name)} is {truth[key][name]}" for name in columns]
    return sorted(found)
