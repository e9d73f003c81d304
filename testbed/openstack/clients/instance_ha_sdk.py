"""Every instance_ha call of Debian's openstacksdk, made as its documentation shows.

  instance_ha_sdk.py calls                 segments, hosts, notifications; asserts each answer
  instance_ha_sdk.py vmoves NOTIFICATION   prints that notification's vmoves as JSON

The second goes through the SDK's own adapter where its release has no vmoves yet (0.101). Cloud
`testbed` of clouds.yaml.
"""
import datetime
import json
import sys

import openstack
from openstack import exceptions

HOST = 'compute-01'
OTHER = 'compute-02'


def refused(kind, words, call, *args, **kwargs):
    """The call must raise `kind` and say `words`."""
    try:
        call(*args, **kwargs)
    except kind as error:
        assert words in str(error), '%s does not say %s' % (error, words)
        return
    raise AssertionError('%s was not refused' % call.__name__)


def names(rows):
    return [row.name for row in rows]


def segments(ha):
    made = ha.create_segment(
        name='sdk-1', recovery_method='auto', service_type='COMPUTE', description='by the SDK'
    )
    assert made.id and made.uuid and made.created_at, made
    assert (made.name, made.is_enabled) == ('sdk-1', True), made
    off = ha.create_segment(
        name='sdk-2', recovery_method='rh_priority', service_type='COMPUTE', is_enabled=False
    )
    assert off.is_enabled is False, off
    assert names(ha.segments()) == ['sdk-2', 'sdk-1']
    assert names(ha.segments(limit=1)) == ['sdk-2', 'sdk-1'], 'pages by the marker of a row'
    assert names(ha.segments(sort_key='name', sort_dir='asc')) == ['sdk-1', 'sdk-2']
    assert names(ha.segments(recovery_method='auto')) == ['sdk-1']
    assert names(ha.segments(service_type='other')) == []
    assert names(ha.segments(is_enabled=False)) == ['sdk-2']
    assert names(ha.segments(marker=off.uuid)) == ['sdk-1']
    changed = ha.update_segment(off.uuid, name='sdk-3', is_enabled=True, description='')
    assert (changed.name, changed.is_enabled, changed.description) == ('sdk-3', True, ''), changed
    shown = ha.get_segment(off.uuid)
    assert (shown.name, shown.is_enabled) == ('sdk-3', True), shown
    assert shown.updated_at, shown
    refused(
        exceptions.ConflictException,
        'already exists',
        ha.create_segment,
        name='sdk-1',
        recovery_method='auto',
        service_type='COMPUTE',
    )
    refused(
        exceptions.BadRequestException,
        'is not one of',
        ha.create_segment,
        name='sdk-4',
        recovery_method='by hand',
        service_type='COMPUTE',
    )
    ha.delete_segment(off.uuid, ignore_missing=False)
    ha.delete_segment(off.uuid)
    refused(exceptions.ResourceNotFound, off.uuid, ha.delete_segment, off.uuid, False)
    refused(exceptions.ResourceNotFound, off.uuid, ha.get_segment, off.uuid)
    return made


def hosts(ha, segment):
    attrs = {'type': 'COMPUTE', 'control_attributes': 'SSH'}
    first = ha.create_host(segment.uuid, name=HOST, **attrs)
    assert (first.name, first.reserved, first.on_maintenance) == (HOST, False, False), first
    assert first.failover_segment_id == segment.uuid, first
    second = ha.create_host(segment.uuid, name=OTHER, reserved=True, on_maintenance=True, **attrs)
    assert (second.reserved, second.on_maintenance) == (True, True), second
    assert names(ha.hosts(segment.uuid)) == [OTHER, HOST]
    assert names(ha.hosts(segment.uuid, limit=1)) == [OTHER, HOST]
    assert names(ha.hosts(segment.uuid, reserved=True)) == [OTHER]
    assert names(ha.hosts(segment.uuid, on_maintenance=False)) == [HOST]
    assert names(ha.hosts(segment.uuid, type='KVM')) == []
    assert names(ha.hosts(segment.uuid, failover_segment_id=segment.uuid)) == [OTHER, HOST]
    assert names(ha.hosts(segment.uuid, sort_key='name', sort_dir='asc')) == [HOST, OTHER]
    changed = ha.update_host(second.uuid, segment.uuid, reserved=False, on_maintenance=False)
    assert (changed.reserved, changed.on_maintenance) == (False, False), changed
    shown = ha.get_host(second.uuid, segment.uuid)
    assert (shown.name, shown.on_maintenance) == (OTHER, False), shown
    refused(
        exceptions.ConflictException,
        'already exists',
        ha.create_host,
        segment.uuid,
        name=HOST,
        **attrs,
    )
    ha.delete_host(second.uuid, segment.uuid, ignore_missing=False)
    ha.delete_host(second.uuid, segment.uuid)
    refused(exceptions.ResourceNotFound, second.uuid, ha.get_host, second.uuid, segment.uuid)
    return first


