"""The hosted pages of Connect."""
