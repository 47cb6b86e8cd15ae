"""The only async code: queue, core, one commit, act."""
