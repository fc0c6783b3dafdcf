"""Filings and attachments coming in."""

from api.uploads import Multipart, Parts, RawFile

PARTS = Parts(declared="filing", file="attachment", limit="ATTACHMENT_BYTES")


class FilingMultipart(Multipart):
    """One `filing` part of JSON and any number of `attachment` parts."""

    parts = PARTS


class RawAttachment(RawFile):
    """The bytes of one attachment; the view says which types it takes."""

    media_type = "*/*"
    parts = PARTS
