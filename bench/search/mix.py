"""What is asked, and how often: a hundred requests as people make them, written down."""

import random

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
    (4, "q=失恋", 1),
    (2, "q=上海 老人", 1),
    (3, "q=华山医院", 1),
    (2, "q=考研 深夜&kind=listener", 1),
    (2, "q=wangjing", 1),
    (2, "q=hsyy&city=上海", 1),
    (2, "q=养蜂", 1),
    (2, "q=华杉医院", 1),
    (2, "q=haushan", 1),
    (1, "q=失恋&kind=clinic&city=拉萨&reply=15&rating=4.8", 1),
    (1, "topic=轮椅&kind=dining&language=hakka&gender=other", 1),
    (1, "price_min=29.5&price_max=29.9", 1),
]


def requests(count: int, seed: int) -> list[tuple[str, int]]:
    """So many (query, page), shuffled."""
    rng = random.Random(seed)
    every = [(query, page) for weight, query, page in MIX for _ in range(weight)]
    asked = [one for _ in range(-(-count // len(every))) for one in rng.sample(every, len(every))]
    return asked[:count]
