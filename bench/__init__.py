"""Benchmarks that print ratios against peers."""
