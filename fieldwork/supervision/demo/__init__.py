"""The demo (演示): an invented city that has used the program for some months; see `manage.py demo`."""
