class StackError(Exception):
    """Why the stack cannot start, in one line for the person at the keyboard."""
