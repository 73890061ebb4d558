#!/bin/bash
# On the same system with its new kernel: all is as it was; then everything is removed
. "$(dirname "$0")/lib.sh"

ok 'the new kernel runs' grep -q '^6\.12\.' /proc/sys/kernel/osrelease
ok 'its module can be loaded' modprobe dm-quorum
attach_legs
ok 'the device is made again' quorumsetup create data "${devices[@]}"
is "$(lost_votes 1)" 0 'no vote has been lost yet'
is "$(read_block /dev/mapper/data)" 'a quick brown fox' 'it has its data'
ok 'the damaged leg is found again' poll is_blamed 1

# refused COMMAND...: no package goes while there is a device
refused() {
	local said status=0
	said=$("$@" 2>&1) || status=$?
	ok "refused: $*" test "$status" -ne 0
	ok 'and told why' grep -q 'there are quorum devices: data\.' <<< "$said"
	# dpkg keeps in mind that one was to go
	is "$(dpkg-query -f '${db:Status-Status} ' -W dm-quorum-dkms dm-quorum-utils)" 'installed installed ' 'both packages are there'
}
refused apt-get -q -y purge dm-quorum-dkms dm-quorum-utils
refused dpkg --force-depends --remove dm-quorum-utils
is "$(for_kernels | wc -w)" 2 'so is the module, for both kernels'
is "$(read_block /dev/mapper/data)" 'a quick brown fox' 'and the device'
ok 'the device is closed' quorumsetup close data

ok 'the timer that was enabled has been started' systemctl --quiet is-active quorumsetup-metrics.timer

# left: what may have come from the packages
left() {
	find / -xdev -path /out -prune -o \( -iname '*dm[-_]quorum*' -o -name '*quorumsetup*' \) -print
	grep -l dm_quorum /lib/modules/*/modules.{dep,alias} || :
}
ok 'the packages have left much' test "$(left | wc -l)" -gt 20
is "$(left | grep -cE '(/timers.target.wants/quorumsetup-metrics.timer|/dm-quorum.prom)$')" 2 \
	'also the link of the timer, and what it writes'
ok 'both are purged' apt-get -q -y purge dm-quorum-dkms dm-quorum-utils
is "$(left)" '' 'nothing is left'
is "$(systemctl --all --plain --no-legend list-units 'quorumsetup*')" '' 'nor does systemd know of a unit'
is "$(dpkg -l | grep dm-quorum || :)" '' 'not even of their configuration'
is "$(ls -d /lib/modules/*/updates 2> /dev/null || :)" '' 'nor a directory for their modules'
ok 'the module can be unloaded' rmmod dm_quorum
ok 'and not be loaded again' not modprobe dm-quorum
