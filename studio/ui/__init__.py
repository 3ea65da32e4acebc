"""What you see: the window and its parts, over Qt and the core, without the engine."""
