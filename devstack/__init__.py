"""Runs 我在 on a machine that has Python and nothing else: PostgreSQL, Valkey and the Stripe stand-in from wheels.

A program of its own: it imports neither Django nor any app. Tests and benchmarks take what they need with

    with devstack.services(throwaway=True) as stack:
        stack.database_url, stack.redis_url, stack.stripe_url
"""

from devstack.errors import StackError
from devstack.services import Services, services

__all__ = ["Services", "StackError", "services"]
