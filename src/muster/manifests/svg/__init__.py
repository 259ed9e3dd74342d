"""Reading SVG files that may come from anybody, for what is wrong with them as logos.

A file is read as a stream of XML events, and no tree is built of it; styles are read token by token. All
of it takes time and memory in proportion to the file, and what would not is refused: entities are never
expanded, and nesting, elements, attributes and styles are bounded. `read_svg` is all there is to call.
"""
