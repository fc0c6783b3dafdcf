"""gunicorn's own settings: `python -m gunicorn --config deploy/gunicorn.conf.py`, from the project's folder."""

from os import cpu_count
from pathlib import Path

from fieldwork import env

wsgi_app = "fieldwork.wsgi"
bind = env.read("BIND", env.words, "127.0.0.1:8000", "address:port or unix:/path, comma-separated")

# Threads wait for the database and the disk, processes share the processors.
worker_class = "gthread"
workers = env.read("WEB_WORKERS", env.positive, str((cpu_count() or 1) + 1), "web processes")
threads = env.read("WEB_THREADS", env.positive, "8", "threads of each; one database connection each on PostgreSQL")
preload_app = True  # a bad setting stops the start instead of restarting processes for ever; connections come later

# The proxy in front has taken a whole request before it passes it on: what takes long here is our own work.
timeout = 60
graceful_timeout = 30
keepalive = 75  # longer than the proxy keeps its connections, so that it never writes into one just closed
max_requests = 20_000  # should something leak, it does not leak for ever
max_requests_jitter = 2_000

memory = Path("/dev/shm")  # noqa: S108  # Linux's own
worker_tmp_dir = str(memory) if memory.is_dir() else None  # heartbeats, never on a busy disk
control_socket_disable = True
