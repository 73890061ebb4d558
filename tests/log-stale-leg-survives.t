#!/bin/bash
# P1, P2: a leg that missed writes has no vote there until it is recovered, also after the machine was restarted, so that
# two stale legs never outvote a fresh one. It is recovered by itself. Without a log all of this is forgotten.
# takes 20 s
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"
region=128
loop_legs 4 2048
size=2048
wrap_first 3
legs[3]=${disks[3]}
speed=/sys/module/dm_quorum/parameters/sync_speed

# table THRESHOLD LEG...: with the log, unless $log is empty
log=1
table() { quorum_create q "$@" -- ${log:+log disk 2 "${disks[3]}" $region}; }
health() { dmsetup status q | awk '{ print $6 }'; }
all_in_sync() { [ "$(health)" = AAA ]; }
slowly() { echo 1 | tee ${speed}_min > ${speed}_max; }
fast() { echo 200000 > ${speed}_max; echo 1000 > ${speed}_min; }

# How legs 0 and 1 come to miss what leg 2 gets. Much of it: each restart recovers the first piece at once.
miss() {
	local sector
	for sector in 0 256 512 768 1032; do write_at /dev/mapper/q "$sector" 8 0x42; done
}
write_errors() {
	fail_writes 0
	fail_writes 1
	miss
	heal 0 1
}
failed() {
	message q fail 0
	message q fail 1
	miss
}
absent() {
	remove q
	table 1 - - "${legs[2]}"
	miss
}
zero_disks() { for leg in 0 1 2; do write_at "$work/disk$leg" 0 2048 0x31; done; }

for how in write_errors failed absent; do
	zero_disks
	: > "$log_file"
	truncate -s $((2048 * 512)) "$log_file"
	table 1 "${legs[@]:0:3}"
	wait_idle q
	is "$(health)" AAA "$how: all are in sync before"
	# what a failed leg may have lost with its cache counts as missed: it is to have nothing there
	log_cleaned q
	"$how"
	ok "$how: legs 0 and 1 have not got it" holds "$work/disk0" 1032 8 0x31
	is "$(marked 0)/$(marked 1)/$(marked 2)" '0 2 4 6 8/0 2 4 6 8/' "$how: that is in the log"
	slowly
	crash q
	table 1 "${legs[@]:0:3}"
	message q frozen
	is "$(health)" aaA "$how: after a restart they have no vote"
	ok "$how: two stale legs do not outvote a fresh one" holds /dev/mapper/q 1032 8 0x42
	ok "$how: nor elsewhere in the region" holds /dev/mapper/q 1024 8 0x31
	is "$(status q mismatches)" 0 "$how: and are not blamed"
	remove q
	table 1 "${legs[@]:0:3}"
	message q frozen
	is "$(health)" aaA "$how: nor after a clean end"
	record_events
	fast
	message q resync
	ok "$how: they are recovered" poll all_in_sync
	ok "$how: it is told of leg 0" wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=0
	ok "$how: and of leg 1" wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=1
	kill "$monitor"
	wait "$monitor" 2> /dev/null || :
	for leg in 0 1; do ok "$how: leg $leg holds it" holds "$work/disk$leg" 1032 8 0x42; done
	log_cleaned q
	is "$(marked 0)/$(marked 1)/$(marked 2)" '//' "$how: and the marks are gone"
	remove q
done

# by itself, at the restart
table 2 "${legs[@]:0:3}"
wait_idle q
fail_writes 2
write_at /dev/mapper/q 1024 8 0x51
heal 2
crash q
record_events
table 2 "${legs[@]:0:3}"
ok 'a leg is recovered at the restart' wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=2
ok 'all are in sync' poll all_in_sync
ok 'it holds what it missed' holds "$work/disk2" 1024 8 0x51
remove q

# an old leg comes back: it was absent in the table for a while
table 2 "${legs[0]}" - "${legs[2]}"
wait_idle q
for sector in 0 1280; do write_at /dev/mapper/q "$sector" 8 0x61; done
remove q
write_at "$work/disk0" 1280 8 0x62 # another leg rots meanwhile
slowly
table 2 "${legs[@]:0:3}"
message q frozen
is "$(health)" AaA 'a leg that comes back is stale'
is "$(outcome read_at /dev/mapper/q 1280 8)" EILSEQ 'and helps nobody to win'
write_at "$work/disk0" 1280 8 0x61
ok 'those that are in sync do' holds /dev/mapper/q 1280 8 0x61
fast
remove q

# the same without a log
log=''
zero_disks
table 1 "${legs[@]:0:3}"
write_errors
is "$(health)" aaA 'without a log: stale as long as the table is there'
remove q
table 1 "${legs[@]:0:3}"
is "$(health)" AAA 'without a log: forgotten after a restart'
ok 'without a log: so two stale legs win' holds /dev/mapper/q 1032 8 0x31
done_testing
