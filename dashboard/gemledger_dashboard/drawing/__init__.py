"""How figures look: formats, colours, charts, tiles, tables; nothing here knows a page."""
