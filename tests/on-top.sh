# shellcheck shell=bash disable=SC2154,SC2034  # variables of lib.sh
# Sourced after lib.sh by the tests of what can be put on /dev/mapper/q: a load on the upper device, and damage below it.
. "$(dirname "${BASH_SOURCE[0]}")/verified-load.sh"

# sectors left free at the beginning of each leg, so that nothing finds there what is on the quorum device
spare=2048
# sectors of an upper device that a load of two jobs has to itself
load_sectors=8192

# blame: what has been counted, lost votes of leg 1 as "some": udev looks at devices after each writer, so it may have read
# what is damaged, too. It may also have read where a load was writing, so <raced> is left out.
blame() { counters q | awk '{ if ($11 > 0 && $1 == $11) $1 = $11 = "some"; $4 = "-" } 1'; }
nobody='0 0 0 - / 0 0 0 0 / 0 0 0 0 / 0 0 0 0'
leg1_only='some 0 0 - / 0 0 0 0 / some 0 0 0 / 0 0 0 0'

# told RANGES: just these have been announced as lost by leg 1
told() { [ "$(event_ranges DM_QUORUM_LEG=1 DM_QUORUM_TYPE=read)" = "$1" ]; }

# is_told RANGES NAME
is_told() {
	poll told "$1" || :
	is "$(event_ranges DM_QUORUM_LEG=1)" "$1" "$2"
}

# in_place: what has been written is where it belongs. To be replaced by the test of a device that takes its time for that.
in_place() { :; }

# outvoted DEVICE SECTOR BELOW: while there is a load at the beginning of DEVICE, leg 1 is damaged below 16 sectors at
# SECTOR, which hold 0x32 and are at sector BELOW of the quorum device. They are written with 0x33 then.
outvoted() {
	local device=$1 sector=$2 below=$3
	is "$(blame)" "$nobody" 'nobody is blamed before'
	start_load 2 "$device"
	ok 'a load has begun' works
	# four sectors in two vote blocks, unless what is below does not begin with a block
	write_at "$work/disk1" $((${skipped:-0} + below + 1)) 3 0xee
	write_at "$work/disk1" $((${skipped:-0} + below + 14)) 1 0xee
	ok 'the data are right, with damage below them' holds "$device" "$sector" 16 0x32
	is_told "$((below + 1))+3 $((below + 14))+1" 'the damage is told exactly'
	is "$(event_values DM_QUORUM_LEG | sort -u) $(event_values DM_ACTION | sort -u)" '1 QUORUM_REPORT_BAD' 'and nothing else'
	ok 'the load goes on' works
	ok 'the load was fine' load_was_fine
	is "$(blame)" "$leg1_only" 'one leg is blamed'
	ok 'what is written anew' write_at "$device" "$sector" 16 0x33
	ok 'is read' holds "$device" "$sector" 16 0x33
	in_place
	all_is_well
}

# all_is_well: the legs differ nowhere
all_is_well() {
	forget_events
	message q check
	wait_events 1 DM_ACTION=QUORUM_SYNC_DONE
	is "$(event_values DM_QUORUM_MISMATCHES) $(event_values DM_QUORUM_NO_QUORUM)" '0 0' 'a check finds nothing wrong'
	# udev may have read what was damaged, of which may be told late
	is "$(event_count DM_QUORUM_TYPE=check)" 1 'and tells nothing'
	forget_events
}

# identical: all legs, after the devices on them have been closed
identical() { ok 'the legs are identical' cmp_legs; }
cmp_legs() { cmp "$work/disk0" "$work/disk1" && cmp "$work/disk0" "$work/disk2"; }

# drop DEVICE...: removes these dm devices, as done_testing would
drop() {
	local device
	udevadm settle
	for device; do dm remove --retry "$device"; done
	devices=()
}

# clear_legs: nothing is left on the disks
clear_legs() {
	local disk leg
	for disk in "$work"/disk?; do
		truncate -s 0 "$disk"
		truncate -s $((size * 512)) "$disk"
	done
	# nor in the caches of what has read them
	for leg in "${legs[@]}"; do blockdev --flushbufs "$leg"; done
}
