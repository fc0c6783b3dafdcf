"""For tests in which nothing depends on which database it is: they run once, on SQLite.

What a page says, who may ask for what, and the story of the demo are told by rows that other tests make on both.
"""

import pytest
from django.db import connection

ONCE = pytest.mark.skipif(connection.vendor != "sqlite", reason="nothing in it depends on which database it is")
