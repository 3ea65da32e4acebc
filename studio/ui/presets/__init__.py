"""The presets as a whole: kept in order, changed, given away and taken in."""
