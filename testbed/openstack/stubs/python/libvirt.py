"""Stands in for libvirt's events: the real python3-libvirt with a connection of its own making.

Each line `UUID EVENT DETAIL` appended to the file $TESTBED_STUB_EVENTS is a lifecycle event of that
domain. Constants and everything else are the real module's.
"""
import builtins
import importlib.util
import os
import time

_spec = importlib.util.spec_from_file_location(
    '_libvirt', '/usr/lib/python3/dist-packages/libvirt.py'
)
_real = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_real)
globals().update({k: v for k, v in vars(_real).items() if not k.startswith('__')})

_callbacks = {}
_events = builtins.open(os.environ['TESTBED_STUB_EVENTS'])


class _Domain:
    def __init__(self, uuid):
        self._uuid = uuid

    def UUIDString(self):
        return self._uuid


class _Connection:
    def domainEventRegisterAny(self, domain, event, callback, opaque):
        _callbacks[event] = callback
        return event

    def domainEventDeregisterAny(self, event):
        _callbacks.pop(event, None)

    def setKeepAlive(self, interval, count):
        return 0

    def isAlive(self):
        return 1

    def close(self):
        return 0


def openAuth(uri, auth, flags):
    return _Connection()


def virEventRegisterDefaultImpl():
    return 0


def virEventRunDefaultImpl():
    line = _events.readline()
    if not line.endswith('\n'):
        time.sleep(0.1)
        return
    uuid, event, detail = line.split()
    callback = _callbacks[_real.VIR_DOMAIN_EVENT_ID_LIFECYCLE]
    callback(None, _Domain(uuid), int(event), int(detail), None)
