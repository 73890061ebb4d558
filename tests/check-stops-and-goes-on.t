#!/bin/bash
# also on the debug kernel
# A check is as slow as it is told to be, slower while somebody uses the device, tells how far it is, stops and goes on where it
# stopped: when asked to, and by itself over suspend, resume. It ends when all legs have answered, and a reload ends it. Nothing
# else goes on beside it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

speed=/sys/module/dm_quorum/parameters
at() { progress q | cut -d/ -f1; }
is_past() { [ "$(at)" -gt "$1" ]; }
# moves_past SECTOR: it goes on to there, and then so slowly that it lasts whatever the machine is like
moves_past() { pace 512 && poll is_past "$1" && pace 1; }
# held_up: a check goes on by a part at most in a second. One that is not does by more, however slow the machine is.
held_up() {
	local first still=''
	message q check
	first=$(at)
	nap 1
	if [[ $(progress q) == *' check' && $(at) -le $((first + 256)) ]]; then still=yes; fi
	message q idle
	[ -n "$still" ]
}
done_count() { event_count DM_ACTION=QUORUM_SYNC_DONE; }

loop_legs 3 65536
wrap_legs
write_at "$work/disk1" 0 1 0x42
quorum_create q 2 "${legs[@]}"
record_events
is "$(cat $speed/sync_speed_min) $(cat $speed/sync_speed_max)" '1000 200000' 'speeds as md has them'
pace 128
ok 'a check begins' message q check
like "$(progress q)" '^[0-9]+/65536 check$' 'the status says so'
# one that begins takes a step or two at once
ok 'it goes on' moves_past 1023
is "$(outcome message q repair | grep -c busy)" 1 'another is refused meanwhile'
fails 'and so is the same' message q check

ok 'it is stopped' message q idle
is "$(progress q)" '65536/65536 idle' 'the status says so'
ok 'it goes on when asked again' message q check
like "$(at)" '^[0-9]+$' 'from somewhere'
ok 'not from the beginning' test "$(at)" -ge 1024
was=$(at)
dm suspend q
like "$(progress q)" ' check$' 'suspended, it is still to be done'
stopped_at=$(at)
pace 1000000
nap 1
is "$(at)" "$stopped_at" 'but does not go on, however fast it may'
pace 1
ok 'it can be stopped then' message q frozen
is "$(progress q)" '65536/65536 frozen' 'for good'
dm resume q
is "$(progress q)" '65536/65536 frozen' 'also after resuming'
ok 'until it is asked for' message q check
ok 'and goes on where it stopped' test "$(at)" -ge "$was"
dm suspend q
was=$(at)
dm resume q
ok 'it goes on by itself after a resume' moves_past "$was"
is "$(done_count)" 0 'it has not been done so far'

echo 1000000 > $speed/sync_speed_max
ok 'told to be fast, it comes to its end' wait_idle q
ok 'which is told' wait_events 1 DM_ACTION=QUORUM_SYNC_DONE
is "$(event_ranges DM_ACTION=QUORUM_SYNC_DONE)" 0+65536 'all in all it was the whole device'
is "$(event_values DM_QUORUM_MISMATCHES DM_ACTION=QUORUM_SYNC_DONE)" 1 'and what was found in its beginning is told'

# --- it has ended when all legs have answered. It reads four parts at a time: of fewer, none waits for another.
hang 1
ok 'a check of a few parts' message q check 0 768
nap 0.5
like "$(progress q)" ' check$' 'does not end as long as a leg hangs'
is "$(done_count)" 1 'nor is that told'
unhang 1
ok 'and then does' wait_idle q
ok 'which is told' wait_events 2 DM_ACTION=QUORUM_SYNC_DONE

# --- one that is stopped when nothing is left to read has come to its end
hang 1
ok 'a check of a few parts' message q check 0 768
nap 0.5
message q idle &
job=$!
nap 0.5
ok 'is told to stop, which waits for a leg that hangs' kill -0 $job
unhang 1
ok 'which it does' wait $job
ok 'it is told as done' wait_events 3 DM_ACTION=QUORUM_SYNC_DONE
is "$(event_values DM_QUORUM_MISMATCHES DM_ACTION=QUORUM_SYNC_DONE | tail -n 1)" 1 'with what it has found'

# --- somebody uses the device. The machine may keep him from that for a moment.
while :; do read_at /dev/mapper/q 0 8; done > "$work/used" 2>&1 &
user=$!
tries=0
until held_up || [ $((tries += 1)) -ge 10 ]; do :; done
ok 'a check is held up while somebody uses the device' test "$tries" -lt 10
kill "$user"
wait "$user" || :
was=$(done_count)
ok 'when nobody does' message q check
ok 'it comes to its end' wait_events $((was + 1)) DM_ACTION=QUORUM_SYNC_DONE

# --- the device is removed, or reloaded, while it goes on
was=$(done_count)
message q check
moves_past 255
message q idle
ok 'a check was stopped' message q repair
like "$(progress q)" ' repair$' 'but a repair does not go on with that'
quorum_reload q 2 "${legs[@]}"
is "$(progress q)" '65536/65536 idle' 'a new table knows nothing of it'
message q check
moves_past 255
dm remove q
unset 'devices[-1]'
heard_mark
is "$(done_count)" "$was" 'neither was done'
done_testing
