#!/bin/bash
# also on the debug kernel
# P2, P4: a leg that hangs in what a repair, a walk or the block engine does to it is let go when it is failed: walks go on, the
# range is given up, and what the leg may get late is not trusted there.
# takes 16 s
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
modprobe dm-delay

is_walking() { [[ $(progress q) == *" $1" ]]; }
# comes_back LEG: what it keeps is let loose, and the leg restored
comes_back() {
	release "$1" && restored q "$1" && recovered q && identical
}
# let_go LEG WORD: the leg is failed, and the walk comes to its end
let_go() { message q fail "$1" && wait_idle q; }
# last_walk KEY: of the last event that a walk has ended
last_walk() { poll heard_mark && quorum_events DM_ACTION=QUORUM_SYNC_DONE | tail -n 1 | tr '\t' '\n' | sed -n "s/^$1=//p"; }

loop_legs 3 32768
wrap_legs
wrapped=("${legs[@]}")
record_events

# --- a repair that a reader has brought about; a write waits for its range
hold_writes 1
quorum_create q 2 "${legs[@]}" -- rewrite_corrupted
for disk in 0 1 2; do write_at "$work/disk$disk" 0 32768 0x32; done
write_at "$work/disk1" 803 2 0x42
is "$(health q) $(counts q)" "AAA $nothing" 'all is well before'
ok 'the reader does not wait' holds /dev/mapper/q 800 8 0x32
is_counted() { [[ $(counts q) == '1 0 0 0 / 0 0 0 0 / 1 0 0 0 / 0 0 0 0' ]]; }
ok 'the leg has lost' poll is_counted
write_at /dev/mapper/q 800 8 0x33 &
writer=$!
ok 'a write comes' poll in_flight /dev/mapper/q 0 1
ok 'and waits' all_running $writer
ok 'the leg is failed' message q fail 1
ok 'the write ends, and well' wait $writer
ok 'what it has written is read' holds /dev/mapper/q 800 8 0x33
is "$(health q)" ADA 'by two legs'
fails 'the leg cannot be restored' message q restore 1
release 1
# the older version has got to the leg late
ok 'the late repair has been done' poll holds "$work/disk1" 800 8 0x32
ok 'it can be restored' restored q 1
ok 'all is well' recovered q
ok 'the legs are identical' identical
is "$(counters q)" '1 0 0 0 / 0 0 0 0 / 1 0 0 0 / 0 0 0 0' 'nothing else is counted'
dm remove q
heard_mark
is "$(event_count DM_QUORUM_TYPE=rewrite)" 0 'a repair that was let go has not failed'
dm remove held1
unset 'devices[-1]' 'devices[-1]'

# --- the same by the block engine, which two legs that fail in different places bring about. It uses the page that the leg is
# repaired from again, so that the leg gets something else when it writes at last
legs=("${wrapped[@]}")
for disk in 0 1 2; do write_at "$work/disk$disk" 9040 8 0x37; done
fail_sectors 0 9001
fail_sectors 1 9040
hold_writes 1
quorum_create q 2 "${legs[@]}" -- rewrite_corrupted
read_at /dev/mapper/q 8992 128 > "$work/read" &
reader=$!
ok 'a read in which two legs fail' poll in_flight /dev/mapper/q 1 0
engaged() { [ "$(counts q | cut -d/ -f3 | awk '{ print $2 }')" -gt 0 ]; }
ok 'is done block by block, and a leg repaired' poll engaged
ok 'which hangs' all_running $reader
ok 'the leg is failed' message q fail 1
ok 'the read ends, and well' wait $reader
ok 'its data are right' cmp "$work/read" <(pattern 0x32 48; pattern 0x37 8; pattern 0x32 72)
is "$(health q)" ADA 'the leg is failed'
ok 'another read: data' holds /dev/mapper/q 9040 8 0x37
heal 0 1
release 1
ok 'the late repair has been done, with something else' poll holds "$work/disk1" 9040 8 0x32
ok 'which is not read' holds /dev/mapper/q 9040 8 0x37
ok 'the leg can be restored' restored q 1
ok 'all is well' recovered q
ok 'the legs are identical' identical
is "$(status q mismatches)" 0 'nobody is blamed'
dm remove q
dm remove held1
unset 'devices[-1]' 'devices[-1]'
legs=("${wrapped[@]}")

