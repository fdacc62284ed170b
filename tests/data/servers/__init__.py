"""Local servers that speak the protocols of the publishers' services, and fail as services fail."""
