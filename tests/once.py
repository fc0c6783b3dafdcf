"""For tests that say the same whatever the suite's database: they run once, on SQLite."""

import pytest
from django.db import connection

ONCE = pytest.mark.skipif(connection.vendor != "sqlite", reason="it says the same on either database")
