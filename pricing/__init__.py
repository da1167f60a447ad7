"""What tokens, training and GPU hours cost, on any day, with every number's source.

Imports nothing else of this project; `Problem` is the one class of errors for all of it.
"""

from __future__ import annotations


class Problem(ValueError):
    """Something asked for that cannot be done as asked.

    `id` names the sentence that explains it in the reader's language, `fields` fill the sentence in.

    >>> Problem("unknown_offer", offer="acme/x").fields
    {'offer': 'acme/x'}
    """

    def __init__(self, id: str, **fields: object) -> None:
        said = ", ".join(f"{name}={value}" for name, value in fields.items())
        super().__init__(f"{id}: {said}" if said else id)
        self.id = id
        self.fields = fields
