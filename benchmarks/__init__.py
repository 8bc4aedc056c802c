"""Ratios: the product next to a bare server of the same stack, interleaved in one run. Never a single absolute time, never a timed test."""
