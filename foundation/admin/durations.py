"""Durations as people say them."""

from datetime import timedelta


def in_words(length: timedelta) -> str:
    """45 min, 3 h 05, 2 d 4 h."""
    minutes = round(length.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02}" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def minutes_and_seconds(length: timedelta) -> str:
    """12:05, and 75:00 for an hour and a quarter."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    return f"{minutes}:{seconds:02}"
