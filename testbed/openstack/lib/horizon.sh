# Debian's Horizon with the Masakari panels, for clients of instance-ha that are people. Sourced by
# ./cloud.
# shellcheck shell=bash

# cmd_horizon [--stop]: (re)starts the dashboard on $P_HORIZON
cmd_horizon() {
  local t0=$SECONDS
  stop horizon
  [ "${1:-}" != --stop ] || return 0
  install_packages "${HORIZON_PACKAGES[@]}"
  alive keystone > /dev/null || die "the cloud is not up"
  TESTBED_AUTH_URL=$AUTH_URL TESTBED_REGION=$REGION PYTHONPATH=$HERE/clients \
    wsgi horizon "$P_HORIZON" "$HERE/clients/horizon_settings.py" 1 \
    --static-map /static=/var/lib/openstack-dashboard/static
  wait_http horizon "http://127.0.0.1:$P_HORIZON/auth/login/"
  say "horizon in $((SECONDS - t0)) s: http://127.0.0.1:$P_HORIZON/"
}
