"""What the admin's templates need of the house: trails, badges and the hub's own time."""

from datetime import timedelta
from typing import Any

from django import template
from django.db.models import Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.admin.durations import in_words
from foundation.admin.links import link_to
from foundation.admin.presentation import Look, Tone, badge, badge_of
from foundation.admin.trail import Stop, trail_of

register = template.Library()


@register.simple_tag(takes_context=True)
def trail(context: template.Context, obj: Any) -> list[Stop]:
    """The stops of an object's trail for the user of this request; empty on a page for a new object."""
    if not isinstance(obj, Model) or obj.pk is None or "request" not in context:
        return []
    return trail_of(obj, context["request"].user)


@register.simple_tag
def link(obj: Model, text: str = "", title: str = "") -> SafeString | str:
    """A link to an object's page; plain text for a reader who may not open it."""
    return link_to(obj, text, title=title)


@register.simple_tag
def state_badge(obj: Model, field: str = "state") -> SafeString | str:
    """The badge of an object's choice field."""
    return badge_of(obj, field)


@register.simple_tag
def tone_badge(text: str, tone: str, icon: str) -> SafeString:
    """A badge for something that is no row's state."""
    return badge(text, Look(Tone(tone), icon))


THEME_TONES = {
    "success": Tone.GOOD,
    "danger": Tone.BAD,
    "warning": Tone.WARN,
    "info": Tone.ACTIVE,
    "primary": Tone.ACTIVE,
}
"""What the theme's own labels are called, as tones."""


@register.simple_tag
def theme_badge(text: object, colour: str = "", icon: str = "", href: str = "") -> SafeString:
    """One of the theme's labels in the look of our badges."""
    shown = badge(str(text), Look(THEME_TONES.get(colour, Tone.QUIET), icon or "circle"))
    return format_html('<a href="{}">{}</a>', href, shown) if href else shown


@register.simple_tag
def bar(*shares: float | None) -> SafeString:
    """A horizontal bar of parts, each a share from 0 to 1 of its length, one after the other."""
    rows, x = [], 0.0
    for number, share in enumerate(shares, start=1):
        width = 100 * min(max(share or 0.0, 0.0), 1.0)
        rows.append((number, f"{x:.2f}", f"{width:.2f}"))
        x += width
    return format_html(
        '<svg class="pk-track" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        format_html_join("", '<rect class="pk-part-{}" x="{}" width="{}" height="1"/>', rows),
    )


@register.filter
def metres(length_mm: int | None) -> str:
    """Millimetres as whole metres with thin spaces: 12 345 m."""
    return f"{round((length_mm or 0) / 1000):,} m".replace(",", "\u202f")


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as whole per cents."""
    return f"{round((share or 0) * 100)} %"


@register.filter
def grouped(number: int | None) -> str:
    """A whole number with thin spaces between its thousands."""
    return f"{number or 0:,}".replace(",", "\u202f")


@register.filter
def duration(length: timedelta | None) -> str:
    """A duration as people say it: 45 min, 3 h 05, 2 d 4 h; a dash for none."""
    return in_words(length) if length is not None else "–"
