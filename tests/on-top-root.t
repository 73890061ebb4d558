#!/bin/bash
# takes 30 s
# A quorum device can be the root of a tree of processes: programs, their libraries and their data are read from it, and
# written to it, while a leg is damaged, failed, restored and repaired. No program notices (P1), only that leg is blamed
# (P3), and the legs end identical (P4).
# only on 7
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/root-tree.sh"

some_lost() { [ "$(dmsetup status q | awk '{ print $(NF - 8) }')" -gt 50 ]; }

loop_legs 3 131072
record_events
quorum_create q 2 "${legs[@]}"
mkfs.ext4 -q -F /dev/mapper/q
start_tree
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'

# a block of each 256 KiB, again and again
perl -e 'open my $leg, "+<:raw", $ARGV[0] or die; for (;; select undef, undef, undef, 0.1) {
	for (my $at = 0; $at < $ARGV[1]; $at += 262144) { sysseek $leg, $at, 0; syswrite $leg, "\xee" x 4096 } }' \
	"$work/disk1" $((131072 * 512)) &
corrupter=$!
ok 'with a leg that is damaged all the time, it loses votes' poll some_lost
ok 'and the processes go on' go_on
ok 'in order' all_fine
kill "$corrupter"
wait "$corrupter" || :
is "$(event_values DM_QUORUM_LEG | sort -u)" 1 'only that leg is blamed'

message q fail 1
ok 'with the leg failed they go on' go_on
ok 'in order' all_fine
is "$(status q health)" ADA 'it is failed'

message q restore 1
ok 'it is restored' wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED
# it is to come to its end beside them
echo 200000 > /sys/module/dm_quorum/parameters/sync_speed_min
message q repair
ok 'and repaired' wait_events 1 DM_ACTION=QUORUM_SYNC_DONE DM_QUORUM_TYPE=repair
ok 'they go on' go_on
end_tree
like "$(counters q)" '^[0-9]+ 0 [0-9]+ [0-9]+ / 0 0 0 0 / [0-9]+ 0 0 [0-9]+ / 0 0 0 0$' 'only that leg is blamed'
is "$(event_count DM_ACTION=QUORUM_FAILURE)" 0 'no request has failed'
ok 'the filesystem is in order' fsck.ext4 -fn /dev/mapper/q
for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done
done_testing
