"""A file of hospitals: taken as a whole or not at all, and twice is once."""

import pytest
from django.core.management import CommandError, call_command

from places import services
from places.departments import SETS
from places.errors import BadFile
from places.models import Hospital
from places.services import importing
from tests.rivals import rival
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db
HEAD = "city,name,aliases,district,level,address,departments"
GOOD = "拉萨,拉萨南岸医院,南岸 南岸医院,城关区,三级甲等,林廓北路1号,general -paediatrics burns"
OTHER = "拉萨,拉萨北岸医院,北岸,城关区,,,eye"


def a_file(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *lines, ""]).encode()


def wrong(*lines: str, head: str = HEAD) -> list[tuple[int, str]]:
    """The lines that are refused; nothing has come in then."""
    before = Hospital.objects.count()
    with pytest.raises(BadFile) as refused:
        services.import_hospitals(a_file(*lines, head=head))
    assert Hospital.objects.count() == before
    return refused.value.lines


@pytest.fixture
def lhasa(db):
    return Hospital.objects.filter(city="拉萨")


def test_what_it_says_is_in_the_table(lhasa):
    done = services.import_hospitals(a_file(GOOD))
    assert (done.created, done.changed, done.unchanged) == (1, 0, 0)
    hospital = lhasa.get()
    assert (hospital.name, hospital.district, hospital.level) == ("拉萨南岸医院", "城关区", "三级甲等")
    assert (hospital.aliases, hospital.address) == (["南岸", "南岸医院"], "林廓北路1号")
    assert set(hospital.departments) == {*SETS["general"], "burns"} - {"paediatrics"}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["without mark", "with mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_as_spreadsheets_write_it(lhasa, mark, end):
    services.import_hospitals(mark + end.join([HEAD, "", GOOD, ",,,,,,"]).encode())
    assert lhasa.count() == 1


def test_columns_in_another_order_and_needless_blanks(lhasa):
    head = "name,city,departments,district,aliases,level,address"
    services.import_hospitals(a_file(" 南岸医院　, 拉萨市 ,eye;ent,城关区,南岸、河边,,", head=head))
    assert (lhasa.get().name, lhasa.get().aliases) == ("南岸医院", ["南岸", "河边"])


def test_twice_is_once(lhasa):
    services.import_hospitals(a_file(GOOD, OTHER))
    before = list(lhasa.values())
    done = services.import_hospitals(a_file(GOOD, OTHER))
    assert (done.created, done.changed, done.unchanged) == (0, 0, 2)
    assert list(lhasa.values()) == before


def test_what_is_known_becomes_what_the_file_says_and_keeps_its_row(lhasa):
    services.import_hospitals(a_file(GOOD, OTHER))
    before = lhasa.get(name="拉萨南岸医院").pk
    done = services.import_hospitals(a_file(GOOD.replace("城关区", "达孜区").replace("南岸 南岸医院", "")))
    assert (done.created, done.changed, done.unchanged) == (0, 1, 0)
    hospital = lhasa.get(name="拉萨南岸医院")
    assert (hospital.pk, hospital.district, hospital.aliases) == (before, "达孜区", [])
    assert lhasa.filter(name="拉萨北岸医院").exists()


def test_a_name_may_move_from_one_to_another_in_one_file(lhasa):
    services.import_hospitals(a_file(GOOD, OTHER))
    services.import_hospitals(a_file(GOOD.replace("南岸 南岸医院", "北岸"), OTHER.replace("北岸,", "南岸,")))
    assert services.find("拉萨", "南岸").name == "拉萨北岸医院"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (GOOD.replace("拉萨,拉萨", ",拉萨"), "city:"),
        (GOOD.replace("拉萨南岸医院", ""), "name:"),
        (GOOD.replace("拉萨南岸医院", "长" * 61), "name:"),
        (GOOD.replace("城关区", ""), "district:"),
        (GOOD.replace("三级甲等", "三甲"), "level:"),
        (GOOD.replace("burns", "magic"), "magic"),
        (GOOD.replace("general", "-magic"), "magic"),
        (GOOD.replace("general -paediatrics burns", ""), "departments:"),
        (GOOD.replace("南岸 ", "长" * 31 + " "), "aliases:"),
        (GOOD + ",more", "7 columns are expected, here are 8"),
        ("拉萨,拉萨南岸医院", "7 columns are expected, here are 2"),
        (GOOD.replace("拉萨南岸医院", '"拉萨南岸医院'), "unexpected end of data"),
    ],
)
def test_a_line_that_does_not_do_is_named_with_why(line, why):
    [(number, told)] = wrong(OTHER, "", line)
    assert (number, why in told) == (4, True), told


