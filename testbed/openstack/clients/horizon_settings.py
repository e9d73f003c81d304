"""Debian's Horizon against the test cloud: its own settings with what must differ, and the WSGI
application that uwsgi looks for in the same file.
"""
import os
import sys

os.environ['DJANGO_SETTINGS_MODULE'] = 'horizon_settings'
sys.modules.setdefault('horizon_settings', sys.modules[__name__])

from openstack_dashboard.settings import *  # noqa: E402,F401,F403

ALLOWED_HOSTS = ['127.0.0.1']
OPENSTACK_KEYSTONE_URL = os.environ['TESTBED_AUTH_URL']
OPENSTACK_API_VERSIONS = {'identity': 3}
# A session that needs neither database nor memcached
SESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'
SECRET_KEY = 'the test bed has no secrets'
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
# Small pages, so that a handful of rows shows how the panels page
API_RESULT_PAGE_SIZE = 2

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
