"""A target that never gets ready: it listens nowhere. Neither it nor the child it starts heeds a request to end."""

import signal
import subprocess
import sys

signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a child inherits that
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
while True:
    signal.pause()
