"""Portraits drawn from a seed: the same seed is always the same face.

Flat shapes with a few ink lines in a 96 × 96 field, made of presentation attributes only, so that a strict
Content-Security-Policy lets them through inline. The ground carries the class `bg`, for places that bring their own.
Each table holds pieces of SVG; the names in braces are the colours and places of `_places` and `_colours`.
"""

from functools import lru_cache
from random import Random

from django.utils.safestring import SafeString, mark_safe

INK = "#3b2a25"
GROUNDS = ("#f4dcc0", "#efd0b0", "#eadbc6", "#dde3d0", "#d5e0e3", "#eed3c8", "#f5e2b6", "#e3d7e2", "#d9dccb")
SKINS = ("#fbe2cc", "#f8d7bb", "#f3caa8", "#e8b993", "#d6a079")
HAIRS = ("#241c1d", "#2b2120", "#33251f", "#40291f", "#573a29", "#7a5237")
GREYS = ("#8d8884", "#c4beb8")
CLOTHES = ("#b5553a", "#d2963f", "#6c7d50", "#40757a", "#66809f", "#7a4f64", "#efe4d2", "#4b4644", "#c98a83", "#8a9a86")
SHIRTS = ("#fbf6ee", "#e9eef0", "#f3e2d3")

# Hair over the forehead: from the right temple back to the left one.
FRINGES = {
    "middle": "L{ri} 47C{rj} 38 53 33 48 28C43 33 {lj} 38 {li} 47Z",
    "left": "L{ri} 46C{rj} 37 52 35 40 28C38 33 {lj} 38 {li} 46Z",
    "right": "L{ri} 46C{rj} 38 58 33 56 28C44 35 {lj} 37 {li} 46Z",
    "full": "L{ri} 47L{rj} 39Q60 42 56 40Q50 43 46 40.5Q40 43 {lj} 39L{li} 47Z",
    "airy": "L{ri} 47C{rj} 41 60 36 57 35L54 39L50 35L46 39.5L42 35.5L39 39C37 37 {lj} 41 {li} 47Z",
    "short": "L{ri} 44L{rj} 36Q58 30 48 31Q38 30 {lj} 36L{li} 44Z",
    "swept": "L{ri} 43L{rj} 35C58 33 50 33 42 29C40 33 {lj} 33 {lj} 36L{li} 43Z",
    "receding": "L{ri} 44L{rj} 38C60 28 54 27 48 27C42 27 36 28 {lj} 38L{li} 44Z",
}
CAP = '<path d="M{lo} 47C{lp} {crown} {rp} {crown} {ro} 47%s" fill="{hair}"/>'
CURLS = (
    '<path d="M{lo} 45Q{lp} 38 {lo} 34Q27 27 34 24Q37 16 45 18Q51 13 58 19Q66 19 67 27Q{rp} 31 {ro} 37Q{rp} 41 {ro} 45'
    'L{ri} 45Q{rj} 36 61 35Q57 38 53 34Q48 38 44 34Q39 38 36 35Q{lj} 38 {li} 45Z" fill="{hair}"/>'
)

# Hair behind the head; a style that is not here has none.
BEHIND = {
    "long": "M{lb} 44C{lb} 12 {rb} 12 {rb} 44L{rc} 90H{lc}Z",
    "wavy": "M{lb} 44C{lb} 12 {rb} 12 {rb} 44Q{rd} 54 {rb} 62Q{rd} 72 {rb} 88H{lb}Q{ld} 72 {lb} 62Q{ld} 54 {lb} 44Z",
    "bob": "M{lb} 44C{lb} 12 {rb} 12 {rb} 44Q{rc} 58 {rb} 67Q48 76 {lb} 67Q{lc} 58 {lb} 44Z",
    "plait": "M{lb} 44C{lb} 12 {rb} 12 {rb} 44V58Q{rd} 64 {rb} 71Q{rd} 77 {rb} 84L68 94L62 84Q56 77 62 71"
    "L60 60H36Q{lb} 56 {lb} 44Z",
    "tail": "M{lb} 44C{lb} 12 {rb} 12 {rb} 44Q85 40 80 62Q78 74 72 78Q74 64 66 56H36Q{lb} 54 {lb} 44Z",
    "cloud": "M{lc} 58Q{ld} 48 {lc} 38Q{lb} 14 48 12Q{rb} 14 {rc} 38Q{rd} 48 {rc} 58Q{rc} 68 62 66H34Q{lc} 68 {lc} 58Z",
    "bun": "M48 6A9 9 0 0 1 48 24A9 9 0 0 1 48 6Z",
}
CROWNS = {"quiff": 6, "buzz": 15}
WOMENS = (
    *(("middle", back) for back in ("long", "wavy", "bun", "tail")),
    *(("left", back) for back in ("long", "wavy", "bob", "plait")),
    *(("right", back) for back in ("wavy", "bob", "tail")),
    *(("full", back) for back in ("long", "bob", "tail", "plait")),
    *(("airy", back) for back in ("long", "bob", "bun")),
    ("curls", "cloud"),
    ("swept", "pixie"),
)
MENS = (
    *((fringe, "crop") for fringe in ("short", "swept", "left", "right", "airy", "middle", "curls")),
    *((fringe, "quiff") for fringe in ("short", "swept", "left")),
    *((fringe, "buzz") for fringe in ("short", "receding")),
)

