"""History: all clips as a grid that can be searched, played over, and taken from."""
