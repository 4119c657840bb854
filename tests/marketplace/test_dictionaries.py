"""Reading the dictionaries of Chinese words and their sounds is a third of what starting a process may take."""

import subprocess
import sys

from devstack.places import CHECKOUT

START = """
import sys, django
django.setup()
from marketplace.celery import app
app.loader.import_default_modules()
print({"pypinyin", "rjieba"} & set(sys.modules))
import marketplace.asgi
print({"pypinyin", "rjieba"} - set(sys.modules))
"""


def test_a_worker_does_without_and_a_web_process_has_them_before_somebody_searches():
    done = subprocess.run([sys.executable, "-c", START], cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n") == ["set()", "set()", ""], done.stderr
