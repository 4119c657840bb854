"""A shelf full of people who do not exist: skewed as real ones are, the same for the same seed."""

import csv
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from listings import services
from listings.kinds import KINDS
from listings.models import Listing

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
    "彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
)
GIVEN = (
    "静敏丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华兰梅红云芳玲燕萍"
    "建文辉力军健俊帆慧巧美娜倩彤雨晨欣怡佳思婷宇航浩然子涵梓萱"
)
CITIES = [
    "上海",
    "北京",
    "广州",
    "深圳",
    "成都",
    "杭州",
    "重庆",
    "武汉",
    "西安",
    "苏州",
    "南京",
    "天津",
    "郑州",
    "长沙",
    "东莞",
    "沈阳",
    "青岛",
    "合肥",
    "佛山",
    "宁波",
    "昆明",
    "大连",
    "福州",
    "厦门",
    "哈尔滨",
    "济南",
    "温州",
    "南宁",
    "长春",
    "泉州",
    "石家庄",
    "贵阳",
    "南昌",
    "金华",
    "常州",
    "无锡",
    "嘉兴",
    "太原",
    "徐州",
    "惠州",
    "拉萨",
    "西宁",
]
DISTRICTS = [
    "朝阳区",
    "海淀区",
    "静安区",
    "徐汇区",
    "天河区",
    "南山区",
    "武侯区",
    "西湖区",
    "江汉区",
    "雁塔区",
    "姑苏区",
    "鼓楼区",
]
HOSPITALS = [
    "大学附属第一医院",
    "大学附属华山医院",
    "市人民医院",
    "市第二人民医院",
    "市中心医院",
    "市儿童医院",
    "市妇幼保健院",
    "省肿瘤医院",
    "协和医院",
    "同济医院",
    "瑞金医院",
    "华西医院",
    "湘雅医院",
    "仁济医院",
    "中医院",
]
VENUES = ["步行街", "万象城", "老城区的茶馆", "大学城", "湖边的咖啡馆", "火锅一条街", "滨江公园", "创意园"]
TOPICS = [
    "职场",
    "失恋",
    "考研",
    "深夜",
    "家庭",
    "MBTI",
    "社恐",
    "异地恋",
    "原生家庭",
    "裸辞",
    "加班",
    "失眠",
    "老人",
    "儿科",
    "轮椅",
    "化疗",
    "产检",
    "胃肠镜",
    "取报告",
    "复诊",
    "火锅",
    "素食",
    "咖啡",
    "散步",
    "夜宵",
    "早茶",
    "探店",
    "一人食",
    "粤语",
    "川话",
    "英语",
    "游戏",
    "电影",
    "动漫",
    "读书",
    "猫",
    "狗",
    "跑步",
    "考公",
    "高考",
    "留学",
    "创业",
    "带娃",
    "婆媳",
    "毕业",
    "租房",
    "焦虑",
    "孤独",
    "树洞",
    "闲聊",
]
OPENINGS = [
    "听你说完",
    "陪你坐一会儿",
    "一个人也可以",
    "慢慢来",
    "我在",
    "今晚不催",
    "排队我来",
    "好好吃饭",
    "先喝口水",
    "不评判",
    "说什么都行",
    "医院的路我熟",
]
CLOSINGS = [
    "不急着给建议",
    "说完再睡",
    "哪个窗口快我知道",
    "你只管坐着",
    "不聊工作也行",
    "走累了就停",
    "话多话少都好",
    "菜你点我陪",
    "每一步都告诉你",
    "晚八点到凌晨两点",
    "周末都在",
    "退休护士",
]
LANGUAGES = ["cantonese", "sichuan", "wu", "hokkien", "hakka", "northeast", "hunan", "shaanxi", "english", "sign"]
ABOUT = "我会听你把话说完，不催，不评判，也不急着给建议。你想停就停。" * 8
CHUNK = 5000


NOWHERE = {
    **dict.fromkeys(("city", "district", "hospital", "venue_area"), ""),
    **dict.fromkeys(("promise_s", "included_hours", "overtime_fen", "valid_until")),
}


def fill(count: int, *, seed: int = 3) -> None:
    """So many published listings of as many companions, 3 % of them here now."""
    made = Listing.objects.count()
    rng = random.Random(seed + made)
    with _indexes_last():
        for start in range(made + 1, count + 1, CHUNK):
            with transaction.atomic():
                _some(range(start, min(start + CHUNK, count + 1)), rng)
            services.index_words()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def _indexes_last() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'shelf%%' AND indexname <> 'shelf_stale'"
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _name, definition in indexes:
            cursor.execute(definition)


def _some(numbers: range, rng: random.Random) -> None:
    companions = [_companion(number, rng) for number in numbers]
    listings = [_listing(companion, rng) for companion in companions]
    with connection.cursor() as cursor:
        # One statement for the lot instead of a trigger for each.
        cursor.execute("SET LOCAL session_replication_role = replica")
        _copy(cursor, "accounts_user", [_user(number) for number in numbers])
        _copy(cursor, "listings_companion", companions)
        _copy(cursor, "listings_listing", listings)
        for table, made in (("weeklyhours", _hours), ("specialday", _special_days), ("takentime", _promises)):
            _copy(cursor, f"listings_{table}", [row for number in numbers for row in made(number, rng)])
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("SELECT listings_shelve(%s)", [list(numbers)])


