"""Attachments of a filing, along with it or after it, whole or broken."""

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from fieldwork.core.media_types import IMAGES
from fieldwork.core.models import Blob
from fieldwork.directory.enums import Office
from tests import factories as make
from tests.api.client import Phone
from tests.api.filing import body, put, put_multipart, stored
from tests.desk import Desk
from tests.documents import DOCX, PDF, XLSX, declared_file, docx, pdf, xlsx, zipped
from tests.photos import digest, jpeg
from tests.sent import Sent


def address(pk: Any, file: bytes) -> str:
    return f"filings/{pk}/attachments/{digest(file)}"


@pytest.mark.parametrize(
    ("file", "kind"),
    [(pdf(), PDF), (docx(), DOCX), (xlsx(), XLSX), (jpeg(), "image/jpeg")],
    ids=["pdf", "docx", "xlsx", "jpeg"],
)
def test_attachment_follows_and_completes_the_filing(desk: Desk, phone: Phone, file: bytes, kind: str) -> None:
    pk = uuid4()
    answer = put(phone, body(desk, attachments=[declared_file(file, kind)]), pk)
    assert (answer.json()["state"], answer.json()["missing_attachments"]) == ("incomplete", [digest(file)])
    assert answer.json()["counts_for_obligations"] == [str(desk.meeting.pk)]
    assert phone.head(address(pk, file)).headers["Upload-Offset"] == "0"
    assert phone.put(address(pk, file), file, content_type=kind).status_code == 201
    assert phone.put(address(pk, file), file, content_type=kind).status_code == 200
    assert phone.head(address(pk, file)).headers["Upload-Offset"] == str(len(file))
    assert phone.get(f"filings/{pk}").json()["state"] == "complete"
    shown: Any = phone.get(address(pk, file))
    assert (shown["Content-Type"], b"".join(shown.streaming_content)) == (kind, file)
    assert shown["Content-Disposition"].startswith("attachment") == (kind not in IMAGES)


