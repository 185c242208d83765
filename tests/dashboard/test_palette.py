"""Colours mean the same on every page and to every eye."""

import itertools
import math

import pytest

from gemledger_dashboard.drawing import palette

# Machado, Oliveira and Fernandes (2009), full severity: linear RGB as other eyes see it.
EYES = {
    "full colour vision": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
Colour = tuple[float, float, float]


def linear(colour: str) -> Colour:
    """Linear light of `#rrggbb`."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares)
    return red, green, blue


def luminance(light: Colour) -> float:
    """How bright linear light is."""
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def lab(light: Colour) -> Colour:
    """CIE Lab of linear light, where distance is difference to the eye."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in light)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (x, luminance((red, green, blue)), z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def seen(colour: str, eye: str) -> Colour:
    """A colour as this eye sees it."""
    light = linear(colour)
    red, green, blue = (sum(a * b for a, b in zip(row, light, strict=True)) for row in EYES[eye])
    return lab((red, green, blue))


@pytest.mark.parametrize("eye", EYES)
def test_every_eye_can_tell_the_colours_of_a_chart_apart(eye: str) -> None:
    """Any two of the hues and the grey are at least 20 apart, where 2 is just noticeable."""
    colours = [seen(colour, eye) for colour in (*palette.SERIES, palette.OTHERS)]
    assert min(math.dist(a, b) for a, b in itertools.combinations(colours, 2)) >= 20


@pytest.mark.parametrize("background", ["#ffffff", "#12171c"])
def test_every_colour_stands_out_from_both_backgrounds(background: str) -> None:
    """Twice as bright or as dark as the page, in light and in dark."""
    for colour in (*palette.SERIES, palette.OTHERS, palette.SCORE, *palette.STATE.values()):
        levels = sorted(luminance(linear(tone)) + 0.05 for tone in (colour, background))
        assert levels[1] / levels[0] >= 2, colour


def test_a_model_keeps_its_colour_when_others_follow() -> None:
    """Models come in the order of their first calls; whoever comes later takes what is left."""
    models = [f"tuned-{number}" for number in range(12)]
    for count in range(1, 12):
        earlier, later = palette.model_colours(models[:count]), palette.model_colours(models)
        assert earlier == {model: later[model] for model in models[:count]}
    assert len(set(palette.model_colours(models[: len(palette.SERIES)]).values())) == len(
        palette.SERIES
    )


def test_known_models_keep_their_colour_when_others_arrive() -> None:
    """A new name never takes the colour of a model most people run."""
    before = palette.model_colours(["gemini-2.5-flash", "gemini-2.5-pro"])
    after = palette.model_colours([f"tuned-{n}" for n in range(50)] + list(before))
    assert {name: after[name] for name in before} == before
    assert sum(colour == palette.OTHERS for colour in after.values()) == 52 - len(palette.SERIES)