def test_every_bad_line_is_told_at_once():
    lines = wrong(GOOD.replace("城关区", ""), OTHER, GOOD.replace("三级甲等", "三甲"))
    assert [number for number, _why in lines] == [2, 4]


@pytest.mark.parametrize(
    "head", ["", "city,name", f"{HEAD},more", HEAD.replace("district", "quarter"), "city," + HEAD[5:] + ",city"]
)
def test_the_columns_have_to_be_those(head):
    [(number, told)] = wrong(GOOD, head=head)
    assert "city, name, aliases, district, level, address, departments" in told


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (a_file(GOOD, OTHER).replace("北岸".encode(), "北岸".encode("gb18030")), 3, "not UTF-8"),
        (a_file(GOOD, OTHER).replace("北岸".encode(), b"\0"), 3, "NUL"),
        (b"", 1, "columns"),
    ],
)
def test_what_is_no_such_file(content, line, why, lhasa):
    with pytest.raises(BadFile) as refused:
        services.import_hospitals(content)
    [(number, told)] = refused.value.lines
    assert (number, why in told) == (line, True)
    assert not lhasa.exists()


def test_the_same_hospital_twice():
    assert wrong(GOOD, OTHER, GOOD) == [(4, "拉萨南岸医院 is on line 2 already")]


@pytest.mark.parametrize("alias", ["拉萨南岸医院", "南岸", "（南岸）"])
def test_a_name_that_means_another_one_in_the_file(alias):
    [(number, told)] = wrong(GOOD, OTHER.replace("北岸,", f"{alias},"))
    assert (number, told.endswith("is a name of 拉萨南岸医院 already")) == (3, True)


def test_a_name_that_means_one_in_the_table(lhasa):
    services.import_hospitals(a_file(GOOD))
    assert wrong(OTHER.replace("北岸,", "南岸,")) == [(2, "南岸 is a name of 拉萨南岸医院 already")]


def test_the_same_name_elsewhere_is_another_hospital(lhasa):
    services.import_hospitals(a_file(OTHER.replace("北岸,", "华山医院,")))
    assert lhasa.get().aliases == ["华山医院"]


class TestCommand:
    def test_it_says_what_it_did(self, tmp_path, capsys):
        path = tmp_path / "hospitals.csv"
        path.write_bytes(a_file(GOOD, OTHER))
        call_command("import_hospitals", str(path))
        call_command("import_hospitals", str(path))
        assert capsys.readouterr().out.splitlines() == [
            "2 new, 0 changed, 0 as they were.",
            "0 new, 0 changed, 2 as they were.",
        ]

    def test_it_names_the_lines(self, tmp_path, lhasa):
        path = tmp_path / "hospitals.csv"
        path.write_bytes(a_file(GOOD, OTHER.replace("城关区", "")))
        with pytest.raises(CommandError, match=r"(?s)Nothing was taken in.*line 3: district: This field cannot be"):
            call_command("import_hospitals", str(path))
        assert not lhasa.exists()

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("import_hospitals", str(tmp_path / "none.csv"))

    def test_help_tells_every_column_and_every_key(self, capsys):
        with pytest.raises(SystemExit):
            call_command("import_hospitals", "--help")
        told = capsys.readouterr().out
        assert all(f"\n  {column} " in told for column in HEAD.split(","))
        assert "cardiology" in told and "tcm_hospital" in told


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Two files, each of which gives a name of its own hospital."""

    FILES = (a_file(GOOD), a_file(OTHER.replace("北岸,", "南岸,")))

    @pytest.fixture(autouse=True)
    def afterwards(self):
        yield
        Hospital.objects.filter(city="拉萨").delete()

    def import_both(self) -> list:
        first, second = self.FILES
        with rival(lambda: services.import_hospitals(first)) as meanwhile:
            outcome = meanwhile(lambda: failures(at_once(lambda: services.import_hospitals(second))))
        return outcome()

    def test_the_second_sees_what_the_first_took(self):
        [refused] = self.import_both()
        assert isinstance(refused, BadFile)
        assert services.find("拉萨", "南岸").name == "拉萨南岸医院"

    def test_without_the_lock_one_name_would_mean_two(self, monkeypatch):
        monkeypatch.setattr(importing, "LOCK", "SELECT 1")
        assert self.import_both() == []
        assert services.find("拉萨", "南岸") is None
