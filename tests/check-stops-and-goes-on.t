#!/bin/bash
# also on the debug kernel
# A check is as slow as it is told to be, tells how far it is, stops and goes on where it stopped: when asked to, and by itself
# over suspend, resume. A reload ends it. Nothing else goes on beside it.
. "$(dirname "$0")/lib.sh"

speed=/sys/module/dm_quorum/parameters
at() { progress q | cut -d/ -f1; }
is_past() { [ "$(at)" -gt "$1" ]; }
# pace KIB: so many a second
pace() { echo "$1" > $speed/sync_speed_max; echo "$1" > $speed/sync_speed_min; }
# moves_past SECTOR: it goes on to there, and then so slowly that it lasts whatever the machine is like
moves_past() { pace 128 && poll is_past "$1" && pace 1; }
done_count() { event_count DM_ACTION=QUORUM_SYNC_DONE; }

loop_legs 3 65536
quorum_create q 2 "${legs[@]}"
record_events
is "$(cat $speed/sync_speed_min) $(cat $speed/sync_speed_max)" '1000 200000' 'speeds as md has them'
pace 128
ok 'a check begins' message q check
like "$(progress q)" '^[0-9]+/65536 check$' 'the status says so'
ok 'it goes on' moves_past 255
is "$(outcome message q repair | grep -c busy)" 1 'another is refused meanwhile'
fails 'and so is the same' message q check

ok 'it is stopped' message q idle
is "$(progress q)" '65536/65536 idle' 'the status says so'
ok 'it goes on when asked again' message q check
like "$(at)" '^[0-9]+$' 'from somewhere'
ok 'not from the beginning' test "$(at)" -ge 256
was=$(at)
dm suspend q
like "$(progress q)" ' check$' 'suspended, it is still to be done'
stopped_at=$(at)
nap 1
is "$(at)" "$stopped_at" 'but does not go on'
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

# --- the device is removed, or reloaded, while it goes on
message q check
moves_past 255
quorum_reload q 2 "${legs[@]}"
is "$(progress q)" '65536/65536 idle' 'a new table knows nothing of it'
message q check
moves_past 255
dm remove q
devices=()
is "$(done_count)" 1 'neither was done'
done_testing
