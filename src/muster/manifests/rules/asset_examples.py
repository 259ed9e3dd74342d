"""The logos that the examples of the rules about them show."""

from muster.manifests.rules.rule import Example


def logo(inside: str = "", *, before: str = "", view_box: str = "0 0 48 48") -> Example:
    """Return an example whose square logo has something more inside, or before its root element."""
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box}">'
    text = f"{before}{start}{inside}</svg>\n"
    return Example(files={"assets/square.svg": text})


def wide_logo(attributes: str) -> Example:
    """Return an example whose horizontal logo has other attributes on its root element."""
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>'
    return Example(files={"assets/horizontal.svg": f'{start}<path d="M8 8h32v32H8z"/></svg>\n'})
