"""The body of a request as a server has it from the network, and how much of it was taken."""

from io import BytesIO
from typing import Any


class Sent(BytesIO):
    """A body that `environ` puts under a request."""

    @property
    def left(self) -> int:
        """Bytes that nobody took: what the server still gets after its answer breaks the connection."""
        return len(self.getvalue()) - self.tell()

    def environ(self, content_type: str) -> dict[str, Any]:
        """Variables of WSGI, for a test client."""
        length = str(len(self.getvalue()))
        return {"wsgi.input": self, "CONTENT_LENGTH": length, "CONTENT_TYPE": content_type}
