# The cloud as a whole: up, down and status. Sourced by ./cloud.
# shellcheck shell=bash

# Schemas in parallel, once per state folder; Keystone starts as soon as its own is there
prepare_schemas() {
  local name pids=()
  for name in keystone neutron nova glance placement; do
    once "db-$name" "db_$name" > "$STATE/log/db-$name.out" 2>&1 &
    pids+=($!)
  done
  wait "${pids[0]}" || die "keystone schema, see $STATE/log/db-keystone.out"
  OS_KEYSTONE_CONFIG_DIR=$STATE/etc/keystone \
    wsgi keystone "$P_KEYSTONE" /usr/bin/keystone-wsgi-public 2
  for name in 1 2 3 4; do
    wait "${pids[$name]}" || die "a schema failed, see $STATE/log/db-*.out"
  done
}

start_services() {
  local e=$STATE/etc host
  mkdir -p "$STATE/glance/staging" "$STATE/glance/tasks" "$STATE/neutron"
  OS_PLACEMENT_CONFIG_DIR=$e/placement wsgi placement "$P_PLACEMENT" /usr/bin/placement-api 2
  OS_GLANCE_CONFIG_DIR=$e/glance wsgi glance "$P_GLANCE" /usr/bin/glance-wsgi-api 1
  OS_NOVA_CONFIG_DIR=$e/nova \
    wsgi nova-api "$P_NOVA" /usr/bin/nova-api-wsgi "$NOVA_API_PROCESSES"
  PYTHONPATH=$HERE/ml2 start neutron neutron-server --config-file "$e/neutron/neutron.conf"
  for name in conductor scheduler; do
    start "nova-$name" "nova-$name" --config-file "$e/nova/nova.conf" \
      --log-file "$STATE/log/nova-$name.log"
  done
  wait_http placement "http://127.0.0.1:$P_PLACEMENT/"
  for host in $(seq "$HOSTS"); do start_compute "$(compute_name "$host")"; done
}

# cmd_up [--hosts N]: quick when the cloud is up already
cmd_up() {
  while [ $# -gt 0 ]; do
    case $1 in
      --hosts) HOSTS=$2 && shift 2 ;;
      *) die "up: unknown option $1" ;;
    esac
  done
  local t0=$SECONDS
  mkdir -p "$STATE/run" "$STATE/log"
  install_packages "${PACKAGES[@]}"
  check_ports
  write_configs
  start_memcached
  start_rabbit
  start_mysql
  prepare_schemas
  wait_port "$P_RABBIT" rabbit 60
  wait_port "$P_KEYSTONE" keystone
  wait_http keystone "http://127.0.0.1:$P_KEYSTONE/v3"
  once catalog ctl catalog || die "catalogue"
  once "cell-way-$P_CELL" cell_way > "$STATE/log/cell-way.out" 2>&1 ||
    die "the way to the cell, see $STATE/log/cell-way.out"
  cmd_cell up
  start_services
  wait_http glance "http://127.0.0.1:$P_GLANCE/"
  wait_http neutron "http://127.0.0.1:$P_NEUTRON/"
  ctl wake-neutron || die "neutron does not answer a list of networks"
  wait_http nova-api "http://127.0.0.1:$P_NOVA/"
  once resources ctl resources || die "resources"
  ctl wait-hosts "$HOSTS" || die "compute services did not come up, see $STATE/log/compute-*.log"
  once "discover-$HOSTS" nova_manage cell_v2 discover_hosts > "$STATE/log/discover.out" 2>&1 ||
    die "discover_hosts, see $STATE/log/discover.out"
  say "up in $((SECONDS - t0)) s: $HOSTS compute hosts; eval \"\$($0 env)\""
}

# cmd_down [--wipe]: stops what was started here; --wipe also deletes the state
cmd_down() {
  local file name
  for file in "$STATE"/run/compute-*.pid; do
    [ -e "$file" ] && stop "$(basename "$file" .pid)" &
  done
  for name in horizon masakari-engine masakari-api; do stop "$name" & done
  wait
  for name in nova-scheduler nova-conductor neutron nova-api glance placement keystone; do
    stop "$name" &
  done
  wait
  stop cell-way
  stop_rabbit
  stop memcached
  stop mysql 30
  if [ "${1:-}" = --wipe ]; then
    rm -rf "${STATE:?}"
    say "state wiped"
  fi
  say down
}

rss_kib() { ps -eo pgid=,rss= | awk -v g="$1" '$1 == g {s += $2} END {print s + 0}'; }

cmd_status() {
  local file name pid rss total=0
  for file in "$STATE"/run/*.pid; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .pid)
    if pid=$(alive "$name"); then
      rss=$(rss_kib "$pid")
      total=$((total + rss))
      printf '%-18s running pid %-7s rss %5d MiB\n' "$name" "$pid" $((rss / 1024))
    else
      printf '%-18s DEAD\n' "$name"
    fi
  done
  printf '%-18s %19s rss %5d MiB\n' total '' $((total / 1024))
  alive nova-api > /dev/null && ctl status
  return 0
}