def notifications(ha, host):
    now = datetime.datetime.utcnow()
    report = {
        'type': 'COMPUTE_HOST',
        'hostname': HOST,
        'generated_time': now,
        'payload': {'event': 'STARTED', 'cluster_status': 'ONLINE', 'host_status': 'NORMAL'},
    }
    made = ha.create_notification(**report)
    assert (made.type, made.source_host_uuid) == ('COMPUTE_HOST', host.uuid), made
    assert made.status in ('new', 'finished'), made
    assert made.payload == report['payload'], made
    refused(exceptions.ConflictException, 'is duplicate', ha.create_notification, **report)
    refused(
        exceptions.BadRequestException,
        'could not be found',
        ha.create_notification,
        **{**report, 'hostname': 'elsewhere'},
    )
    shown = ha.get_notification(made.notification_uuid)
    assert shown.notification_uuid == made.notification_uuid, shown
    assert shown.generated_time.startswith(now.strftime('%Y-%m-%dT%H:%M:')), shown

    def listed(**query):
        return [row.notification_uuid for row in ha.notifications(**query)]

    alone = [made.notification_uuid]
    assert listed() == alone
    assert listed(limit=1) == alone
    assert listed(sort_key='generated_time', sort_dir='asc') == alone
    assert listed(type='COMPUTE_HOST', source_host_uuid=host.uuid) == alone
    assert listed(type='VM') == []
    assert listed(status='running') == []
    since = now - datetime.timedelta(minutes=5)
    assert listed(generated_since=since.isoformat()) == alone
    assert listed(generated_since=(now + datetime.timedelta(minutes=5)).isoformat()) == []
    unknown = '1f0b5c84-3c58-4a3f-8f52-1dbb34b1a1aa'
    refused(exceptions.ResourceNotFound, unknown, ha.get_notification, unknown)


def calls():
    ha = openstack.connect(cloud='testbed').instance_ha
    data = ha.get_endpoint_data()
    assert data.max_microversion == (1, 3), data.max_microversion
    assert data.min_microversion == (1, 0), data.min_microversion
    segment = segments(ha)
    host = hosts(ha, segment)
    notifications(ha, host)
    newer = openstack.connect(cloud='testbed', ha_api_version='1.1').instance_ha
    [row] = list(newer.notifications())
    details = newer.get_notification(row.notification_uuid).recovery_workflow_details
    assert details == [], details


def vmoves(notification):
    ha = openstack.connect(cloud='testbed').instance_ha
    if hasattr(ha, 'vmoves'):
        rows = [vmove.to_dict() for vmove in ha.vmoves(notification)]
        rows = [dict(row, instance_uuid=row['server_id']) for row in rows]
    else:
        path = '/notifications/%s/vmoves' % notification
        rows = ha.get(path, microversion='1.3').json()['vmoves']
        for row in rows:
            shown = ha.get('%s/%s' % (path, row['uuid']), microversion='1.3').json()['vmove']
            assert shown == row, shown
    print(json.dumps(rows))


if __name__ == '__main__':
    {'calls': calls, 'vmoves': vmoves}[sys.argv[1]](*sys.argv[2:])
