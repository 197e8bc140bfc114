"""The HTTP queue: one writer, many waiting clients, and nobody sees what their role may not."""