# --- a check, and a repair, with a leg that does not answer
for what in check repair; do
	quorum_create q 2 "${legs[@]}"
	write_at "$work/disk2" 30000 1 0x42
	was=$(sectors_read "${disks[0]}")
	hang 1
	message q $what
	ok "$what: it reads" poll has_read "${disks[0]}" $((was + 256))
	ok 'it goes on, and does not end' is_walking $what
	forget_events
	ok 'the leg is failed, and it ends' let_go 1
	is "$(health q)" ADA 'without that leg'
	is "$(last_walk DM_QUORUM_TYPE) $(last_walk DM_QUORUM_MISMATCHES) $(last_walk DM_QUORUM_ERROR)" "$what 0 " 'at its very end'
	unhang 1
	ok 'it can be restored' restored q 1
	ok 'all is well' recovered q
	write_at "$work/disk2" 30000 1 0x32
	ok 'the legs are identical' identical
	dm remove q
	unset 'devices[-1]'
done

# --- a repair that writes
write_at "$work/disk1" 4000 1 0x42
write_at "$work/disk1" 20000 1 0x42
hold_writes 1
quorum_create q 2 "${legs[@]}"
forget_events
message q repair
ok 'repair: the leg has lost' poll is_counted
ok 'it goes on' is_walking repair
ok 'the leg is failed, and it ends' let_go 1
is "$(last_walk DM_QUORUM_MISMATCHES) $(last_walk DM_QUORUM_REWRITTEN)" '1 0' 'nothing has been rewritten'
write_at "$work/disk1" 20000 1 0x32
ok 'the leg comes back, all is well' comes_back 1
dm remove q
dm remove held1
unset 'devices[-1]' 'devices[-1]'
legs=("${wrapped[@]}")

# --- a leg that hangs while it is recovered; what it is given late is older than what it misses
quorum_create q 2 "${legs[@]}"
message q fail 1
write_at /dev/mapper/q 512 256 0x35
write_at /dev/mapper/q 5120 256 0x35
dm remove q
unset 'devices[-1]'
hold_writes 1
quorum_create q 2 "${legs[@]}"
message q fail 1
write_at /dev/mapper/q 512 256 0x35
write_at /dev/mapper/q 5120 256 0x35
was=$(sectors_read "${disks[0]}")
message q restore 1
ok 'recover: it reads' poll has_read "${disks[0]}" $((was + 256))
ok 'it goes on' is_walking recover
write_at /dev/mapper/q 512 8 0x36 &
writer=$!
ok 'a write waits for it' poll in_flight /dev/mapper/q 0 1
ok 'the leg is failed, and it ends' let_go 1
ok 'so does the write' wait $writer
ok 'the leg comes back, all is well' comes_back 1
ok 'and holds what is newer' holds "$work/disk1" 512 8 0x36
is "$(counters q)" "$nothing" 'nobody is blamed'
dm remove q
dm remove held1
unset 'devices[-1]' 'devices[-1]'
legs=("${wrapped[@]}")

# --- a leg that is filled, and does not answer the flush of it
hold_flushes 2
write_at "$work/disk2" 0 32768 0x42
quorum_create q 2 "${legs[@]}" -- rebuild 2
ok 'rebuild: it keeps a flush' poll keeps_flush 2
ok 'and does not end' is_walking recover
ok 'the leg is failed, and it ends' let_go 2
is "$(health q)" AAD 'the leg is failed'
ok 'the leg comes back, all is well' comes_back 2
is "$(counters q)" "$nothing" 'nobody is blamed'
done_testing
