"""Exit code 0 when the web process of this container answers, asked under the site's own name."""

import os
import sys
import urllib.request

request = urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": os.environ["SITE_HOST"]})
with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
    sys.exit(answer.status != 200)
