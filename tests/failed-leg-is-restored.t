#!/bin/bash
# also on the debug kernel
# A failed leg that is restored takes writes at once, and votes where it missed none; the rest is recovered, which takes no more
# than what it missed. It is never blamed (P3), and two legs with old data never outvote one with new (P1, P2).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

recovered() { quorum_events DM_ACTION=QUORUM_SYNC_DONE "DM_QUORUM_TYPE=$1" | tail -n 1 | sed 's/.*DM_QUORUM_RECOVERED=//'; }

loop_legs 3 16384
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 16384 0x32
record_events
is "$(progress q) $(status q health)" '16384/16384 idle AAA' 'all legs are in sync before'

message q fail 1
ok 'without the leg: writes' write_at /dev/mapper/q 800 8 0x33
ok 'to two places' write_at /dev/mapper/q 9001 512 0x34
is "$(status q health)" ADA 'the leg is failed'
was=$(sectors_read "${disks[0]}")
ok 'it is restored' message q restore 1
wait_idle q
is $(($(sectors_read "${disks[0]}") - was)) $((8 + 520)) 'only the vote blocks that it missed are read'
is "$(status q health) $(progress q)" 'AAA 16384/16384 idle' 'and in sync'
ok 'that is told' wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=1
wait_events 1 DM_ACTION=QUORUM_SYNC_DONE DM_QUORUM_TYPE=recover
is "$(recovered recover)" $((8 + 520)) 'only the vote blocks that it missed were written'
ok 'the legs are identical' identical
fails 'a leg that is not failed is not restored' message q restore 1
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody is blamed'

# --- frozen, nothing is recovered: the leg has no vote where it is stale, and one everywhere else
message q frozen
message q fail 1
write_at /dev/mapper/q 800 8 0x35
message q restore 1
is "$(progress q) $(status q health)" '16376/16384 frozen AaA' 'frozen, a restored leg stays stale where it missed a write'
message q fail 2
is "$(outcome read_at /dev/mapper/q 800 8)" EIO 'it has no vote there'
ok 'but has one elsewhere' holds /dev/mapper/q 0 8 0x32
ok 'a write that covers the block' write_at /dev/mapper/q 800 8 0x36
is "$(status q health)" AAD 'puts it in sync'
ok 'and lets it vote' holds /dev/mapper/q 800 8 0x36
message q restore 2
is "$(status q health)" AAa 'the other one is stale now'
ok 'what it missed is right all the same' holds /dev/mapper/q 800 8 0x36
ok 'asked to resync' message q resync
wait_idle q
is "$(status q health) $(progress q)" 'AAA 16384/16384 idle' 'all are in sync'
ok 'the legs are identical' identical
is "$(counters q | cut -d/ -f2-)" ' 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody is blamed'

# --- a leg that missed writes by its own fault
fail_writes 2
ok 'a leg fails a write' write_at /dev/mapper/q 4000 24 0x37
is "$(status q health) $(progress q)" 'AAa 16360/16384 idle' 'it is stale there'
message q resync
wait_idle q
is "$(status q health)" AAa 'and cannot be recovered while it cannot be written'
wait_events 2 DM_ACTION=QUORUM_SYNC_DONE DM_QUORUM_TYPE=resync
is "$(event_values DM_QUORUM_ERROR DM_ACTION=QUORUM_SYNC_DONE DM_QUORUM_TYPE=resync)" 5 'which is told'
heal 2
message q resync
wait_idle q
is "$(status q health)" AAA 'when it can, it is'
ok 'the legs are identical' identical
before=$(written "${disks[2]}")
message q resync
wait_idle q
is "$(written "${disks[2]}")" "$before" 'and there is nothing left to do'

# a repair gives it that, too
fail_writes 2
ok 'a leg fails a write again' write_at /dev/mapper/q 4000 24 0x3a
heal 2
is "$(status q health)" AAa 'it is stale'
message q repair
wait_idle q
is "$(status q health)" AAA 'after a repair it is not'
ok 'the legs are identical' identical

# --- what a write that failed as a whole has left
at=640
for walk in resync repair; do
	message q reset_counters
	fail_writes 1
	fail_writes 2
	is "$(outcome write_at /dev/mapper/q $at 8 0x38)" EIO 'a write fails that only one leg took'
	heal 1 2
	fails 'the legs differ' identical
	is "$(status q mismatches)" 0 'which nobody is blamed for'
	message q $walk
	wait_idle q
	ok "after a $walk they do not" identical
	read_at /dev/mapper/q $at 8 > "$work/read"
	ok 'they hold one of the two versions' grep -qE '^(2{4096}|8{4096})$' "$work/read"
	is "$(status q mismatches) $(status q no_quorum)" '0 1' 'and still nobody is blamed'
	at=$((at + 64))
done

# with two legs nobody can win, so one version is chosen
quorum_reload q 2 "${legs[@]:0:2}"
fail_writes 1
is "$(outcome write_at /dev/mapper/q 640 8 0x39)" EIO 'of two legs, one takes a write'
heal 1
is "$(outcome read_at /dev/mapper/q 640 8)" EILSEQ 'they tie'
message q resync
wait_idle q
ok 'after a resync it can be read' read_at /dev/mapper/q 640 8
ok 'and they are identical' cmp "$work/disk0" "$work/disk1"
done_testing
