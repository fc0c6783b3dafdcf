"""统一社会信用代码, checked."""

import pytest

from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.uscc import checked
from tests.once import ONCE

pytestmark = ONCE


def made(first_17: str) -> str:
    """The code whose check character is worked out by the standard's own weights, powers of 3 modulo 31."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(character) * pow(3, place, 31) for place, character in enumerate(first_17))
    return first_17 + alphabet[-total % 31]


@pytest.mark.parametrize("first_17", ["91110000600037341", "N24418001MA000000", "12441800MB0000000"])
def test_code_is_kept_in_its_standard_form(first_17: str) -> None:
    code = made(first_17)
    assert checked(f" {code[:8].lower()} {code[8:].lower()}") == code


@pytest.mark.parametrize(
    "code",
    [
        "", "91110000600037341", "91110000600037341M", "9111000060003734IL", "91110000600037341LL",
        "A1A10000600037341L", "９1110000600037341L" + "0", "91110000600037341\x00",
    ],
)  # fmt: skip
def test_what_is_no_code_is_refused_on_its_field(code: str) -> None:
    with pytest.raises(DomainError) as caught:
        checked(code, "sites.3.uscc")
    assert [(fault.field, fault.code) for fault in caught.value.errors] == [("sites.3.uscc", Code.INVALID)]


@pytest.mark.parametrize("place", range(17))
def test_one_wrong_character_is_found(place: int) -> None:
    code = made("91110000600037341")
    wrong = "2" if code[place] != "2" else "3"
    with pytest.raises(DomainError):
        checked(code[:place] + wrong + code[place + 1 :])
