"""Firm microdata: the schema of a register, a synthetic register, moments that are safe to publish."""
