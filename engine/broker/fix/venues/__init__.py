"""The venue profiles that come with the adapter; data only."""