def test_attachment_is_saved_as_what_it_is_whatever_it_is_called(desk: Desk, phone: Phone) -> None:
    pk = uuid4()
    put(phone, body(desk, attachments=[{**declared_file(pdf(), PDF), "name": "纪要.hta"}]), pk)
    phone.put(address(pk, pdf()), pdf(), content_type=PDF)
    assert phone.get(f"filings/{pk}").json()["attachments"][0]["name"] == "纪要.hta"
    shown: Any = phone.get(address(pk, pdf()))
    assert b"".join(shown.streaming_content) == pdf()
    assert shown["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote('纪要.hta.pdf')}"


def test_multipart_brings_all_at_once(desk: Desk, phone: Phone) -> None:
    files = [pdf(1), pdf(2), docx()]
    types = [PDF, PDF, DOCX]
    said = [declared_file(file, kind) for file, kind in zip(files, types, strict=True)]
    answer = put_multipart(phone, body(desk, attachments=said), *files)
    assert (answer.status_code, answer.json()["state"]) == (201, "complete")
    assert {each["received"] for each in answer.json()["attachments"]} == {True}


def test_pdf_whose_bytes_do_not_match_is_422_and_nothing_is_stored(desk: Desk, phone: Phone) -> None:
    answer = put_multipart(phone, body(desk, pdf(1)), pdf(2))
    assert (answer.status_code, answer.json()["code"]) == (422, "digest_mismatch")
    assert stored() == (0, 0, [])
    pk = uuid4()
    put(phone, body(desk, pdf(1)), pk)
    answer = phone.put(address(pk, pdf(1)), pdf(2), content_type=PDF)
    assert (answer.status_code, answer.json()["code"]) == (422, "digest_mismatch")
    assert stored()[1:] == (0, [])


def test_attachment_in_pieces_completes_the_filing(desk: Desk, phone: Phone) -> None:
    pk, file = uuid4(), pdf() + bytes(100_000)
    put(phone, body(desk, file), pk)
    for begin, end, status in ((0, 9, 204), (9, 70_000, 204), (0, 9, 409), (70_000, None, 201), (70_000, None, 200)):
        piece, headers = file[begin:end], {"Upload-Offset": str(begin)}
        answer = phone.patch(address(pk, file), piece, content_type=PDF, headers=headers)
        assert answer.status_code == status
        assert answer.headers["Upload-Offset"] == phone.head(address(pk, file)).headers["Upload-Offset"]
    assert phone.get(f"filings/{pk}").json()["state"] == "complete"
    assert len(stored()[2]) == 1


def test_length_that_was_declared_otherwise_is_422(desk: Desk, phone: Phone) -> None:
    file = pdf()
    content = body(desk, attachments=[declared_file(file, PDF) | {"bytes": len(file) + 1}])
    assert put_multipart(phone, content, file).status_code == 422


@pytest.mark.parametrize(
    "file",
    [
        zipped("readme.txt"),
        zipped("word/document.xml"),
        zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        zipped("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"),
        b"PK\x03\x04 and no more",
        b"<html>",
    ],
    ids=["zip", "half a document", "macros", "two in one", "broken", "html"],
)
def test_file_that_only_calls_itself_a_document_is_415(desk: Desk, phone: Phone, file: bytes) -> None:
    answer = put_multipart(phone, body(desk, attachments=[declared_file(file, DOCX)]), file)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media")
    assert stored() == (0, 0, [])


def test_type_that_is_taken_nowhere_is_415_before_the_body_is_read(desk: Desk, phone: Phone) -> None:
    pk = uuid4()
    put(phone, body(desk, pdf()), pk)
    for kind in ("text/plain", "application/zip", "multipart/form-data; boundary=b"):
        assert phone.put(address(pk, pdf()), pdf(), content_type=kind).status_code == 415


def test_attachment_larger_than_json_may_be_is_taken_up_to_its_limit(desk: Desk, phone: Phone, settings: Any) -> None:
    pk, file = uuid4(), pdf() + b"x" * settings.JSON_BYTES
    put(phone, body(desk, file), pk)
    assert phone.put(address(pk, file), file, content_type=PDF).status_code == 201
    settings.ATTACHMENT_BYTES = len(file) - 1
    pk = uuid4()
    put(phone, body(desk, file), pk)
    answer = phone.put(address(pk, file), file, content_type=PDF)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_supervisor_who_repeats_a_filing_adds_nothing(desk: Desk, phone: Phone) -> None:
    pk, file = uuid4(), pdf()
    put(phone, body(desk, file), pk)
    office = Phone.of(make.user(office=Office.SUPERVISOR, division=desk.place.county))
    assert put_multipart(office, body(desk, file), file, pk=pk).status_code == 403
    assert office.put(address(pk, file), file, content_type=PDF).status_code == 403
    assert Blob.objects.count() == 0


@pytest.mark.parametrize(
    ("parts", "field"),
    [({}, "filing"), ({"filing": "{}", "photo": "1"}, "photo"), ({"filing": ["{}", "{}"]}, "filing")],
)
def test_multipart_with_wrong_parts_says_which(desk: Desk, phone: Phone, parts: Any, field: str) -> None:
    answer = phone.put(f"filings/{uuid4()}", parts, format="multipart")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_body_that_breaks_off_inside_an_attachment_leaves_nothing(desk: Desk, phone: Phone) -> None:
    file = pdf()
    head = (
        '--b\r\nContent-Disposition: form-data; name="filing"\r\n\r\n' + json.dumps(body(desk, file)) + "\r\n"
        '--b\r\nContent-Disposition: form-data; name="attachment"; filename="1.pdf"\r\n\r\n'
    ).encode()
    answer = phone.put(f"filings/{uuid4()}", head + file[:9], content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "attachment")
    assert stored() == (0, 0, [])


def test_attachment_that_is_stored_already_is_taken_to_its_end(desk: Desk, phone: Phone) -> None:
    pk, file = uuid4(), pdf() + bytes(1 << 20)
    put_multipart(phone, body(desk, file), file, pk=pk)
    sent = Sent(file)
    answer = phone.put(address(pk, file), **sent.environ(PDF))
    assert (answer.status_code, sent.left) == (200, 0)


def test_pdf_that_is_called_a_photo_is_415_and_nothing_is_stored(desk: Desk, phone: Phone) -> None:
    called_photo = body(desk, attachments=[declared_file(pdf(), "image/jpeg")])
    answer = put_multipart(phone, called_photo, pdf())
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media")
    assert stored() == (0, 0, [])
    pk = uuid4()
    put(phone, called_photo, pk)
    for kind in ("image/jpeg", PDF):
        assert phone.put(address(pk, pdf()), pdf(), content_type=kind).status_code == 415
    assert stored()[1:] == (0, [])
