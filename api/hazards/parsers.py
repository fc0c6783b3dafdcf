"""Hazards coming in with their photos."""

from api.uploads import Multipart, Parts

PARTS = Parts(declared="hazard", file="photo", limit="PHOTO_BYTES")


class HazardMultipart(Multipart):
    """One `hazard` part of JSON and any number of `photo` parts."""

    parts = PARTS