def _copy(cursor: Any, table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    lines = StringIO()
    csv.writer(lines).writerows([_cell(value) for value in row.values()] for row in rows)
    lines.seek(0)
    cursor.copy_expert(f"COPY {table} ({', '.join(rows[0])}) FROM STDIN (FORMAT csv, NULL '\\N')", lines)


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "{" + ",".join(value) + "}"
    return r"\N" if value is None else value


def _user(number: int) -> dict[str, Any]:
    no = {"is_superuser": False, "is_staff": False}
    name = {"email": f"bench{number}@example.com", "display_name": "某人", "password": "!", "language": "zh-hans"}
    return {"id": number, **name, **no, "is_active": True, "birth_date": "1990-01-01"}


def _companion(number: int, rng: random.Random) -> dict[str, Any]:
    here = rng.random() < 0.03
    return {
        "id": number,
        "user_id": number,
        "display_name": rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2)))),
        "gender": rng.choices(("female", "male", "other"), (66, 32, 2))[0],
        "city": _skewed(CITIES, rng),
        "languages": ["mandarin", *rng.sample(LANGUAGES, rng.choices((0, 1, 2), (60, 30, 10))[0])],
        "about": ABOUT[:300],
        "avatar_seed": f"{number:08x}",
        "accepting": here or rng.random() < 0.2,
        # Somebody who is here stays here for the whole run.
        "seen_at": timezone.now() + timedelta(hours=6 if here else -rng.randrange(1, 900)),
        "buffer_minutes": 10,
        "lead_minutes": 60,
        "approved_at": timezone.now() - timedelta(minutes=rng.randrange(1, 60 * 24 * 400)),
        "approved_kinds": sorted(KINDS),
        "is_demo": False,
        "completion_pm": None if rng.random() < 0.4 else rng.randrange(700, 1001),
    }


def _hours(number: int, rng: random.Random) -> list[dict[str, Any]]:
    """Two evenings of each week."""
    weekdays = rng.sample(range(7), 2)
    return [{"companion_id": number, "weekday": day, "start_min": 1200, "length_min": 300} for day in weekdays]


def _special_days(number: int, rng: random.Random) -> list[dict[str, Any]]:
    """One of ten has a day off within the next four weeks."""
    day = timezone.localdate() + timedelta(days=rng.randrange(28))
    return [{"companion_id": number, "day": day}] if rng.random() < 0.1 else []


def _promises(number: int, rng: random.Random) -> list[dict[str, Any]]:
    """One of five has an order for an evening of the next week."""
    starts = timezone.now() + timedelta(days=rng.randrange(7), hours=1)
    ends = starts + timedelta(hours=1)
    times = {"starts_at": starts, "ends_at": ends, "free_again_at": ends + timedelta(minutes=10)}
    return [{"companion_id": number, "ref": UUID(int=rng.getrandbits(128)), **times}] if rng.random() < 0.2 else []


def _listing(companion: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    kind = rng.choices(("listener", "clinic", "dining"), (60, 22, 18))[0]
    ratings = 0 if rng.random() < 0.5 else min(int(rng.paretovariate(0.8)), 800)
    low, high = KINDS[kind].usual_price_fen
    return {
        "id": companion["id"],
        "companion_id": companion["id"],
        "kind": kind,
        "status": "published",
        "headline": f"{rng.choice(OPENINGS)}，{rng.choice(CLOSINGS)}",
        "about": ABOUT,
        "not_offered": "",
        "topics": list(dict.fromkeys(_skewed(TOPICS, rng) for _ in range(rng.randrange(2, 7)))),
        "price_fen": rng.randrange(low, high + 1, 100),
        "approved_at": timezone.now() - timedelta(minutes=rng.randrange(1, 60 * 24 * 400)),
        "rating_count": ratings,
        "rating_sum": sum(rng.choices((5, 4, 3, 2, 1), (70, 18, 6, 3, 3), k=ratings)),
        "median_reply_ms": None if rng.random() < 0.5 else int(rng.lognormvariate(10.3, 0.9)),
        **NOWHERE,
        **_place(kind, companion["city"], rng),
    }


def _place(kind: str, city: str, rng: random.Random) -> dict:
    if kind == "clinic":
        hospital = f"{city}{rng.choice(HOSPITALS)}"
        return {
            "city": city,
            "district": rng.choice(DISTRICTS),
            "hospital": hospital,
            "included_hours": 4,
            "overtime_fen": 4000,
            "valid_until": timezone.localdate() + timedelta(days=rng.randrange(30, 400)),
        }
    if kind == "dining":
        return {"city": city, "venue_area": f"{city}{rng.choice(VENUES)}"}
    return {"promise_s": rng.choice((30, 60, 60, 120))}


def _skewed(values: list[str], rng: random.Random) -> str:
    """The first are frequent, the last are rare: about as 1/n."""
    return values[int(len(values) ** rng.random()) - 1]
