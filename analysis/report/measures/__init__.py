"""What each chapter measures: tables for its exhibits and readings for its claims, computed from `data/`."""
