"""For tests in which nothing depends on the suite's database: they run once, on SQLite."""

import pytest
from django.db import connection

ONCE = pytest.mark.skipif(connection.vendor != "sqlite", reason="nothing in it depends on the database")
