"""Divisions and industries as clerks name them."""

from collections.abc import Iterable

from fieldwork.directory.models import Division, Industry
from fieldwork.supervision.workbook.keys import key_of
from fieldwork.supervision.workbook.shelves import Ambiguous

_BETWEEN = "/\\>|·、-—"


class Places:
    """All divisions: by code, by code with authority (`mca:441881`), by name with as much above it as one cares to
    write. What several bear is the one that goes on, of these the only one in the own area."""

    def __init__(self, path: str) -> None:
        self._area = path
        self._all = {division.pk: division for division in Division.objects.all()}
        self._by_path = {division.path: division for division in self._all.values()}
        self._by_code: dict[str, list[Division]] = {}
        self._by_name: dict[str, list[Division]] = {}
        for division in self._all.values():
            for code in _codes(division):
                self._by_code.setdefault(key_of(code), []).append(division)
            self._by_name.setdefault(key_of(division.name), []).append(division)

    def __getitem__(self, pk: int) -> Division:
        return self._all[pk]

    def find(self, text: str) -> Division | None:
        """None for what no division is called; Ambiguous for what several are."""
        return self._one(self._named(text), self._area)

    def text_of(self, division: Division) -> str:
        """The shortest of its names by which anybody finds it again: from the top, its code, that with authority and
        first day."""
        names = ["/".join(each.name for each in self._upwards(division)), *_codes(division)]
        return next((name for name in names if self._leads_to(name, division)), names[-1])

    def _leads_to(self, name: str, division: Division) -> bool:
        try:
            return self._one(self._named(name), "") is division
        except Ambiguous:
            return False

    def _named(self, text: str) -> list[Division]:
        plain = key_of(text)
        if plain in self._by_code:
            return self._by_code[plain]
        steps = key_of("".join(each for each in text if each not in _BETWEEN))
        ends = (steps[at:] for at in range(len(steps)))
        fitting = (division for end in ends for division in self._by_name.get(end, ()))
        return [division for division in fitting if self._fits(division, steps)] or self._by_name.get(plain, [])

    def _fits(self, division: Division, steps: str) -> bool:
        """Whether the text is made of the names of the division and some of those above it."""
        *above, own = [key_of(each.name) for each in self._upwards(division)]
        left = steps.removesuffix(own)
        for name in reversed(above):
            left = left.removesuffix(name)
        return not left

    def _upwards(self, division: Division) -> list[Division]:
        found = [division]
        while found[0].parent_id is not None:
            found.insert(0, self._all[found[0].parent_id])
        return found

    def _one(self, found: Iterable[Division], area: str) -> Division | None:
        several = list(dict.fromkeys(found))
        for choose in (_goes_on, lambda each: each.path.startswith(area)):
            if len(several) > 1:
                several = [each for each in several if choose(each)] or several
        if len(several) > 1:
            raise Ambiguous
        return several[0] if several else None


def _goes_on(division: Division) -> bool:
    return division.ends_on is None


def _codes(division: Division) -> tuple[str, ...]:
    full = f"{division.authority}:{division.code}"
    return (division.code, full, f"{full}@{division.starts_on.isoformat()}")


class Industries:
    """The code list: by code, name, or both; a spreadsheet makes 1 of 01."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[Industry]] = {}
        for industry in Industry.objects.all():
            for name in (industry.code, industry.name, self.text_of(industry)):
                rows = self._by_name.setdefault(key_of(name), [])
                if industry not in rows:
                    rows.append(industry)

    def find(self, text: str) -> Industry | None:
        plain = key_of(text)
        found = self._by_name.get(plain) or self._by_name.get(f"0{plain}" if plain.isdigit() else plain, [])
        if len(found) > 1:
            raise Ambiguous
        return found[0] if found else None

    @staticmethod
    def text_of(industry: Industry) -> str:
        return f"{industry.code} {industry.name}"
