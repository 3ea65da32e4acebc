"""The stage: plays clips frame by frame, compares several, and shows a running job's preview."""
