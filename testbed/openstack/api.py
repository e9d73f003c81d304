"""Sessions with the test cloud's APIs, and waiting for what they show.

Talks REST through keystoneauth1 alone, because one process start of the `openstack` client costs
more than most of what is done here.
"""
import os
import time
import urllib.error
import urllib.request

STATE = os.environ.get('TESTBED_OPENSTACK_STATE') or os.path.join(
    os.environ.get('TESTBED_STATE', '/var/lib/medevac-testbed'), 'openstack'
)
PASSWORD = os.environ.get('TESTBED_PASSWORD', 'testbed')
AUTH = 'http://127.0.0.1:%s/v3' % os.environ.get('TESTBED_P_KEYSTONE', '5000')
REGION = 'RegionOne'


def session(user='admin', project='admin'):
    from keystoneauth1 import session as ks
    from keystoneauth1.identity import v3

    return ks.Session(
        auth=v3.Password(
            auth_url=AUTH,
            username=user,
            password=PASSWORD,
            project_name=project,
            user_domain_name='Default',
            project_domain_name='Default',
        )
    )


def client(service, microversion=None):
    from keystoneauth1 import adapter

    more = {'default_microversion': microversion} if microversion else {}
    return adapter.Adapter(
        session(), service_type=service, region_name=REGION, interface='public', **more
    )


def nova():
    return client('compute', microversion='2.90')


def wait_until(fn, timeout, step=0.2):
    """The first true answer of `fn`, or None after `timeout` seconds."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        answer = fn()
        if answer:
            return answer
        time.sleep(step)
    return None


def wait_http(url, timeout):
    """True once something below 500 is answered: the service runs, whatever it thinks of us."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def probe():
        try:
            opener.open(url, timeout=5)
            return True
        except urllib.error.HTTPError as e:
            return e.code < 500
        except OSError:
            return False

    return wait_until(probe, timeout)
