"""Which words say that a place is nobody's living room: two who do not know each other meet where others are."""

import re
import unicodedata

# Whatever else is said of it: somebody's home, a room to sleep in, or a place that is about something else.
NEVER = re.compile(
    r"我家里?$|[来去到在]我家|[你他她]家里?$|家里|家中|住处|住所|宿舍|出租屋|客房|房间|套房|钟点房|大床房|标间|房号|"
    r"日租|短租|民宿|别墅|足浴|足疗|洗浴|桑拿|汗蒸|按摩|spa|私密|私人会所|影吧|私人影院|床"
)
# Unless a place where all may sit is named too.
PRIVATE = re.compile(
    r"酒店|宾馆|旅馆|旅社|旅店|招待所|客栈|公寓|小区|花园(?![路街道])|新村|号楼|单元|\d室|hotel|motel|apartment|airbnb"
)
PUBLIC = re.compile(
    r"餐|饭店|饭馆|食府|酒楼|菜|馆子|面馆|火锅|烧烤|烤|小吃|食堂|美食|料理|寿司|披萨|牛排|海鲜|串|粥|咖啡|coffee|cafe|"
    r"茶|奶茶|甜品|面包|烘焙|大堂|广场|商场|购物中心|百货|mall|公园|书店|博物馆|美术馆|影城|restaurant|bistro|bar|吧"
)


def is_public(venue: str, address: str) -> bool:
    """False of a home, a hotel room and the like, by what is written of it. A hotel's café is public."""
    said = [_plain(venue), _plain(address)]
    if any(NEVER.search(words) for words in said):
        return False
    return bool(PUBLIC.search(said[0])) or not any(PRIVATE.search(words) for words in said)


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", words)).casefold().strip()
