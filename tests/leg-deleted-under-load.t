#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# takes 15 s
# P5: a SCSI disk that is pulled out under load costs no data and no request. Its leg is counted with its errors, told, and
# stale; the device goes on, and neither it nor the disk's driver is held up when it is removed.
# ROUNDS (1) is how often.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"

modprobe -n scsi_debug 2> /dev/null || skip_all 'no scsi_debug'
at_end 'remove_devices; devices=(); modprobe -qr scsi_debug'

# plug_in: a SCSI disk as leg 2, which answers a little later than the others
plug_in() {
	modprobe sd_mod
	modprobe scsi_debug dev_size_mb=6 ndelay=300000 max_queue=32
	poll has_disk
	legs[2]=/dev/$(disk_name)
	# no request of it is given up for being slow
	echo 3600 > "/sys/block/${legs[2]#/dev/}/device/timeout"
}
disk_name() { find /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block -mindepth 1 -maxdepth 1 -printf '%f\n' 2> /dev/null; }
has_disk() { [ -b "/dev/$(disk_name)" ]; }
has_erred() { [ "$(leg_errors)" -gt "${1:-0}" ]; }
leg_errors() { dmsetup status q | awk '{ print $(NF - 2) + $(NF - 1) }'; }

loop_legs 2 12288
record_events
for ((round = 1; round <= $(rounds 1); round++)); do
	plug_in
	quorum_create q 2 "${legs[@]}"
	write_at /dev/mapper/q 0 12288 0
	start_load 3
	ok 'the load has begun' works
	is "$(dmsetup status q | awk '{ print $6, $9, $10, $11, $12 }')" 'AAA 0 0 0 0' 'all is well before'

	echo 1 > "/sys/block/${legs[2]#/dev/}/device/delete"
	ok 'the leg is missed' poll has_erred
	ok 'the load goes on' works
	ok 'and the leg is counted with more errors' poll has_erred 20
	like "$(status q health)" '^AA[aA]$' 'the other legs are in sync'
	ok 'the load goes on after suspend and resume' works

	is "$(outcome message q fail 2)" ok 'the leg can be failed'
	is "$(status q health)" AAD 'and is'
	was=$(leg_errors)
	ok 'the load goes on' works
	is "$(leg_errors)" "$was" 'the leg is not asked again'

	ok 'the load was fine to the end' load_was_fine
	like "$(counters q)" '^0 0 0 [0-9]+ / 0 0 0 0 / 0 0 0 0 / 0 [0-9]+ [0-9]+ 0$' 'no other fault was counted, and nobody lost a vote'
	like "$(status q write_errors 2)" '^[1-9]' 'the leg missed writes'
	ok 'it was told' wait_events 1 DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=2
	ok 'that it failed, too' wait_events 1 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=2
	is "$(event_values DM_QUORUM_LEG | sort -u) $(event_count DM_ACTION=QUORUM_FAILURE)" '2 0' 'and nothing of others'
	ok 'the healthy legs are identical' cmp "$work/disk0" "$work/disk1"

	ok 'the device can be removed' dm remove q
	unset 'devices[-1]'
	ok 'nothing holds the disk that has gone' poll modprobe -r scsi_debug
	forget_events
done
done_testing
