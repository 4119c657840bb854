"""python -m stripe_sandbox --port P --db FILE"""

from stripe_sandbox.cli import main

main()
