"""Files that arrive in pieces: kept as far as they came, appended to by one at a time, and gone if they are others."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.partials import Partial, WrongOffset
from tests.photos import digest, jpeg
from tests.races.at_once import at_once

PHOTO = jpeg()
LENGTH = len(PHOTO)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def partial() -> Partial:
    return Partial("photo-1", LENGTH)


def breaking_off(*chunks: bytes) -> Iterator[bytes]:
    yield from chunks
    raise ConnectionResetError


def test_pieces_in_order_make_the_file(partial: Partial) -> None:
    assert partial.take(0, [PHOTO[:10], PHOTO[10:20]]) == 20
    assert Partial("photo-1", LENGTH).offset == 20  # any process may go on
    assert partial.take(20, [PHOTO[20:]]) == LENGTH
    with partial.whole() as whole:
        assert (whole.sha256, whole.bytes, whole.media_type) == (digest(PHOTO), LENGTH, "image/jpeg")
        whole.settle()


@pytest.mark.parametrize("offset", [0, 9, 11, LENGTH, 10**18])
def test_piece_from_elsewhere_is_told_where_to_go_on(partial: Partial, offset: int) -> None:
    partial.take(0, [PHOTO[:10]])
    with pytest.raises(WrongOffset) as wrong:
        partial.take(offset, [PHOTO[10:]])
    assert wrong.value.offset == partial.offset == 10


def test_piece_that_begins_inside_a_file_nobody_began_leaves_nothing(partial: Partial, media: Path) -> None:
    with pytest.raises(WrongOffset) as wrong:
        partial.take(5, [PHOTO])
    assert wrong.value.offset == 0
    assert not partial.path.exists()


def test_what_came_before_the_line_broke_is_kept(partial: Partial) -> None:
    with pytest.raises(ConnectionResetError):
        partial.take(0, breaking_off(PHOTO[:7], PHOTO[7:30]))
    assert partial.offset == 30
    assert partial.path.read_bytes() == PHOTO[:30]


def test_more_bytes_than_declared_are_refused_and_nothing_is_kept(partial: Partial) -> None:
    partial.take(0, [PHOTO[:10]])
    with pytest.raises(DomainError) as refused:
        partial.take(10, [PHOTO[10:], b"x"])
    assert refused.value.code == Code.DIGEST_MISMATCH
    assert (partial.offset, partial.path.exists()) == (0, False)


def test_whole_file_that_was_not_recorded_asks_for_its_last_byte_again(partial: Partial) -> None:
    partial.take(0, [PHOTO])
    assert partial.offset == LENGTH - 1
    assert partial.take(LENGTH - 1, [PHOTO[-1:]]) == LENGTH
    assert partial.path.read_bytes() == PHOTO


def test_file_of_one_byte_is_whole_with_it() -> None:
    tiny = Partial("tiny", 1)
    assert tiny.take(0, []) == 0
    assert tiny.take(0, [b"x"]) == 1


def test_memory_stays_flat_however_large_the_file(media: Path) -> None:
    size, piece = 24 << 20, bytes(1 << 16)
    large = Partial("large", size)
    tracemalloc.start()
    try:
        assert large.take(0, (piece for _ in range(size // len(piece)))) == size
        with large.whole() as whole:
            assert whole.bytes == size
            whole.settle()
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_original_is_safe_from_whoever_still_sends_to_the_partial(partial: Partial, media: Path) -> None:
    def late() -> Iterator[bytes]:
        yield PHOTO[:-1]
        twin = Partial("photo-1", LENGTH)
        assert twin.take(LENGTH - 1, [PHOTO[-1:]]) == LENGTH
        with twin.whole() as whole:
            whole.settle()
        twin.discard()
        yield b"?"

    partial.take(0, late())  # its last byte is not written: the file had all
    (stored,) = (path for path in media.rglob("*") if path.is_file())
    assert stored.read_bytes() == PHOTO
    with pytest.raises(FileNotFoundError):
        partial.whole()


def overtaken(sent: list[str]) -> Iterator[bytes]:
    """A sender in whose middle another one sends the same from the beginning, as far as it is let."""
    yield PHOTO[:10]
    try:
        Partial("photo-1", LENGTH).take(10, [PHOTO[10:20]])
        sent.append("the other went on")
    finally:
        yield PHOTO[10:30]


def test_of_two_senders_at_once_one_goes_on_and_the_other_is_told(partial: Partial) -> None:
    sent: list[str] = []
    with pytest.raises(WrongOffset) as wrong:
        partial.take(0, overtaken(sent))
    assert sent == ["the other went on"]
    assert wrong.value.offset == 20
    assert partial.path.read_bytes() == PHOTO[:20]


def test_many_senders_at_once_never_mix_their_bytes(partial: Partial) -> None:
    def sending() -> int:
        own, at = Partial("photo-1", LENGTH), 0
        while True:
            try:
                return own.take(at, [PHOTO[place : place + 7] for place in range(at, LENGTH, 7)])
            except WrongOffset as wrong:
                at = wrong.offset

    assert at_once([sending] * 8) == [LENGTH] * 8
    assert partial.path.read_bytes() == PHOTO


def test_control_without_the_check_at_every_chunk_mixes_them(partial: Partial) -> None:
    class Unguarded(Partial):
        def _append(self, handle: int, at: int, chunk: bytes) -> None:
            with self.path.open("ab") as file:
                file.write(chunk)

    Unguarded("photo-1", LENGTH).take(0, overtaken([]))
    assert partial.path.read_bytes() == PHOTO[:20] + PHOTO[10:30]
