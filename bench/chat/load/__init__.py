"""The load: people in pairs, in a process of their own, as lean as Python allows."""
