"""A target that gets ready and dies at the first customer."""

import os

from _web import Web, serve


class Exits(Web):
    def event(self, body):
        print("exits.py: giving up", flush=True)
        os._exit(7)


serve(Exits)
