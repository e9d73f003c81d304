# The compute hosts: one nova-compute process each. Sourced by ./cloud.
# shellcheck shell=bash

COMPUTE_MAIN='import sys; sys.argv[0] = "nova-compute"; from nova.cmd.compute import main; main()'

# compute_name 1 | compute-01
compute_name() { case $1 in *[!0-9]*) echo "$1" ;; *) printf 'compute-%02d' "$1" ;; esac }

# compute_config HOST: what differs between one compute host and the next
compute_config() {
  mkdir -p "$STATE/nova/$1"
  printf '[DEFAULT]\nhost = %s\nstate_path = %s\n' "$1" "$STATE/nova/$1" > "$STATE/etc/nova/$1.conf"
}

start_compute() { # HOST
  [ -e "$STATE/etc/nova/$1.conf" ] || compute_config "$1"
  start "$1" "$PY" -c "$COMPUTE_MAIN" --config-file "$STATE/etc/nova/nova.conf" \
    --config-file "$STATE/etc/nova/$1.conf" --log-file "$STATE/log/$1.log"
}

# cmd_crash HOST
cmd_crash() {
  local host pid
  host=$(compute_name "${1:?usage: crash HOST}")
  pid=$(alive "$host") || die "$host is not running"
  kill -KILL "$pid"
  rm -f "$STATE/run/$host.pid"
  say "$host (pid $pid) killed"
}

# cmd_revive HOST [--enable]: --enable also clears forced_down and disabled
cmd_revive() {
  local host
  host=$(compute_name "${1:?usage: revive HOST [--enable]}")
  [ -e "$STATE/etc/nova/$host.conf" ] || die "no such host $host"
  start_compute "$host"
  [ "${2:-}" != --enable ] || ctl enable "$host"
}
