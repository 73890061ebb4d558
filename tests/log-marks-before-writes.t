#!/bin/bash
# P2: a region is marked, and the mark is on stable storage, before the first write to it goes to any leg; a write to a
# region that is marked waits for nothing. Marks are taken back lazily, after the legs have been flushed.
# takes 35 s
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"
modprobe -q dm-log-writes || skip_all 'no dm-log-writes in this kernel'
here=$(dirname "$0")

region=128
loop_legs 4 4096  # the last is the log
loop_legs 1 65536 # what is written to it
size=4096
dm_create written "0 4096 log-writes ${legs[3]} ${legs[4]}"
dm_create log '0 4096 linear /dev/mapper/written 0'
wrap_first 3
quorum_create q 2 "${legs[@]:0:3}" -- log disk 2 /dev/mapper/log $region
wait_idle q
log_cleaned q
is "$(marked dirty)" '' 'nothing is marked before'

# the log cannot be written
dm suspend --nolockfs log
write_at /dev/mapper/q 0 8 0x31 &
writer=$!
ok 'a read goes on' holds /dev/mapper/q 0 8 0
# whoever sees nothing must have given it the time: so long as a write to a marked region takes, and more
sleep 1
ok 'a write to a clean region waits' kill -0 $writer
for leg in 0 1 2; do ok "and is not on leg $leg" holds "$work/disk$leg" 0 8 0; done
is "$(marked dirty)" '' 'as the mark is not in the log'
dm resume log
ok 'it goes on when the log does' wait $writer
is "$(marked dirty)" '0' 'the mark is in the log'
for leg in 0 1 2; do ok "and the write on leg $leg" holds "$work/disk$leg" 0 8 0x31; done

# so that the mark is not about to be taken back
start_user 16
dm suspend --nolockfs log
ok 'writes to the marked region wait for nothing' uses
write_at /dev/mapper/q 120 16 0x33 &
writer=$!
write_at /dev/mapper/q 1024 8 0x34 &
other=$!
ok 'nor does one elsewhere in it' write_at /dev/mapper/q 64 8 0x35
ok 'nor a flush' flush /dev/mapper/q
sleep 1
ok 'one to a marked region and its neighbour waits' kill -0 $writer
ok 'one to another region does' kill -0 $other
for leg in 0 1 2; do ok "and is not on leg $leg" holds "$work/disk$leg" 120 16 0; done
is "$(marked dirty)" '0' 'no other mark is in the log'
dm resume log
ok 'the first goes on' wait $writer
ok 'the other goes on' wait $other
is "$(marked dirty)" '0 1 8' 'all three are marked'
stop_user

# what the log was given, in its order: each mark is followed by a flush
written_down() { perl "$here/write-log.pl" "$work/disk4" > "$work/entries" && grep -q 'mark end' "$work/entries"; }
dmsetup message written 0 mark end
poll written_down
like "$(paste -sd, "$work/entries")" '(0\+[0-9]+,0\+0 F,.*){4}mark end' 'each mark is followed by a flush'

# lazily: nobody asks for it
log_cleaned q
flushes_before=$(flushes 0)
write_at /dev/mapper/q 2048 8 0x36
is "$(marked dirty)" '16' 'a region is marked'
ok 'the mark goes by itself' poll marked_nothing
ok 'after the legs have been flushed' test "$(flushes 0)" -gt "$flushes_before"
write_at /dev/mapper/q 2048 8 0x37
is "$(marked dirty)" '16' 'and comes again'

# while it is written again and again it stays
start_user 2048
log_writes() { awk '{ print $5 }' "/sys/block/${disks[3]#/dev/}/stat"; }
# the log is not written; a writer that gets no processor for seconds would be the reason for it
stays() {
	local was
	for _ in {1..5}; do
		was=$(log_writes)
		nap 8
		uses
		[ "$(log_writes)" != "$was" ] || return 0
	done
	return 1
}
ok 'and stays while writes come' stays
is "$(marked dirty)" 16 'in the log'
stop_user

# a leg that cannot be flushed is marked in their place
record_events
write_at /dev/mapper/q 512 8 0x39
fail_writes 1
ok 'a leg fails the flush' wait_events 2 DM_QUORUM_TYPE=flush DM_QUORUM_LEG=1
like " $(marked 1) " ' 4 ' 'it is marked as stale where it could not flush'
poll marked_nothing
dmsetup message written 0 mark healed
heal 1
ok 'and no longer when it can' poll nothing_stale 1
ok 'nothing else is marked then' poll marked_nothing
dmsetup message written 0 mark end
poll written_down
# Until it is, another leg must not be marked: it could be found there beside this one after a crash.
like "$(paste -sd, "$work/entries")" 'mark healed,.*0\+[0-9]+,0\+0 F(,0\+[0-9]+)*,mark end$' 'that is followed by a flush, too'
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
done_testing
