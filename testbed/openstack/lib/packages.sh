# Installs Debian's packages where they are missing, without starting their daemons. Sourced by
# ./cloud.
# shellcheck shell=bash

is_installed() { dpkg-query -W -f '${Status}' "$1" 2> /dev/null | grep -q 'ok installed'; }

# install_packages PACKAGE...
install_packages() {
  local missing=() package rc t0=$SECONDS
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} = 0 ] && return 0
  say "installing: ${missing[*]}"
  # Debian's init scripts must not start a second copy of every daemon
  local guard=/usr/sbin/policy-rc.d made=
  [ -e $guard ] || {
    printf '#!/bin/sh\nexit 101\n' > $guard
    chmod 755 $guard
    made=1
  }
  apt_install "${missing[@]}" > "$STATE/log/apt.out" 2>&1
  rc=$?
  [ -n "$made" ] && rm -f $guard
  [ $rc = 0 ] || {
    tail -n 5 "$STATE/log/apt.out" >&2
    die "apt-get failed, see $STATE/log/apt.out"
  }
  say "packages installed in $((SECONDS - t0)) s"
}

apt_install() {
  local apt=(apt-get -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3 -q)
  export DEBIAN_FRONTEND=noninteractive
  "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"
}
