"""A target that takes every event and never says a word."""

from _web import Web, serve

serve(Web)
