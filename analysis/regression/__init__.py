"""Regressions: of distributions (`rif_regression`)."""
