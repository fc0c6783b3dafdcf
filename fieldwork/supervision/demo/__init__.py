"""The demo: an invented city that has used the program for some months (演示). One entry point: `manage.py demo`."""
