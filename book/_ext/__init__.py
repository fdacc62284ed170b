"""Sphinx extensions of the book, one purpose each."""
