# shellcheck shell=bash
# Sourced by the tests of the udev rules, after lib.sh, which ends udev: they want it running.
[ -e /usr/lib/udev/rules.d/11-dm-quorum.rules ] || skip_all 'the udev rules are not installed'

rm -f /run/udev/data/b"$(awk '$2 == "device-mapper" { print $1 }' /proc/devices)":*
/usr/lib/systemd/systemd-udevd --daemon 2> /dev/null
udevadm settle

# lib.sh suspends and resumes to see that everything is judged. To udev that is an activation, and it rightly looks at the
# device then. These tests wait for the events instead, which come after the judgement.
# shellcheck disable=SC2317
settle() { :; }
