from django.dispatch import Signal

# Sent before anything of a decision is written, with the same words: a receiver refuses it by raising a UserError.
case_deciding = Signal()
# Sent inside the deciding transaction with: case, approved (bool), reason (str), by (User), and parts: keys of what
# has to be put right, none where nothing was named.
case_decided = Signal()
