"""A target that leaves its process group: it starts a daemon in a session of its own, whose parent is gone at once."""

import signal
import subprocess
import sys

DAEMON = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True); import time; time.sleep(1)"

subprocess.Popen([sys.executable, "-c", DAEMON], start_new_session=True)
signal.pause()
