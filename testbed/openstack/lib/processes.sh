# Processes of the cloud. Each has run/NAME.pid holding "pid starttime", so that a recycled pid is
# never mistaken for ours, and its own process group. Sourced by ./cloud.
# shellcheck shell=bash

say() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}

starttime() {
  [ -r "/proc/$1/stat" ] && sed 's/.*) //' "/proc/$1/stat" 2> /dev/null | cut -d' ' -f20
}

# alive NAME: prints the pid of the running process
alive() {
  local pid st
  [ -e "$STATE/run/$1.pid" ] || return 1
  read -r pid st < "$STATE/run/$1.pid"
  [ -n "$st" ] && [ "$(starttime "$pid")" = "$st" ] && echo "$pid"
}

# bare COMMAND...: without the files that the caller has open, so that a process which stays does
# not hold a lock (flock) or a pipe of whoever started it
bare() {
  local fd
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    [ "$fd" -le 2 ] || eval "exec $fd>&-"
  done
  exec setsid "$@"
}

# start NAME COMMAND...
start() {
  local name=$1
  shift
  alive "$name" > /dev/null && return 0
  bare "$@" >> "$STATE/log/$name.out" 2>&1 < /dev/null &
  echo "$! $(starttime $!)" > "$STATE/run/$name.pid"
}

# stop NAME [SECONDS]: the process and what it started; killed after SECONDS
stop() {
  local pid _
  pid=$(alive "$1") || {
    rm -f "$STATE/run/$1.pid"
    return 0
  }
  kill -TERM -- "-$pid" 2> /dev/null || kill -TERM "$pid" 2> /dev/null
  for _ in $(seq $((${2:-3} * 10))); do
    alive "$1" > /dev/null || break
    sleep 0.1
  done
  kill -KILL -- "-$pid" 2> /dev/null && sleep 0.2 # also what outlived its leader
  rm -f "$STATE/run/$1.pid"
}

is_open() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

died() {
  tail -n 5 "$STATE/log/$1.out" >&2
  die "$1 died, see $STATE/log/$1.*"
}

# wait_port PORT NAME [SECONDS]
wait_port() {
  local _
  for _ in $(seq $((${3:-60} * 10))); do
    is_open "$1" && return 0
    alive "$2" > /dev/null || died "$2"
    sleep 0.1
  done
  die "$2 does not listen on $1"
}

# wait_http NAME URL
wait_http() {
  local _
  for _ in 1 2 3 4 5 6; do
    ctl wait-http "$2" 15 && return 0
    alive "$1" > /dev/null || died "$1"
  done
  die "$1 does not answer"
}

# wsgi NAME PORT FILE PROCESSES [UWSGI OPTION...]: one thread a process, because oslo.messaging
# under several threads of one uwsgi worker loses replies now and then
wsgi() {
  start "$1" uwsgi --plugin python3 --procname-prefix-spaced "$1" --http-socket "127.0.0.1:$2" \
    --wsgi-file "$3" --master --die-on-term --lazy-apps --need-app --enable-threads --thunder-lock \
    --no-orphans --processes "$4" --threads 1 --listen 100 --buffer-size 65535 \
    --socket-timeout 120 --add-header 'Connection: close' "${@:5}"
}

# once STAMP COMMAND...: a step that a state folder needs only once
once() {
  local stamp="$STATE/etc/.done-$1"
  shift
  [ -e "$stamp" ] && return 0
  "$@" && touch "$stamp"
}

# Refuses to fight over a port that somebody else holds
check_ports() {
  local name port
  while read -r name port; do
    alive "$name" > /dev/null && continue
    is_open "$port" && die "port $port ($name) is already taken by a process that is not ours"
  done << END
mysql $P_MYSQL
rabbit $P_RABBIT
keystone $P_KEYSTONE
placement $P_PLACEMENT
glance $P_GLANCE
neutron $P_NEUTRON
nova-api $P_NOVA
memcached $P_MEMCACHED
END
  return 0
}
