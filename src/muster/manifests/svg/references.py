"""What a file refers to: a part of itself, a picture inside it, or something else.

Only `#fragment` and raster images in `data:` are taken for harmless. A `data:` URI of any other type is
a document, font or style sheet of its own, which could do what the file may not, and goes unchecked.
"""

import re
from typing import Final

_IGNORED: Final = re.compile(r"[\t\n\r]")
"""What browsers drop wherever it stands in a URL: https://url.spec.whatwg.org/#url-parsing."""
_TRIMMED: Final = "".join(map(chr, range(0x21)))
_SCRIPT: Final = re.compile(r"(?:java|vb|live)script\s*:", re.IGNORECASE)
_RASTER_IMAGE: Final = re.compile(r"data:image/(?:png|jpe?g|gif|webp|avif|bmp)[;,]", re.IGNORECASE)


def has_script(text: str) -> bool:
    """Tell whether a text has the scheme of a script in it, as in `javascript:`."""
    return ":" in text and _SCRIPT.search(_IGNORED.sub("", text)) is not None


def is_internal(reference: str) -> bool:
    """Tell whether a reference leads to a part of the same file, or holds an image itself."""
    plain = _IGNORED.sub("", reference).strip(_TRIMMED)
    return not plain or plain.startswith("#") or _RASTER_IMAGE.match(plain) is not None
