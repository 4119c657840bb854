"""Which words say that a place is nobody's living room: two who do not know each other meet where others are."""

import re
import unicodedata

# Of the traditional characters those that stand in the words below.
SIMPLIFIED = str.maketrans(
    "賓館裡裏樓號單飯廳間別區園莊湯場鐘點麵鍋燒雞鴨魚廣購書術媽們處對門廚棟層東療貨薩餃粵漢國適時標準",
    "宾馆里里楼号单饭厅间别区园庄汤场钟点面锅烧鸡鸭鱼广购书术妈们处对门厨栋层东疗货萨饺粤汉国适时标准",
)
HAN = "\u3400-\u9fff"
BLANK_AT_HAN = re.compile(rf"(?<=[{HAN}])\s+|\s+(?=[{HAN}])")


def _words(letters: str) -> str:
    """Whole Latin words: SPACE is no spa."""
    return rf"(?<![a-z])(?:{letters})(?![a-z])"


LODGING = r"酒店|宾馆|旅馆|旅社|旅店|旅舍|招待所|客栈|如家(?!常)|汉庭|全季|亚朵|锦江之星|莫泰|格林豪泰|" + _words(
    r"hotels?|motel|hostel|inn|airbnb"
)
HOUSING = r"公寓|小区|花园|新村|家园|别墅|" + _words(r"apartments?|apt")
# A street, a tower or a town that is called after one, and where to turn at one.
ONLY_A_NAME = re.compile(
    rf"(?:{LODGING}|{HOUSING}|温泉|汤泉)+"
    r"(?:[东西南北中]?[一二三四五六七八九十\d]*(?:路|街|大道|道|巷)|广场|大厦|中心|镇|池|站|"
    r"旁|边上|对面|隔壁|附近|斜对面|底商|[东西南北正]?门)"
)
WHOSE = r"(?:(?:我|你|您|他|她)们?|自己|朋友|同事|同学|闺蜜|爸妈|父母|爸爸|妈妈)的?"
HOME = re.compile(
    rf"(?:^|[,、·(在来去到]){WHOSE}(?:爸|妈|爸妈|父母|爷爷|奶奶|姐|哥)?家"
    r"(?:$|[里中吃喝做见聚接楼门,、·()]|附近|的?(?:客厅|厨房|阳台|餐桌))|"
    r"(?:^|[,、·(在来去到])家[里中](?:$|[吃喝做见聚,、·()])|"
    rf"{WHOSE}(?:房|公寓|酒店|宾馆|宿舍|别墅|住(?!院))|住的地方|租的房|住处|住所|宿舍|寝室|出租屋|出租房|"
    rf"(?:{LODGING}|{HOUSING})[里内]?(?:吃|喝|做饭|做菜)|" + _words(r"my (?:place|home|house|flat|apartment|hotel)")
)
SLEEPING = re.compile(
    r"客房|套房|钟点房|大床|双床|床位|床上|双人床|标间|标准间|房号|\d号?房|的房间|^房间(?:$|[里内])|"
    + _words(r"bed|bedroom|my room|rooms? ?\d+")
)
BUSINESS = re.compile(
    r"日租(?!界)|短租|民宿|足浴|足疗|洗浴|浴场|浴池|浴室|浴所|汤泉|温泉|桑拿|汗蒸|按摩|推拿|私密|私人会所|影吧|私人影院|"
    + _words(r"spa")
)
# Whatever else is said of it: somebody's home, a room to sleep in, or a place that is about something else.
NEVER = (HOME, SLEEPING, BUSINESS)
LODGES = re.compile(LODGING)
# Three or four digits that are no number of a house.
ROOM = re.compile(r"(?<![路街道弄巷\d])\d{3,4}(?![\d号弄院])|\d室")
# Unless a place where all may sit is named too.
PRIVATE = re.compile(rf"{LODGING}|{HOUSING}|(?:号楼|单元|栋|幢)\D*\d{{3,4}}")
ELSEWHERE = re.compile(rf"{LODGING}|{HOUSING}")
PUBLIC = re.compile(
    r"餐|饭店|饭馆|食府|酒楼|茶楼|菜|馆子|小馆|面馆|[拉捞拌]面|米线|米粉|饺|火锅|烧烤|烤|小吃|食堂|美食|料理|寿司|披萨|汉堡|"
    r"牛排|海鲜|串|粥|咖啡|茶|甜品|面包|烘焙|大堂|广场|商场|购物中心|百货|公园|书店|博物馆|美术馆|影城|吧|"
    r"星巴克|瑞幸|肯德基|麦当劳|必胜客|德克士|华莱士|海底捞|西贝|全聚德|萨莉亚|"
    + _words(r"coffee|cafe|café|mall|restaurant|bistro|bar|starbucks|kfc|mcdonald'?s|tims?|manner|pizza")
)
# Where the sick are looked after; there a bed, a room with a number and a massage are what they are elsewhere not.
CARE = re.compile(
    r"医院|诊|卫生|病房|病区|住院|急救|护士|体检|保健|妇幼|院区|挂号|药房|"
    + _words("hospital|clinic|ward|outpatients?")
)
# What one does is no name of a place.
DOING = re.compile(r"^(?:一起|出来|来|去)*[喝吃做]")


def is_public(venue: str, district: str, address: str) -> bool:
    """False of a home, a hotel room and the like, by what is written of it. A hotel's café is public."""
    said = [_plain(words) for words in (venue, district, address)]
    if any(rule.search(words) for rule in NEVER for words in said) or _is_a_hotels_room(said):
        return False
    if PUBLIC.search(said[0]) and not DOING.search(said[0]):
        return True
    return not any(PRIVATE.search(words) for words in said)


def is_for_patients(words: str) -> bool:
    """False of a home, a hotel room and the like, given as a hospital or as where two meet at one."""
    said = _plain(words)
    if HOME.search(said) or _is_a_hotels_room([said]):
        return False
    if CARE.search(said) or (PUBLIC.search(said) and not SLEEPING.search(said)):
        return True
    return not any(rule.search(said) for rule in (SLEEPING, BUSINESS, ELSEWHERE))


def _is_a_hotels_room(said: list[str]) -> bool:
    return any(LODGES.search(words) for words in said) and any(ROOM.search(words) for words in said)


def _plain(words: str) -> str:
    """Simplified, half width, lower case, no blanks between characters, and without what is only a name."""
    folded = unicodedata.normalize("NFKC", words).casefold().translate(SIMPLIFIED)
    return ONLY_A_NAME.sub("", BLANK_AT_HAN.sub("", re.sub(r"\s+", " ", folded).strip()))
