"""What a small model reaches on a labelled table, measured honestly.

Imports nothing else of this project.
"""

from __future__ import annotations


class Problem(ValueError):
    """Something asked for that cannot be done as asked.

    `id` names the sentence that explains it in the reader's language, `fields` fill the sentence in.

    >>> Problem("no_such_column", column="label").fields
    {'column': 'label'}
    """

    def __init__(self, id: str, **fields: object) -> None:
        said = ", ".join(f"{name}={value}" for name, value in fields.items())
        super().__init__(f"{id}: {said}" if said else id)
        self.id = id
        self.fields = fields
