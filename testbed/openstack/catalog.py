"""What the test cloud holds before any test: catalogue, accounts, flavors, an image, a network."""
import os
import urllib.parse

from api import PASSWORD, REGION, client, nova


def catalog():
    k = client('identity')

    def ensure(coll, one, body, **query):
        got = k.get('/' + coll, params=query).json()[coll]
        return got[0] if got else k.post('/' + coll, json={one: body}).json()[one]

    roles = {
        n: ensure('roles', 'role', {'name': n}, name=n)['id']
        for n in ('admin', 'member', 'reader', 'service')
    }
    proj = {
        n: ensure('projects', 'project', {'name': n, 'domain_id': 'default'}, name=n)['id']
        for n in ('service', 'demo', 'admin')
    }

    def user(name, project, *granted):
        u = ensure(
            'users', 'user', {'name': name, 'password': PASSWORD, 'domain_id': 'default'}, name=name
        )['id']
        for r in granted:
            k.put('/projects/%s/users/%s/roles/%s' % (proj[project], u, roles[r]))

    ports = dict(p.split('=') for p in os.environ['TESTBED_PORTS'].split())
    for stype, name, path in (
        ('compute', 'nova', '/v2.1'),
        ('image', 'glance', ''),
        ('network', 'neutron', ''),
        ('placement', 'placement', ''),
        ('instance-ha', 'masakari', '/v1/$(tenant_id)s'),
    ):
        user(name, 'service', 'admin', 'service')
        s = ensure('services', 'service', {'type': stype, 'name': name}, type=stype)['id']
        for i in ('public', 'internal', 'admin'):
            ensure(
                'endpoints',
                'endpoint',
                {
                    'service_id': s,
                    'interface': i,
                    'region_id': REGION,
                    'url': 'http://127.0.0.1:%s%s' % (ports[stype], path),
                },
                service_id=s,
                interface=i,
            )
    user('medevac', 'service', 'admin', 'service')
    user('demo', 'demo', 'member', 'reader')
    return True


def register(url):
    """Points the instance-ha endpoints at `url`; one without a path gets Masakari's usual one."""
    k = client('identity')
    if not urllib.parse.urlparse(url).path.strip('/'):
        url = url.rstrip('/') + '/v1/$(tenant_id)s'
    service = k.get('/services', params={'type': 'instance-ha'}).json()['services'][0]['id']
    for e in k.get('/endpoints', params={'service_id': service}).json()['endpoints']:
        if e['url'] != url:
            k.patch('/endpoints/' + e['id'], json={'endpoint': {'url': url}})
    return True


def resources():
    n, g, q = nova(), client('image'), client('network')
    have = {f['name'] for f in n.get('/flavors').json()['flavors']}
    for name, ram, cpus, disk in (('tiny', 64, 1, 0), ('small', 512, 1, 1), ('large', 4096, 4, 10)):
        if name not in have:
            n.post(
                '/flavors', json={'flavor': {'name': name, 'ram': ram, 'vcpus': cpus, 'disk': disk}}
            )
    if not g.get('/v2/images', params={'name': 'tiny'}).json()['images']:
        i = g.post(
            '/v2/images',
            json={
                'name': 'tiny',
                'disk_format': 'raw',
                'container_format': 'bare',
                'visibility': 'public',
            },
        ).json()['id']
        g.put(
            '/v2/images/%s/file' % i,
            data=b'\0' * 4096,
            headers={'Content-Type': 'application/octet-stream'},
        )
    if not q.get('/v2.0/networks', params={'name': 'net'}).json()['networks']:
        net = q.post('/v2.0/networks', json={'network': {'name': 'net', 'shared': True}}).json()[
            'network'
        ]['id']
        q.post(
            '/v2.0/subnets',
            json={
                'subnet': {
                    'network_id': net,
                    'ip_version': 4,
                    'cidr': '10.0.0.0/16',
                    'enable_dhcp': False,
                }
            },
        )
    return True
