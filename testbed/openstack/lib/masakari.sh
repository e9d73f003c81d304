# Debian's Masakari, the peer that Medevac is measured against. Sourced by ./cloud.
# shellcheck shell=bash

write_masakari_config() {
  { cat <<E
[DEFAULT]
log_file = $STATE/log/masakari.log
transport_url = $RABBIT_URL
state_path = $STATE/masakari
os_privileged_user_name = masakari
os_privileged_user_password = $PASSWORD
os_privileged_user_tenant = service
os_privileged_user_auth_url = $AUTH_URL
os_region_name = $REGION
api_paste_config = $STATE/etc/masakari/api-paste.ini
E
    [ "$MASAKARI_PROFILE" != tuned ] || cat <<E
# Nova takes a host for dead service_down_time after its last report
# and only then agrees to evacuate it
wait_period_after_service_update = $((NOVA_SERVICE_DOWN_TIME + NOVA_REPORT_INTERVAL))
wait_period_after_evacuation = 90
verify_interval = 1
host_failure_recovery_threads = 20
process_unfinished_notifications_interval = 30
retry_notification_new_status_interval = 20
E
    printf '%b\n' "$MASAKARI_EXTRA"
    db_section masakari; db_section masakari taskflow | grep -v max_pool
    token_section masakari; } > "$STATE/etc/masakari/masakari.conf"
  cp /etc/masakari/api-paste.ini "$STATE/etc/masakari/"
  cp /etc/masakari/masakari-custom-recovery-methods.conf "$STATE/etc/masakari/"
}

# TESTBED_MASAKARI_STOCK=1 runs Debian's own start scripts, which on Debian 12 answer 500 to every
# change (see masakari_run.py); otherwise with the repairs
masakari_wsgi() {
  if [ -n "${TESTBED_MASAKARI_STOCK:-}" ]; then echo /usr/bin/masakari-wsgi
  else echo "$HERE/masakari_run.py"; fi
}
start_masakari_engine() {
  local program=("$PY" "$HERE/masakari_run.py" engine)
  [ -z "${TESTBED_MASAKARI_STOCK:-}" ] || program=(masakari-engine)
  start masakari-engine "${program[@]}" --config-file "$STATE/etc/masakari/masakari.conf" \
    --config-file "$STATE/etc/masakari/masakari-custom-recovery-methods.conf" \
    --log-file "$STATE/log/masakari-engine.log"
}

# cmd_masakari [--profile default|tuned | --stop]: (re)starts the peer and gives it the catalogue's
# entry, or frees its port for another
cmd_masakari() {
  local t0=$SECONDS e=$STATE/etc
  while [ $# -gt 0 ]; do
    case $1 in
      --profile) MASAKARI_PROFILE=$2 && shift 2 ;;
      --stop)
        stop masakari-engine
        stop masakari-api
        return 0
        ;;
      *) die "masakari: unknown option $1" ;;
    esac
  done
  install_packages "${MASAKARI_PACKAGES[@]}"
  alive keystone > /dev/null || die "the cloud is not up"
  mkdir -p "$e/masakari" "$STATE/masakari"
  stop masakari-engine
  stop masakari-api # a new profile needs a restart
  write_masakari_config
  once db-masakari db_masakari > "$STATE/log/db-masakari.out" 2>&1 ||
    die "masakari schema, see $STATE/log/db-masakari.out"
  # masakari-wsgi reads its configuration twice, the second time without OS_MASAKARI_CONFIG_DIR,
  # hence the argument
  OS_MASAKARI_CONFIG_DIR=$e/masakari wsgi masakari-api "$P_INSTANCE_HA" "$(masakari_wsgi)" 4 \
    --pyargv "--config-file $e/masakari/masakari.conf"
  start_masakari_engine
  wait_http masakari-api "http://127.0.0.1:$P_INSTANCE_HA/"
  ctl wait-log "$STATE/log/masakari-engine.log" || die "masakari-engine did not start"
  ctl register "http://127.0.0.1:$P_INSTANCE_HA" || die "catalogue"
  say "masakari ($MASAKARI_PROFILE) in $((SECONDS - t0)) s"
}