HEAD = (
    '<ellipse cx="{l}" cy="48" rx="3.4" ry="5" fill="{shade}"/>'
    '<ellipse cx="{r}" cy="48" rx="3.4" ry="5" fill="{shade}"/>'
    '<path d="M{l} 42C{l} 56 {jl} {chin} 48 {chin}C{jr} {chin} {r} 56 {r} 42C{r} 18 {l} 18 {l} 42Z" fill="{skin}"/>'
    '<g fill="#e2684a" opacity=".26"><ellipse cx="36.5" cy="54.5" rx="4.2" ry="2.8"/>'
    '<ellipse cx="59.5" cy="54.5" rx="4.2" ry="2.8"/></g>'
)
LINES = '<g fill="none" stroke="{ink}" stroke-width="1.8" stroke-linecap="round">%s</g>'
BROWS = '<path d="M35 {brow}Q39.5 38.6 43.4 41M61 {brow}Q56.5 38.6 52.6 41"/>'
NOSE = '<path d="M48.6 49.5Q51 54 47.6 54.4" stroke="{shade}" stroke-width="2"/>'
PUPILS = (
    '<g fill="{ink}" stroke="none"><ellipse cx="39.6" cy="47.4" rx="1.9" ry="2.5"/>'
    '<ellipse cx="56.4" cy="47.4" rx="1.9" ry="2.5"/></g>'
)
EYES = (
    PUPILS,
    PUPILS + '<path d="M35.8 46.6Q39.4 42.9 43 46M60.2 46.6Q56.6 42.9 53 46"/>',
    '<path d="M36.4 48Q39.6 44.4 42.8 48M53.2 48Q56.4 44.4 59.6 48"/>',
)
MOUTHS = (
    '<path d="M42.6 59Q48 64 53.4 59"/>',
    '<path d="M44 60Q48 62.4 52 60"/>',
    '<path d="M44 60.4Q49.4 62.4 53.4 58.6"/>',
    '<path d="M43 59Q48 60.4 53 59Q51.8 64 48 64Q44.2 64 43 59Z" fill="#8f3a30" stroke="none"/>',
)
FRAMES = (
    '<g fill="#fff" fill-opacity=".14" stroke="{ink}" stroke-width="1.6">%s'
    '<path d="M45.8 47Q48 45.6 50.2 47M33 46.4L{l} 45.4M63 46.4L{r} 45.4"/></g>'
)
SQUARE = "M33 43H45.6V50Q45.6 53 42 53H36.6Q33 53 33 50ZM63 43H50.4V50Q50.4 53 54 53H59.4Q63 53 63 50Z"
GLASSES = {
    "": "",
    "round": FRAMES % '<circle cx="39.4" cy="47.6" r="6.4"/><circle cx="56.6" cy="47.6" r="6.4"/>',
    "square": FRAMES
    % '<path d="M33 43H45.6V50Q45.6 53 42 53H36.6Q33 53 33 50ZM63 43H50.4V50Q50.4 53 54 53H59.4Q63 53 63 50Z"/>',
}
EXTRAS = {
    "": "",
    "earrings": '<g fill="#e0a63f"><circle cx="{l}" cy="54.4" r="1.7"/><circle cx="{r}" cy="54.4" r="1.7"/></g>',
    "mole": '<circle cx="54.6" cy="57" r=".9" fill="{ink}"/>',
    "freckles": '<path d="M35 53h.1M38 55h.1M40 52.6h.1M61 53h.1M58 55h.1" stroke="{shade}" stroke-width="1.6" '
    'stroke-linecap="round"/>',
    "clip": '<path d="M59 30L65 34.5" stroke="#d2963f" stroke-width="2.6" stroke-linecap="round"/>',
    "beard": '<path d="M{l} 50C{l} 60 {jl} {chin} 48 {chin}C{jr} {chin} {r} 60 {r} 50Q59 63 54 58Q48 55 42 58'
    'Q37 63 {l} 50Z" fill="{hair}" opacity=".2"/>',
}

