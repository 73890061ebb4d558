# shellcheck shell=bash
# Sourced by the tests of quorumsetup, after lib.sh, which ends udev: the tool is not to wait for it. It would, as udev looks
# alive to libdevmapper while its socket is there.
quorumsetup() { DM_DISABLE_UDEV=1 command quorumsetup "$@"; }
