"""A target that answers deliveries with nonsense: an error page, bytes that are no text, a cut reply, no HTTP at all."""

import itertools

from _web import Web, serve

turn = itertools.count()


class Garbage(Web):
    def event(self, body):
        nth = next(turn) % 4
        if nth == 0:
            self.respond(500, b"<html>Traceback (most recent call last)", "text/html")
        elif nth == 1:
            self.respond(200, b"\x00\xff\xfe{\"challenge\":", "application/json")
        elif nth == 2:
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nshort")
            self.close_connection = True
        else:
            self.wfile.write(b"\x16\x03\x01 this is not HTTP\r\n" * 100)
            self.close_connection = True


serve(Garbage)
