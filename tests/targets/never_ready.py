"""A target that runs and never gets ready: it listens nowhere."""

import signal

signal.pause()
