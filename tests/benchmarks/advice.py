"""How long one recommendation takes, its whole path with what would change it, at the size promised.

python -m tests.benchmarks.advice      (300 answers, 60 rules; promised: under 30 ms)
"""

from __future__ import annotations

import time
from datetime import date

from advisor.checklist import Checklist, Choice, checklist
from advisor.language import Text
from advisor.recommend import recommend
from advisor.recommend.rules import RuleBook, rule_book

ANSWERS, RULES, ROUNDS = 300, 60, 20


def large_checklist() -> Checklist:
    """The shipped checklist, grown to 300 questions by copies with five choices each."""
    shipped = checklist().questions
    choices = tuple(Choice(id=f"c{n}", text=Text(ja="選択肢", en="choice")) for n in range(5))
    more = (
        shipped[0].model_copy(update={"id": f"extra_{n}", "choices": choices})
        for n in range(ANSWERS - len(shipped))
    )
    return checklist().model_copy(update={"questions": (*shipped, *more)})


def rules_on_all(asked: Checklist) -> RuleBook:
    """Sixty rules, each reading five of the 300 answers."""
    pattern = next(rule for rule in rule_book().rules if rule.favours)
    extra = [question.id for question in asked.questions if question.id.startswith("extra_")]
    approaches = list(rule_book().commitment)
    rules = (
        pattern.model_copy(
            update={
                "id": f"rule_{n}",
                "when": tuple({name: ("c0", "c1")} for name in extra[n % len(extra) :: RULES][:5]),
                "favours": (approaches[n % len(approaches)],),
                "rules_out": (),
            }
        ).model_dump()
        for n in range(RULES)
    )
    return RuleBook.model_validate({**rule_book().model_dump(), "rules": tuple(rules)})


def milliseconds(asked: Checklist, book: RuleBook) -> float:
    """The median of some rounds, in milliseconds."""
    answers = {q.id: q.choices[n % len(q.choices)].id for n, q in enumerate(asked.questions) if q.choices}
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = recommend(answers, {}, date(2026, 11, 22), asked=asked, book=book)
        _ = (
            found.path,
            found.set_aside,
            found.would_change,
            found.value_of_error_that_flips,
            found.open_questions,
        )
        spent.append(time.perf_counter() - start)
    return sorted(spent)[ROUNDS // 2] * 1000


if __name__ == "__main__":
    asked = large_checklist()
    print(f"{ANSWERS} answers, {RULES} rules: {milliseconds(asked, rules_on_all(asked)):.1f} ms")
    print(f"as shipped ({len(rule_book().rules)} rules): {milliseconds(checklist(), rule_book()):.1f} ms")
