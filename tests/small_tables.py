"""Labelled texts made up for tests: enough signal to learn from, enough noise to be wrong at times."""

from __future__ import annotations

import random

from baselines.dataset import LabelledTexts

TOPICS = {
    "返品": ["返品したい", "返金してほしい", "商品を返したい", "交換は可能ですか", "不良品でした"],
    "配送": [
        "届きません",
        "配送状況を知りたい",
        "到着日はいつですか",
        "住所を変更したい",
        "荷物が遅れています",
    ],
    "会員": [
        "ログインできない",
        "パスワードを忘れた",
        "退会したい",
        "登録情報を変えたい",
        "会員番号が不明です",
    ],
}
ENGLISH = {
    "refund": [
        "send my money back",
        "i want a refund",
        "the item is broken",
        "exchange it please",
        "return this order",
    ],
    "delivery": [
        "where is my parcel",
        "it has not arrived",
        "change the delivery address",
        "shipping is late",
        "track it",
    ],
    "account": [
        "i cannot log in",
        "reset my password",
        "close my account",
        "update my details",
        "my user name is lost",
    ],
}
OPENINGS = {
    "ja": ["すみません、", "先週の注文ですが、", "教えてください。", "急いでいます。", ""],
    "en": ["hello ", "please help ", "last week ", "hi team ", ""],
}
ITEMS = {
    "ja": ["靴", "鞄", "時計", "椅子", "本", "茶碗", "傘", "机", "帽子", "眼鏡"],
    "en": ["shoes", "bag", "watch", "chair", "book", "cup", "umbrella", "desk", "hat", "glasses"],
}


def inquiries(rows: int, language: str = "ja", noise: float = 0.1, seed: int = 1) -> LabelledTexts:
    """`rows` inquiries over three labels, evenly; a share of them carries a label drawn at random."""
    draw = random.Random(seed)  # noqa: S311 - made-up rows, no secret
    topics = TOPICS if language == "ja" else ENGLISH
    names = list(topics)
    texts, labels = [], []
    for at in range(rows):
        label = names[at % len(names)]
        item, size = draw.choice(ITEMS[language]), draw.choice("SML")
        texts.append(f"{draw.choice(OPENINGS[language])}{item} {size}{at} {draw.choice(topics[label])}")
        labels.append(draw.choice(names) if draw.random() < noise else label)
    return LabelledTexts(tuple(texts), tuple(labels))
