#!/bin/bash
# also on the debug kernel
# takes 10 s
# rewrite_corrupted: a leg that lost a vote gets what the majority holds, in the vote blocks that are bad and nowhere else,
# and is read back. It is counted (P5), and a repair that fails is told. Where nobody has won, nothing is written (P1).
. "$(dirname "$0")/lib.sh"

# sectors that a disk has written
written() { awk '{ print $7 }' "/sys/dev/block/$(dev_number "$1")/stat"; }
identical() { cmp "$work/disk0" "$work/disk1" && cmp "$work/disk0" "$work/disk2"; }

# repaired LEG SECTOR: after a read of its block, it is
repaired() { holds /dev/mapper/q "$2" 8 0x32 && [ "$(status q rewritten "$1")" = 1 ]; }
# requests that a leg has had: reads, writes
reads() { awk '{ print $1 }' "/sys/dev/block/$(dev_number "$1")/stat"; }
writes() { awk '{ print $5 }' "/sys/dev/block/$(dev_number "$1")/stat"; }

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}" -- rewrite_corrupted
write_at /dev/mapper/q 0 2048 0x32
record_events
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'
ok 'the legs are identical before' identical

# --- one leg, one sector
write_at "$work/disk1" 13 1 0x42
was=("$(written "${disks[0]}")" "$(written "${disks[1]}")")
ok 'a leg is wrong: data' holds /dev/mapper/q 0 256 0x32
is "$(counters q)" '1 0 1 0 / 0 0 0 0 / 1 0 0 1 / 0 0 0 0' 'the leg is blamed, and repaired'
ok 'the legs are identical' identical
is "$(($(written "${disks[1]}") - was[1]))" 8 'one vote block has been written'
is "$(written "${disks[0]}")" "${was[0]}" 'and nothing on the others'
ok 'it is told' wait_events 1 DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=1 DM_QUORUM_TYPE=read
is "$(event_ranges)" 13+1 'with what was wrong'
ok 'it is read again' holds /dev/mapper/q 0 256 0x32
is "$(status q mismatches)" 1 'and is right now'

# --- two legs in different sectors of one block, and a part of another
write_at "$work/disk1" 520 1 0x42
write_at "$work/disk2" 522 2 0x43
write_at "$work/disk2" 700 3 0x44
message q reset_counters
ok 'two legs are wrong in different places: data' holds /dev/mapper/q 512 256 0x32
is "$(status q mismatches 1) $(status q mismatches 2) $(status q mismatches)" '1 2 3' 'both are blamed'
# by this read, unless it ran out of patience, which it has for a second
all_repaired() { holds /dev/mapper/q 512 256 0x32 && [ "$(status q rewritten 1) $(status q rewritten 2) $(status q rewritten)" = '1 2 3' ]; }
ok 'and repaired' poll all_repaired
ok 'the legs are identical' identical

# --- a read of less than a block
write_at "$work/disk0" 1000 8 0x45
ok 'two sectors of a bad block are read' holds /dev/mapper/q 1002 2 0x32
is "$(status q rewritten 0)" 1 'and repaired'
ok 'they are right' cmp -n 1024 "$work/disk0" "$work/disk1" -i $((1002 * 512))
ok 'what was not voted on is left alone' holds "$work/disk0" 1000 2 0x45
ok 'until it is read' holds /dev/mapper/q 1000 8 0x32
is "$(status q rewritten 0)" 2 'and repaired'
ok 'the legs are identical' identical

# --- no winner
forget_events
message q reset_counters
write_at "$work/disk1" 40 1 0x42
write_at "$work/disk2" 40 1 0x43
is "$(outcome read_at /dev/mapper/q 40 8)" EILSEQ 'all differ in one sector: an error'
is "$(status q no_quorum) $(status q rewritten)" '1 0' 'nothing is repaired'
ok 'the first is as it was' holds "$work/disk1" 40 1 0x42
ok 'and so is the second' holds "$work/disk2" 40 1 0x43
ok 'a write repairs it' write_at /dev/mapper/q 40 8 0x32
ok 'the legs are identical' identical

# --- a leg that cannot be written
forget_events
message q reset_counters
write_at "$work/disk1" 64 1 0x42
fail_writes 1
ok 'a leg that is wrong refuses the repair: data' holds /dev/mapper/q 64 8 0x32
is "$(counters q)" '1 0 0 0 / 0 0 0 0 / 1 0 1 0 / 0 0 0 0' 'a mismatch and a write error'
ok 'the failed repair is told' wait_events 1 DM_QUORUM_TYPE=rewrite DM_QUORUM_LEG=1 DM_QUORUM_ERROR=5
is "$(event_ranges DM_QUORUM_TYPE=rewrite)" 64+8 'with its block'
heal 1
# for a second, readers leave the leg alone
ok 'when the leg can be written, a read repairs it' poll repaired 1 64
ok 'the legs are identical' identical

# --- a leg that says it has written
forget_events
message q reset_counters
write_at "$work/disk2" 128 1 0x42
dm_reload leg2 "0 $size flakey ${disks[2]} 0 0 1 1 drop_writes"
ok 'a leg that is wrong loses the repair: data' holds /dev/mapper/q 128 8 0x32
is "$(counters q)" '1 0 0 0 / 0 0 0 0 / 0 0 0 0 / 1 0 0 0' 'it is not counted as repaired'
ok 'this is told' wait_events 1 DM_QUORUM_TYPE=rewrite DM_QUORUM_LEG=2
is "$(event_values DM_QUORUM_ERROR DM_QUORUM_TYPE=rewrite)" '' 'as a difference'
heal 2
ok 'when the leg holds what it gets, a read repairs it' poll repaired 2 128

# --- a leg that cannot be read, for a while
forget_events
message q reset_counters
fail_sectors 0 302
ok 'a leg cannot read a sector: data' holds /dev/mapper/q 256 256 0x32
is "$(status q rewritten) $(status q mismatches)" '0 0' 'it cannot be repaired either'
ok 'the failed repair is told' wait_events 1 DM_QUORUM_TYPE=rewrite DM_QUORUM_LEG=0 DM_QUORUM_ERROR=5
is "$(event_ranges DM_QUORUM_TYPE=rewrite)" 296+8 'with the one block that cannot be read'
heal 0
message q reset_counters
ok 'the leg can be read again' holds /dev/mapper/q 256 256 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'and all is well'
ok 'the legs are identical' identical

# --- a leg that can do nothing any more
message q reset_counters
dm_reload leg1 "0 $size error"
was=("$(reads "${legs[1]}")" "$(writes "${legs[1]}")")
seconds=$SECONDS
for i in {1..20}; do holds /dev/mapper/q 0 256 0x32 || break; done > "$work/said" 2>&1
is "$i" 20 'a leg is dead: data'
is "$(status q read_errors 1) $(status q rewritten 1)" '20 0' 'each read is counted'
# all has been judged by now
seconds=$((SECONDS - seconds + 1))
# two blocks each time, lest it is but the first that is bad
ok 'one repair a second is tried' test "$(status q write_errors 1)" -le $((2 * (seconds + 1)))
# each reading, and for each repair that is tried: once more under the lock, two blocks, and writing them
ok 'and costs the leg five requests' test $(($(reads "${legs[1]}") - was[0] + $(writes "${legs[1]}") - was[1])) -le $((20 + 5 * (seconds + 1)))
heal 1
is "$(dmsetup table q | awk '{ print $NF }')" rewrite_corrupted 'the table tells the option'
done_testing
