"""Creates, lists and deletes instances of the test cloud."""
import collections
import sys
import time

from api import client, nova, wait_until


def servers(n=None, **q):
    n, out, marker = n or nova(), [], None
    while True:
        p = dict(q, all_tenants='true', limit=1000)
        if marker:
            p['marker'] = marker
        page = n.get('/servers/detail', params=p).json()['servers']
        out += page
        if len(page) < 1000:
            return out
        marker = page[-1]['id']


def boot(count, host, net, meta, name, flavor, timeout=600):
    n = nova()
    t0 = time.monotonic()
    flavors = {f['name']: f['id'] for f in n.get('/flavors').json()['flavors']}
    image = client('image').get('/v2/images', params={'name': 'tiny'}).json()['images'][0]['id']
    networks = 'none'
    if net:
        networks = [
            {
                'uuid': client('network')
                .get('/v2.0/networks', params={'name': 'net'})
                .json()['networks'][0]['id']
            }
        ]
    tag = '%s-%x' % (name, int(time.time() * 1000))
    left = count
    while left:  # one request makes up to 100 instances
        some = min(left, 100)
        body = {
            'name': tag,
            'imageRef': image,
            'flavorRef': flavors[flavor],
            'networks': networks,
            'min_count': some,
            'max_count': some,
            'metadata': dict(m.split('=', 1) for m in meta),
        }
        if host:
            body['host'] = host
        n.post('/servers', json={'server': body})
        left -= some

    def done():
        got = servers(n, name='^%s' % tag)
        states = collections.Counter(s['status'] for s in got)
        return got if (len(got) == count and not states.keys() & {'BUILD'}) else None

    got = wait_until(done, timeout, 0.5) or []
    states = collections.Counter(s['status'] for s in got)
    print(
        '%d instances in %.1f s: %s on %s'
        % (
            count,
            time.monotonic() - t0,
            dict(states),
            dict(collections.Counter(s['OS-EXT-SRV-ATTR:host'] for s in got)),
        ),
        file=sys.stderr,
    )
    for s in got:
        print(s['id'], s['OS-EXT-SRV-ATTR:host'], s['status'], s['name'])
    return states.get('ACTIVE', 0) == count


def clean(timeout=300):
    n = nova()
    for s in servers(n):
        n.delete('/servers/' + s['id'], raise_exc=False)
    ok = wait_until(lambda: not servers(n), timeout, 0.5)
    print('%d left' % len(servers(n)), file=sys.stderr)
    return ok
