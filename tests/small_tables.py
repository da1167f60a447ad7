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


THINGS = ["犬", "猫", "鳥", "馬", "子ども", "女性", "男性", "先生"]
DOINGS = ["走っている", "食べている", "眠っている", "歌っている", "泳いでいる", "笑っている"]
PLACES = ["公園で", "家で", "海で", "学校で", "店で"]


def sentence_pairs(rows: int, seed: int = 1, degrees: bool = False) -> LabelledTexts:
    """Pairs that agree, contradict by a negation or have nothing to do with each other; or degrees of overlap."""
    draw = random.Random(seed)  # noqa: S311 - made-up rows, no secret
    first, second, labels = [], [], []
    for _ in range(rows):
        thing, place, doing = draw.choice(THINGS), draw.choice(PLACES), draw.choice(DOINGS)
        kind = draw.choice(["entailment", "contradiction", "neutral"])
        other = [draw.choice(words) if draw.random() < 0.5 else word
                 for words, word in ((THINGS, thing), (PLACES, place), (DOINGS, doing))]  # fmt: skip
        said = {
            "entailment": f"{place}{thing}が{doing}",
            "contradiction": f"{place}{thing}が{doing[:-2]}いない",
            "neutral": f"{draw.choice(PLACES)}{draw.choice(THINGS)}が{draw.choice(DOINGS)}",
        }[kind]
        first.append(f"{thing}が{place}{doing}")
        second.append("".join((other[0], "が", *other[1:])) if degrees else said)
        alike = sum(a == b for a, b in zip(other, (thing, place, doing), strict=True))
        labels.append(f"{1 + alike * 4 / 3 + draw.gauss(0, 0.2):.2f}" if degrees else kind)
    return LabelledTexts(tuple(first), tuple(labels), tuple(second))
