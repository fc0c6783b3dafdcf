"""Base64url as a signature needs it: bytes have one writing."""

import pytest

from fieldwork.core import jws


def test_bytes_are_written_and_read_without_padding() -> None:
    assert [jws.decode(jws.encode(data)) for data in (b"", b"A", b"AB", b"\xff\xfe\xfd")] == [
        b"",
        b"A",
        b"AB",
        b"\xff\xfe\xfd",
    ]
    assert (jws.encode(b"A"), jws.encode(b"\xff\xfe\xfd")) == ("QQ", "__79")


@pytest.mark.parametrize("text", ["QR", "QQ==", "QQ\n", "Q", "//79", "Q Q"])
def test_other_writings_of_bytes_are_forged(text: str) -> None:
    """The first has bits behind the last byte, which a plain decoder leaves out."""
    with pytest.raises(jws.Forged):
        jws.decode(text)
