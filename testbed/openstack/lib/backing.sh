# What OpenStack stands on: MariaDB, RabbitMQ, memcached and the schemas. Sourced by ./cloud.
# shellcheck shell=bash

db_url() { echo "mysql+pymysql://root:$PASSWORD@127.0.0.1:$P_MYSQL/$1?charset=utf8"; }

sql() {
  mariadb --no-defaults -uroot -S "$STATE/run/mysql.sock" -e "$1" 2> /dev/null ||
    mariadb --no-defaults -uroot -p"$PASSWORD" -h127.0.0.1 -P"$P_MYSQL" -e "$1"
}

create_db() {
  local name
  for name in "$@"; do
    sql "CREATE DATABASE IF NOT EXISTS $name CHARACTER SET utf8mb3;" || return 1
  done
}

start_memcached() {
  start memcached memcached -u root -l 127.0.0.1 -p "$P_MEMCACHED" -U 0 -m 64 -c 4096
}

# From the start: a half-made data directory of an interrupted run is of no use
install_mysql() {
  rm -rf "$STATE/mysql"
  mariadb-install-db --no-defaults --user=root --datadir="$STATE/mysql" \
    --auth-root-authentication-method=normal --skip-test-db
}

start_mysql() {
  once mysql-files install_mysql > "$STATE/log/mysql-install.out" 2>&1 ||
    die "mariadb-install-db failed, see $STATE/log/mysql-install.out"
  start mysql mariadbd --defaults-file="$STATE/etc/my.cnf" --user=root
  wait_port "$P_MYSQL" mysql
  local grant="GRANT ALL ON *.* TO root@'127.0.0.1' IDENTIFIED BY '$PASSWORD' WITH GRANT OPTION;"
  once mysql-accounts sql "$grant" || die "database accounts"
}

# The listen address, the distribution port and epmd are all kept on loopback
start_rabbit() {
  local erlang="+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
  mkdir -p "$STATE/rabbit"
  start rabbit env HOME="$STATE/rabbit" RABBITMQ_NODENAME="medevac$P_RABBIT@localhost" \
    RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$P_RABBIT" \
    RABBITMQ_DIST_PORT="$P_RABBIT_DIST" RABBITMQ_MNESIA_BASE="$STATE/rabbit/mnesia" \
    RABBITMQ_LOG_BASE="$STATE/log" RABBITMQ_PID_FILE="$STATE/rabbit/pid" \
    RABBITMQ_CONFIG_FILE="$STATE/rabbit/none" RABBITMQ_CONF_ENV_FILE="$STATE/rabbit/none" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$STATE/rabbit/plugins" \
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$P_EPMD" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="$erlang" \
    RABBITMQ_IO_THREAD_POOL_SIZE=16 /usr/lib/rabbitmq/bin/rabbitmq-server
}

# epmd detaches itself from the broker that started it; it is the one on our port
stop_rabbit() {
  stop rabbit 20
  ERL_EPMD_PORT=$P_EPMD ERL_EPMD_ADDRESS=127.0.0.1 epmd -kill > /dev/null 2>&1
}

keystone_manage() { keystone-manage --config-file "$STATE/etc/keystone/keystone.conf" "$@"; }
nova_manage() { nova-manage --config-file "$STATE/etc/nova/nova.conf" "$@"; }

db_keystone() {
  create_db keystone && keystone_manage db_sync &&
    keystone_manage fernet_setup --keystone-user root --keystone-group root &&
    keystone_manage credential_setup --keystone-user root --keystone-group root &&
    keystone_manage bootstrap --bootstrap-password "$PASSWORD" --bootstrap-public-url "$AUTH_URL" \
      --bootstrap-internal-url "$AUTH_URL" --bootstrap-admin-url "$AUTH_URL" \
      --bootstrap-region-id "$REGION"
}
db_glance() {
  create_db glance && glance-manage --config-file "$STATE/etc/glance/glance-api.conf" db_sync
}
db_placement() {
  create_db placement &&
    placement-manage --config-file "$STATE/etc/placement/placement.conf" db sync
}
db_neutron() {
  create_db neutron &&
    neutron-db-manage --config-file "$STATE/etc/neutron/neutron.conf" upgrade heads
}

# Repeatable after an interruption: a second cell of the same name would be refused
db_nova() {
  create_db nova_api nova_cell0 nova_cell1 && nova_manage api_db sync &&
    nova_manage cell_v2 map_cell0 --database_connection "$(db_url nova_cell0)" &&
    { has_cell1 || create_cell1; } && nova_manage db sync
}
has_cell1() { nova_manage cell_v2 list_cells | grep -qw cell1; }
create_cell1() {
  nova_manage cell_v2 create_cell --name cell1 --database_connection "$(db_url nova_cell1)" \
    --transport-url "$RABBIT_URL"
}

# The API and the scheduler reach the database of the cell through a way of their own, so that this
# way alone can be cut: the cell's conductor keeps the straight one, and its hosts live on while
# the API is blind to them
cell_way() {
  local uuid
  uuid=$(sql "SELECT uuid FROM nova_api.cell_mappings WHERE name = 'cell1'" | tail -n 1)
  nova_manage cell_v2 update_cell --cell_uuid "$uuid" --name cell1 \
    --database_connection "$(db_url nova_cell1 | sed "s/:$P_MYSQL/:$P_CELL/")" \
    --transport-url "$RABBIT_URL" || return 1
  # whoever has the old address in memory is started again by `up`
  for uuid in nova-api nova-scheduler nova-conductor; do stop "$uuid"; done
}

# cmd_cell up|down: whether the API reaches the cell's database
cmd_cell() {
  case ${1:-} in
    up)
      start cell-way "$PY" "$HERE/forward.py" "$P_CELL" "$P_MYSQL"
      wait_port "$P_CELL" cell-way
      ;;
    down) stop cell-way ;;
    *) die "usage: cell up|down" ;;
  esac
  say "the way to the cell's database is ${1:-}"
}

db_masakari() {
  create_db masakari && $PY "$HERE/masakari_run.py" manage \
    --config-file "$STATE/etc/masakari/masakari.conf" db sync
}
