"""Decompositions: of growth, of gaps, of firms."""
