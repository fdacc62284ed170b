"""A release: the site as one archive, with checksums, a manifest and the numbers that changed."""
