"""Tables with something altered, for tests of what a measure makes of it."""

import analysis as an


def changed(**edits):
    """Return a loader in which `edits[table]` has altered a copy of the table."""

    def load(name):
        table = an.load(name)
        if name not in edits:
            return table
        attrs, other = table.attrs, edits[name](table.copy())
        other.attrs = attrs
        return other

    return load
