"""From a publisher's own file to one of our tables: one module per publisher."""
