"""Check-ins and photos coming in."""

from api.uploads import Multipart, Parts, RawFile

PARTS = Parts(declared="check_in", file="photo", limit="PHOTO_BYTES")


class CheckInMultipart(Multipart):
    """One `check_in` part of JSON and any number of `photo` parts."""

    parts = PARTS


class RawPhoto(RawFile):
    """The bytes of one photo, whatever kind of image they are called."""

    media_type = "image/*"
    parts = PARTS
