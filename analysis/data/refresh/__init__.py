"""New vintages from the publishers' services: what to ask for, how to ask, and how to put the answer in place."""
