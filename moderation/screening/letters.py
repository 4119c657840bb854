"""Tables of letters: what stands for what in the writing of people who would rather not be read by a machine."""

HEARTS = "❤♥♡💓💔💕💖💗💘💙💚💛💜💝💞💟🖤🤍🤎🧡🩷🩵🩶❣🫀💌"
PHONES = "☎📞📲📱🤙☏✆"
# Longer than one letter where the picture is the thing itself, one letter where it is there for its sound.
PICTURES = {
    **dict.fromkeys(HEARTS, "心"),
    **dict.fromkeys(PHONES, "电话"),
    **dict.fromkeys("➕✚✛🞡🞢🞣", "加"),
    **dict.fromkeys("🛰📡", "卫星"),
    **dict.fromkeys("🐧", "企鹅"),
    **dict.fromkeys("✈🛩🛫🛬", "飞机"),
    **dict.fromkeys("📧✉📩📨📬📭📮", "邮箱"),
    **dict.fromkeys("💰💴💵💶💷💸💲🪙🤑", "钱"),
    **dict.fromkeys("🐔🐓🐤🐣🐥", "鸡"),
    **dict.fromkeys("🐴🐎", "马"),
    **dict.fromkeys("🎵🎶", "音"),
    **dict.fromkeys("○◯⭕⚪", "0"),
    "🧧": "红包",
    "🍠": "小红书",
    "📕": "小红书",
    "✌": "v",
    "🐆": "豹",
    "💳": "卡",
    "🏧": "取款",
    "🏠": "家",
    "👄": "口",
    "🐮": "牛",
    "🐂": "牛",
}
# Of other alphabets, and Han characters written for another.
LOOKALIKES = str.maketrans(
    {
        **dict(zip("аеорсхуѵԛνωυшкмтвніј", "aeopcxyvqvwuwkmtbhij", strict=True)),
        **dict(zip("妳伱沵莪涐吥卟帐", "你你你我我不不账", strict=True)),
        "著": "着",
    }
)
# 〇 and the keypad's 幺, the numerals of cheques, those of every day.
DIGITS = str.maketrans(
    {
        **dict(zip("零〇一幺壹弌", "001111", strict=True)),
        **dict(zip("二两贰弍", "2222", strict=True)),
        **dict(zip("三叁弎仨", "3333", strict=True)),
        **dict(zip("四肆五伍六陆七柒", "44556677", strict=True)),
        **dict(zip("八捌九玖", "8899", strict=True)),
        "佰": "百",
        "仟": "千",
        "拾": "十",
        "萬": "万",
    }
)
SOUNDS_OF_DIGITS = {
    "0": ("ling",),
    "1": ("yi", "yao"),
    "2": ("er", "liang"),
    "3": ("san",),
    "4": ("si",),
    "5": ("wu",),
    "6": ("liu",),
    "7": ("qi",),
    "8": ("ba",),
    "9": ("jiu",),
}
# Seen as nothing, though Unicode has them as letters or symbols.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# First letters of enclosed alphabets that NFKC leaves alone: 🅐, 🅰 and the flags' letters.
ALPHABETS = (0x1F150, 0x1F170, 0x1F1E6)
# The last of a clause: a "not" before it says nothing of what follows. Not what people put between letters: . - / ~
CLAUSE_ENDS = frozenset(",!?;，。！？；、…")
