#!/bin/bash
# takes 15 s
# P2: with write_ack threshold and a log, a leg may fail a write that has been acknowledged, in a region of the log in which
# another leg is marked already. If it were marked as well, one leg would be left to vote there after a restart: it is not, nor
# later by a repair that cannot fill it. The region stays dirty, and after a crash all that was acknowledged is there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
. "$(dirname "$0")/log.sh"
modprobe dm-delay
region=64
loop_legs 4 4096
size=4096
wrap_first 3
# leg 2 keeps what is written to one block
below=${legs[2]}
dm_create part2 "0 640 linear $below 0
640 8 delay $below 640 0 $below 640 3600000 $below 640 0
648 3448 linear $below 648"
legs[2]=/dev/mapper/part2
options=(log disk 2 "${disks[3]}" "$region" write_ack threshold)
quorum_create q 2 "${legs[@]:0:3}" -- "${options[@]}"
wait_idle q
for range in '0 640' '648 3448'; do
	# shellcheck disable=SC2086 # two words
	write_at /dev/mapper/q $range 0x32
done
log_cleaned q
is "$(status q mismatches) $(status q no_quorum) $(health q) $(marked dirty)" '0 0 AAA ' 'all is well before'
record_events

ok 'a write is acknowledged' write_at /dev/mapper/q 640 8 0x40
fail_sectors 1 656
ok 'one that leg 1 fails, in the same region' write_at /dev/mapper/q 656 8 0x41
is_marked() { [ "$(marked 1)" = 10 ]; }
ok 'leg 1 is marked there' poll is_marked
fail_writes 2
mark_log late
dm_reload part2 "0 $size linear $below 0"
ok 'leg 2 fails what was acknowledged' wait_events 1 DM_QUORUM_LEG=2 DM_QUORUM_TYPE=write DM_QUORUM_SECTOR=640
noted() { kernel_log late | grep -q 'log cannot tell which leg misses the write at sector 640'; }
ok 'which the log cannot tell' poll noted
heal 1 2
is "$(health q)" Aaa 'both are behind, in one block each'
ok 'what was acknowledged is read' holds /dev/mapper/q 640 8 0x40
ok 'so is the other' holds /dev/mapper/q 656 8 0x41

# leg 1 cannot be read where it is to be believed, so that there is nothing to fill leg 2 from, nor be filled itself
fail_sectors 1 640 656
message q resync
wait_idle q
nap 4
is "$(marked 1) $(marked 2) $(marked dirty)" '10  10' 'leg 2 is not marked, and the region is dirty'
heal 1

crash q
quorum_create q 2 "${legs[@]:0:3}" -- "${options[@]}"
wait_idle q
ok 'after a crash, what was acknowledged is read' holds /dev/mapper/q 640 8 0x40
ok 'so is the other' holds /dev/mapper/q 656 8 0x41
ok 'and the rest of the region' holds /dev/mapper/q 664 40 0x32
ok 'all gets in sync' recovered q
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
identical_three() { cmp "$work/disk0" "$work/disk1" && cmp "$work/disk0" "$work/disk2"; }
ok 'and they hold the same' identical_three
done_testing
