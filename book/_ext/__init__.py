"""Sphinx extensions of the book, one purpose each."""

from logging import WARNING, getLogger

getLogger("fontTools").setLevel(WARNING)  # two parts cut fonts, glyph by glyph; where one of them fails, it raises
