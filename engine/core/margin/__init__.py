"""Worst-case margin: what a group may tie up on its way, before its first order.

Owns: the SPAN-style scan and the walk over the fill states that a group can reach. May not: keep
positions or quotes; they come in. Inside the scan numbers are ``float``: it sums thousands of
model values whose model error is far above 1e-16; figures come out as ``Decimal``, in cents,
rounded up.
"""
