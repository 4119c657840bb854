"""The words for a card that is kept without a payment, Chinese first."""

ZH = {
    "keep_for": "为 %s 保存",
    "keep_plain": "保存一张卡",
    "keep_heading": "保存一张卡，方便以后付款",
    "keep_which": "要保存的卡",
    "keep_text": "现在不扣款。这张卡会留着，以后付款时不用再填。",
    "keep": "保存这张卡",
    "keeping": "正在保存…",
    "keep_until": "请在 %s(北京时间)前完成",
    "keep_left": "请在 {left} 内完成",
    "keep_left_over": "时间已过",
    "closed_kept": "这张卡已经保存好了",
    "closed_kept_text": "没有扣款。以后付款时可以直接用它。",
    "closed_lapsed": "这个链接已过期",
    "closed_lapsed_text": "没有保存任何卡。请回到商家页面再试一次。",
    "authenticate_setup_intent": "请确认这是你的卡",
    "authenticate_text_setup_intent": "真实环境里，这里是发卡银行的 3-D Secure 验证页面。现在不扣款。",
    # Said instead of what is said to somebody who pays.
    "setup_card_4242": "保存成功",
    "setup_declined_generic_decline": "这张卡被银行拒绝了，没有保存，也没有扣款。请换一张卡再试。",
    "setup_declined_insufficient_funds": "这张卡余额不足，没有保存，也没有扣款。请换一张卡再试。",
    "setup_declined_authentication": "没有通过银行的验证，卡没有保存，也没有扣款。请再试一次，或换一张卡。",
}

EN = {
    "keep_for": "Save for %s",
    "keep_plain": "Save a card",
    "keep_heading": "Save a card for later payments",
    "keep_which": "Card to save",
    "keep_text": "You are not charged now. The card is kept, so that you need not enter it again.",
    "keep": "Save this card",
    "keeping": "Saving…",
    "keep_until": "Please finish before %s (Beijing time)",
    "keep_left": "Please finish within {left}",
    "keep_left_over": "The time is over",
    "closed_kept": "This card has been saved",
    "closed_kept_text": "You were not charged. You can use it for later payments.",
    "closed_lapsed": "This link has expired",
    "closed_lapsed_text": "No card was saved. Go back to the merchant and try again.",
    "authenticate_setup_intent": "Please confirm that this card is yours",
    "authenticate_text_setup_intent": "When it is real, the card's bank shows its 3-D Secure page here. "
    "You are not charged now.",
    # Said instead of what is said to somebody who pays.
    "setup_card_4242": "Is saved",
    "setup_declined_generic_decline": "Your card was declined and not saved. You were not charged. Try another card.",
    "setup_declined_insufficient_funds": "Your card has insufficient funds and was not saved. Try another card.",
    "setup_declined_authentication": "Your bank could not verify you. Nothing was saved or charged. Try again.",
}
