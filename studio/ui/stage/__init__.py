"""The stage: plays clips frame by frame, compares two, and shows a running job's preview."""
