"""Photos as cameras and phones really make them, which lie beside the project; a test that wants them is skipped where
they are missing."""

from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR).parent / "shared" / "photos"
WALK = ["DSCN0010.jpg", "DSCN0012.jpg", "DSCN0021.jpg", "DSCN0025.jpg", "DSCN0042.jpg"]

wants_photos = pytest.mark.skipif(not FOLDER.is_dir(), reason="the photos of real cameras are not here")
