from django.dispatch import Signal

# Sent inside the deciding transaction with: case, approved (bool), reason (str), by (User).
case_decided = Signal()
