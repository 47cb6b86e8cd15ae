"""Scenario files: the engine as a black box, in virtual time, against a scripted broker."""
