"""hatoba measured against peers and physical limits, in one run.

``python -m benchmarks`` runs every module of this package that has a ``run`` function and prints one
table; ``python -m benchmarks gateway`` runs only those named. A benchmark that lacks a tool says so and
is skipped. Ratios within one run mean something on a noisy machine, absolute numbers little.
"""
