"""The real core, shell and store in a world that is drawn from one seed."""
