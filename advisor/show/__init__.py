"""What is told, as blocks of plain text, and the voice that puts ids and figures into one language."""
