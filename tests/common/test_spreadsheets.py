"""Tables for spreadsheets."""

import csv

from common.money import plain_yuan
from common.spreadsheets import Yuan, csv_answer


def test_no_cell_is_a_formula_and_sums_are_numbers():
    rows = [["When", "What"], ["=1+1", "@x"], [Yuan(plain_yuan(-50)), -3], ["a, b", "中文"]]
    answer = csv_answer("table.csv", iter(rows))
    text = b"".join(answer.streaming_content).decode()
    assert answer.streaming and answer["Content-Disposition"] == 'attachment; filename="table.csv"'
    assert text.startswith("\ufeff")
    read = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    assert read == [["When", "What"], ["'=1+1", "'@x"], ["-0.50", "-3"], ["a, b", "中文"]]
