"""Pre-trade controls: what may be sent, by rules that the risk manager sets.

Owns: the rules and the checks against them. May not: read files (``engine.limits_file`` does),
send, or cancel. A control never stops a cancel, and never a hedge of proven exposure.
"""
