"""Which places are public. The hard ones first: restaurants that sound like homes, hotels with a restaurant."""

import pytest

from meals.venues import is_public

PUBLIC = [
    ("外婆家(西湖店)", "湖滨银泰 5 楼"),
    ("家乡菜馆", "南京西路 1266 号"),
    ("我家酸菜鱼", "中山公园龙之梦 B2"),
    ("老房子川菜", "东诸安浜路 45 号"),
    ("和平饭店 大堂吧", "南京东路 20 号"),
    ("锦江宾馆锦园餐厅", "人民南路二段 80 号"),
    ("希尔顿酒店一楼咖啡厅", "华山路 250 号"),
    ("西贝莜面村", "恒隆广场 4 楼 401 室"),
    ("海底捞火锅", "人民广场来福士 6 楼"),
    ("公寓咖啡", "武康路 378 号"),
    ("小区门口牛肉面馆", "延安路 3 号楼下"),
    ("世纪公园 7 号门", "锦绣路 1001 号"),
    ("星巴克", "花园路 88 号"),
    ("% Arabica", "武康大楼一层"),
    ("南京大牌档", "新街口德基广场 7F"),
    ("Blue Bottle Coffee", "裕通路 123 号"),
    ("大董烤鸭", "金宝街 88 号"),
    ("沙县小吃", "幸福新村 12 号楼底商"),
]
PRIVATE = [
    ("我家", "幸福小区 3 号楼 2 单元 501"),
    ("我家", "淮海中路 999 号 5 楼"),
    ("你家附近", "到你家"),
    ("如家酒店", "中山路 12 号 1203 房间"),
    ("汉庭酒店", "中山路 12 号"),
    ("希尔顿酒店", "套房"),
    ("希尔顿酒店餐厅", "客房送餐"),
    ("朋友的公寓", "长宁路 88 号"),
    ("日租房", "地铁口"),
    ("温馨民宿", "古北路 9 号"),
    ("幸福小区", "3 号楼 501 室"),
    ("家里吃", "幸福路"),
    ("出租屋", "城中村"),
    ("私人影院", "步行街 3 楼"),
    ("水云间足浴", "中山路 2 号"),
    ("SPA 会馆", "三楼"),
    ("Ｈｏｔｅｌ", "Room 1203"),
    ("Airbnb", "静安寺"),
    ("宿舍", "6 栋"),
]


@pytest.mark.parametrize(("venue", "address"), PUBLIC)
def test_a_public_place_is_taken(venue, address):
    assert is_public(venue, address)


@pytest.mark.parametrize(("venue", "address"), PRIVATE)
def test_homes_and_rooms_are_refused(venue, address):
    assert not is_public(venue, address)