NECK = '<path d="M40.5 58V77Q48 84 55.5 77V58Z" fill="{shade}"/>'
BODY = '<path d="M11 98C12 84 23 79.5 40 75.5Q48 83 56 75.5C73 79.5 84 84 85 98Z" fill="{cloth}"/>'
SEAM = '<path d="%s" fill="none" stroke="{ink}" stroke-opacity=".4" stroke-width="1.5" stroke-linecap="round"/>'
HOOD = '<path d="M29 82Q31 66 41 66H55Q65 66 67 82Q48 96 29 82Z" fill="{cloth}"/>'
COLLAR = '<path d="M40 74L33 80L43 88L48 81L53 88L63 80L56 74Q48 86 40 74Z" fill="{shirt}"/>'
ROLL = '<path d="M39 69Q48 74 57 69L58.5 80Q48 85 37.5 80Z" fill="{cloth}"/>'
OPEN = '<path d="M40 75L48 98L56 75Q48 83 40 75Z" fill="{shirt}"/>'
TOPS = (
    NECK + BODY + SEAM % "M39 77Q48 86 57 77",
    NECK + BODY + COLLAR,
    NECK + BODY + ROLL + SEAM % "M38.6 76.6Q48 82 57.4 76.6",
    HOOD + NECK + BODY + SEAM % "M43 84V92M53 84V92M36 78Q48 92 60 78",
    NECK + BODY + OPEN + SEAM % "M39.6 76L48 98L56.4 76",
)
PORTRAIT = (
    '<svg viewBox="8 6 80 80" aria-hidden="true" focusable="false">'
    '<rect class="bg" width="96" height="96" fill="{ground}"/>'
    '%s%s<g transform="rotate({tilt} 48 70)">%s</g></svg>'
)


@lru_cache(maxsize=2048)
def portrait(seed: str, gender: str = "") -> SafeString:
    """An inline <svg> for the seed. `gender` ("female", "male" or nothing) only steers hair, jaw and trimmings."""
    draw = Random(f"{gender[:1]}{seed}")  # noqa: S311 - a drawing, not a secret
    male = gender.startswith("m") or (not gender.startswith("f") and draw.random() < 0.5)
    fringe, back = draw.choice(MENS if male else WOMENS)
    places = _places(draw, male=male, crown=CROWNS.get(back, 12))
    behind = f'<path d="{BEHIND[back]}" fill="{{hair}}"/>' if back in BEHIND else ""
    hair = CURLS if fringe == "curls" else CAP % FRINGES[fringe]
    drawn = PORTRAIT % (behind, draw.choice(TOPS), _face(draw, male=male, hair=hair))
    return mark_safe(drawn.format_map(places | _colours(draw)))  # noqa: S308 - made of the tables above alone


def _face(draw: Random, *, male: bool, hair: str) -> str:
    features = BROWS + NOSE + draw.choice(EYES) + draw.choice(MOUTHS)
    extras = ("", "", "mole", "freckles", *(("beard",) if male else ("earrings", "clip")))
    glasses = draw.choice(("", "", "", "round", "square"))
    extra = EXTRAS[draw.choice(extras)]
    return HEAD + (extra if male else "") + LINES % features + hair + GLASSES[glasses] + ("" if male else extra)


def _places(draw: Random, *, male: bool, crown: int) -> dict[str, float]:
    """Named places, in units of the field: l and r are the head's sides, a letter after them lies further in or out."""
    half = draw.uniform(18, 19.4) if male else draw.uniform(17.2, 18.8)
    jaw = draw.uniform(11, 14.5) if male else draw.uniform(8.5, 11.5)
    reach = {"j": -2, "i": -0.8, "": 0, "o": 1.6, "b": 3.4, "p": 4, "c": 5.4, "d": 8.6}
    left = {f"l{name}": 48 - half - by for name, by in reach.items()}
    right = {f"r{name}": 48 + half + by for name, by in reach.items()}
    own = {
        "jl": 48 - jaw,
        "jr": 48 + jaw,
        "chin": draw.uniform(66, 69),
        "brow": draw.uniform(40.5, 42.5),
        "crown": crown,
    }
    return {name: round(at, 1) for name, at in (left | right | own | {"tilt": draw.uniform(-4, 4)}).items()}


def _colours(draw: Random) -> dict[str, str]:
    skin = draw.choice(SKINS)
    hair = draw.choice(GREYS if draw.random() < 0.1 else HAIRS)
    own = {"skin": skin, "shade": _mixed(skin, "#a04a2c", 0.22), "hair": hair, "ink": INK}
    return own | {"cloth": draw.choice(CLOTHES), "shirt": draw.choice(SHIRTS), "ground": draw.choice(GROUNDS)}


def _mixed(colour: str, other: str, part: float) -> str:
    """`part` of the other colour in this one; both as #rrggbb."""
    pairs = ((int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)
