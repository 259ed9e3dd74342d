"""Which colours of CSS are no grays: https://www.w3.org/TR/css-color-4/.

A colour that is hardly one counts as gray, for so do `#231f20` and others that drawing programs write
for the black of a printer.
"""

from collections.abc import Sequence
from typing import Final

TOLERANCE: Final = 8
"""By how much the channels of a gray may differ, of 255."""

COLOUR_FUNCTIONS: Final = frozenset({"rgb", "rgba", "hsl", "hsla"})

_LISTED: Final = """
    aliceblue antiquewhite aqua aquamarine azure beige bisque blanchedalmond blue blueviolet
    brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan
    darkblue darkcyan darkgoldenrod darkgreen darkkhaki darkmagenta darkolivegreen darkorange
    darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey
    darkturquoise darkviolet deeppink deepskyblue dodgerblue firebrick floralwhite forestgreen
    fuchsia gold goldenrod green greenyellow honeydew hotpink indianred indigo ivory khaki
    lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
    lightgoldenrodyellow lightgreen lightpink lightsalmon lightseagreen lightskyblue
    lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon
    mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue
    mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin
    navajowhite navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen
    paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple
    rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna
    skyblue slateblue slategray slategrey springgreen steelblue tan teal thistle tomato
    turquoise violet wheat yellow yellowgreen
"""
_NAMES: Final = frozenset(_LISTED.split())
"""The names of all colours of CSS that are no grays; system colours and keywords are none."""

Amount = tuple[float, str]
"""A number and its unit, `%` or nothing, say."""


def is_colour_name(name: str) -> bool:
    """Tell whether a word, in whatever case, is the name of a colour that is no gray."""
    return name.lower() in _NAMES


def is_colour_hex(digits: str) -> bool:
    """Tell whether the digits behind a `#` are of a colour that is no gray, and not transparent."""
    if len(digits) in {3, 4}:
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) not in {6, 8}:
        return False
    try:
        channels = bytes.fromhex(digits)
    except ValueError:
        return False
    return channels[3:] != b"\0" and max(channels[:3]) - min(channels[:3]) > TOLERANCE


def is_colour_call(function: str, amounts: Sequence[Amount]) -> bool:
    """Tell whether `rgb` or `hsl`, with or without alpha, gives a colour that is no gray.

    Args:
        function: one of `COLOUR_FUNCTIONS`.
    """
    if len(amounts) not in {3, 4} or (len(amounts) == 4 and amounts[3][0] <= 0):
        return False
    if function.startswith("rgb"):
        channels = [_scale(amount, 255) for amount in amounts[:3]]
        return max(channels) - min(channels) > TOLERANCE / 255
    saturation, lightness = (_clamp(value / 100) for value, _ in amounts[1:3])
    # The difference between the greatest and the least channel; the hue does not change it.
    return saturation * (1 - abs(2 * lightness - 1)) > TOLERANCE / 255


def _scale(amount: Amount, whole: float) -> float:
    value, unit = amount
    return _clamp(value / (100 if unit == "%" else whole))


def _clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)
