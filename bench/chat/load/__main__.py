"""A plan as JSON on the first line of the input, what came of it as JSON on the last of the output; between them a word
at each moment at which somebody outside has to look: begin and end of a window, warm and full of idle sockets.
"""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Coroutine
from typing import Any

from bench.chat.load.runs import KINDS, Plan

try:
    import uvloop
except ImportError:
    uvloop = None


def run(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    return uvloop.run(work) if uvloop else asyncio.run(work)


if __name__ == "__main__":
    plan = Plan(**json.loads(sys.stdin.readline()))
    # People sit elsewhere: when a server writes to one it must not lose its core to him at once.
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    # It lives for seconds; what a collection would stop for counts as the server's latency.
    gc.disable()
    found = run(KINDS[plan.kind](plan))
    print(json.dumps(found | {"loop": "uvloop" if uvloop else "asyncio"}))
