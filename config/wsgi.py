"""The WSGI entry point that the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

from config.warming import load_planner

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
load_planner()
