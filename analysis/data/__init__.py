"""Tables with units, sources and licences: the ground every figure of the report stands on."""
