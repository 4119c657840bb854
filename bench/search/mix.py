"""What is asked, and how often: a hundred requests as people make them, written down.

`{}` is a word of somebody's listing, another one each time: what many have is asked for often, what few have seldom.
"""

import random

from listings.models import Listing
from listings.search import words as spelling

# (how many of a hundred, the query, which page)
MIX = [
    (16, "", 1),
    (5, "", 2),
    (3, "", 8),
    (8, "kind=listener", 1),
    (4, "kind=clinic", 1),
    (3, "kind=dining", 2),
    (5, "online=on", 1),
    (4, "online=on&kind=listener", 1),
    (4, "city=上海", 1),
    (3, "city=西宁", 1),
    (4, "kind=clinic&city=北京", 1),
    (2, "kind=clinic&city=拉萨&topic=化疗", 1),
    (3, "sort=price&kind=listener&price_max=30", 1),
    (2, "sort=price&price_min=40&rating=4.8", 4),
    (2, "sort=reply&kind=listener&reply=30", 1),
    (2, "sort=rating&topic=猫", 1),
    (2, "sort=newest", 3),
    (2, "language=sign&gender=male", 1),
    (2, "gender=female&language=cantonese&city=广州&online=on", 1),
    (7, "q={}", 1),
    (2, "q={} {}", 1),
    (2, "q={}&kind=listener", 1),
    (2, "q=wangjing", 1),
    (2, "q=hsyy&city=上海", 1),
    (2, "q=养蜂", 1),
    (2, "q=华杉医院", 1),
    (2, "q=haushan", 1),
    (1, "q=失恋&kind=clinic&city=拉萨&reply=15&rating=4.8", 1),
    (1, "topic=轮椅&kind=dining&language=hakka&gender=other", 1),
    (1, "price_min=29.5&price_max=29.9", 1),
]


def requests(count: int, seed: int) -> list[tuple[str, str, int]]:
    """So many (shape, query, page), shuffled; the shape is the query before its words were drawn."""
    rng = random.Random(seed)
    every = [(query, page) for weight, query, page in MIX for _ in range(weight)]
    asked = [one for _ in range(-(-count // len(every))) for one in rng.sample(every, len(every))][:count]
    drawn = iter(_drawn(sum(query.count("{}") for query, _page in asked), rng))
    return [(query, query.format(*[next(drawn) for _ in range(query.count("{}"))]), page) for query, page in asked]


def _drawn(count: int, rng: random.Random) -> list[str]:
    """Of random listings one word or name each."""
    pks = rng.choices(list(Listing.objects.order_by("pk").values_list("pk", flat=True)), k=count)
    chosen = Listing.objects.select_related("companion").in_bulk(pks)
    return [rng.choice(spelling.indexed(chosen[pk], chosen[pk].companion).terms) for pk in pks]
