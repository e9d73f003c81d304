"""The compute services of the test cloud as Nova shows them."""
import time

from api import nova, wait_until


def services(n=None, host=None):
    p = {'binary': 'nova-compute'}
    if host:
        p['host'] = host
    return (n or nova()).get('/os-services', params=p).json()['services']


def wait_hosts(count):
    """Waits for `count` hosts to report; one that is forced down never shows as up, and counts."""
    n = nova()

    def reporting():
        return sum(s['state'] == 'up' or s['forced_down'] for s in services(n))

    return wait_until(lambda: reporting() >= count, 120, 0.5)


def wait_service(host, state, timeout=180):
    n, t0 = nova(), time.monotonic()
    ok = wait_until(lambda: any(s['state'] == state for s in services(n, host)), timeout)
    print('%s %s after %.1f s' % (host, state if ok else 'NOT ' + state, time.monotonic() - t0))
    return ok


def enable(host, timeout=120):
    """Puts a host back: not forced down, reporting again, then enabled.

    In that order: a service enabled before its process answers keeps the trait
    COMPUTE_STATUS_DISABLED in Placement for up to a minute, and no instance can be booted there
    meanwhile. Nova refuses to clear forced_down until the host has dropped what was evacuated.
    """
    n = nova()
    path = '/os-services/' + services(n, host)[0]['id']

    def put(**change):
        return n.put(path, json=change, raise_exc=False).status_code == 200

    def current():
        return services(n, host)[0]

    now = current()
    if now['forced_down'] and not wait_until(lambda: put(forced_down=False), timeout, 1):
        return False
    if now['state'] != 'up' or now['status'] != 'enabled':
        # our own change moves updated_at as well, hence read after it
        before = current()['updated_at']
        if not wait_until(
            lambda: current()['state'] == 'up' and current()['updated_at'] != before, timeout
        ):
            return False
    return now['status'] == 'enabled' or put(status='enabled')


def restore():
    """Puts every host back into service."""
    return all([enable(host) for host in sorted(s['host'] for s in services())])
