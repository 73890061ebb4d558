#!/bin/bash
# Run by boot.t in a whole system: installs, or looks at what has become of the start.
set -u
uuid=6d0c8a2e-6a52-4d4f-9c0e-0123456789ab
id=/dev/disk/by-id/virtio-scratch
count=${2-0}

# is GOT WANTED NAME
is() {
	count=$((count + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $count - $3"
	else
		echo "not ok $count - $3"
		printf '#      got: %s\n# expected: %s\n' "${1//$'\n'/$'\n'# }" "${2//$'\n'/$'\n'# }"
	fi
}

mounted_from() { findmnt -no SOURCE "$1"; }
dev_number() { stat -L -c '%Hr:%Lr' "$1"; }
health() { dmsetup status "$1" | awk '{ print $6 }'; }
# what systemd has, with the leg that a link leads to
leads_to() { if [ -e "/dev/disk/by-uuid/$uuid" ]; then dev_number "/dev/disk/by-uuid/$uuid"; fi; }

install_all() {
	set -e
	cp -a /payload/usr/. /usr/
	mkdir -p /var/lib/dm-quorum /data
	depmod -a
	udevadm control --reload
	modprobe dm-quorum
	cat > /etc/quorumtab << END
root ${id}0,${id}1,/dev/disk/by-id/nothing size=8388608,initramfs,device-timeout=3
data ${id}2,${id}3,${id}4 device-timeout=60
END
	quorumsetup assemble data
	mkfs.ext4 -q -U $uuid /dev/mapper/data
	mount /dev/mapper/data /data
	echo first > /data/first
	umount /data
	quorumsetup close data
	echo "UUID=$uuid /data ext4 defaults 0 2" >> /etc/fstab
	sed -i 's,^LABEL=system,/dev/mapper/root,' /etc/fstab
	update-initramfs -u
	lsinitramfs /boot/initrd.img-* | grep -i quorum
	sync
}

started() {
	is "$(systemctl is-system-running --wait)" running "$1"
	systemctl --failed --no-legend | sed 's/^/# /'
	is "$(mounted_from /)" /dev/mapper/root 'the root is the quorum device'
	is "$(health root)" AA- 'which the initramfs has made without a leg'
	is "$(mounted_from /data)" /dev/mapper/data 'the other filesystem is mounted from its quorum device'
	is "$(leads_to)" "$(dev_number /dev/mapper/data)" 'to which the link by UUID leads'
	is "$(cat /data/first)" first 'it holds what it held'
	is "$(lsblk -dno FSTYPE ${id}2)" dm_quorum_member 'a leg is known as such'
	is "$(systemctl is-active quorumsetup.target)" active 'the target is reached'
}

# What handles an event waits for the system to be up, and does not want it to be, which would end an emergency shell.
handlers_want_nothing() {
	local units
	# shellcheck source=/dev/null
	. /usr/lib/dm-quorum/functions.sh
	detach 0 sleep 12345
	detach 12345 true
	detach 1 touch /run/detached
	while [ ! -e /run/detached ]; do sleep 0.2; done
	units=$(systemctl list-units --all --plain --no-legend 'run-*' | awk '/12345|true/ { print $1 }')
	is "$(awk -F. '{ print $NF }' <<< "$units" | LC_ALL=C sort | tr '\n' ' ')" 'service service timer ' 'a handler now, and one later'
	# shellcheck disable=SC2086 # their names
	is "$(systemctl show -p Requires -p Wants $units | grep -c 'sysinit\|basic')" 0 'none of them pulls in the system'
	# shellcheck disable=SC2086
	is "$(systemctl show -p Conflicts --value $units | grep -c shutdown.target)" 3 'all of them end with it'
	# shellcheck disable=SC2086
	systemctl stop $units
}

case $1 in
install)
	install_all
	exit
	;;
degraded)
	started 'the system starts without a leg'
	is "$(health data)" AA- 'which is absent'
	is "$(grep ^behind /var/lib/dm-quorum/data)" "behind ${id}4" 'that is noted'
	is "$(grep ^behind /var/lib/dm-quorum/root)" 'behind /dev/disk/by-id/nothing' 'for the root, too'
	echo second > /data/second
	;;
complete)
	started 'the system starts with all legs'
	while dmsetup status data | grep -q recover; do sleep 0.2; done
	is "$(health data)" AAA 'the leg that was away is filled'
	is "$(journalctl -b -u quorumsetup@data.service -o cat | grep -c 'it will be filled')" 1 'as was told'
	is "$(cat /data/second)" second 'what was written without it is there'
	umount /data
	cmp "${id}2" "${id}4"
	is $? 0 'and on the leg as well'
	while grep -q ^behind /var/lib/dm-quorum/data; do sleep 0.2; done
	is "$(sed 1d /var/lib/dm-quorum/data)" 'size 131072' 'by udev, it is noted no more'
	handlers_want_nothing
	;;
esac
if systemctl is-failed --quiet '*'; then journalctl -b -p warning --no-pager | tail -n 40 | sed 's/^/# /'; fi
echo '# the end'
