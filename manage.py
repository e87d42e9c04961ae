#!/usr/bin/env python
"""Pakhuis from the command line: `python manage.py help` lists what it can do."""

import os
import sys

from django.core.management import execute_from_command_line

from config.commandline import choose_role_for, start_database_for

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    choose_role_for(sys.argv[1:])
    start_database_for(sys.argv[1:])
    execute_from_command_line(sys.argv)
