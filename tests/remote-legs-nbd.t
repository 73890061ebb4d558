#!/bin/bash
# takes 30 s
# P1 to P5 with legs on other machines, over NBD. Under a load that verifies all it has written, a machine's link is
# slowed, cut and mended: no request fails, only the leg that is behind it is blamed, the legs are identical in the end.
# A leg comes back in each of the two ways that Documentation/remote-legs.md gives: below a linear device, and by a table
# with rebuild.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
. "$(dirname "$0")/verified-load.sh"
. "$(dirname "$0")/remote-legs.sh"

loop_legs 3 8192
room_to_send
make_host berlin
make_host paris
nbd_serve berlin 1
nbd_serve paris 2
ok 'a leg in Berlin, with a time-out' nbd_connect berlin /dev/nbd0 -timeout 600
ok 'a leg in Paris, with none' nbd_connect paris /dev/nbd1
dm_create leg1 "0 $size linear /dev/nbd0 0"
legs=("${disks[0]}" /dev/mapper/leg1 /dev/nbd1)
quorum_create q 2 "${legs[@]}" -- max_leg_errors 4
write_at /dev/mapper/q 0 8192 0
ok 'what is written is there' cmp "$work/disk1" "$work/disk2"
begin_load_and_slow_berlin

# --- cut: NBD gives up, and so does the target
# the short time-out only now: on a machine that has no time it may strike without a cut. What has been begun with the long
# one is given time to end.
echo 2000 > /sys/block/nbd0/queue/io_timeout
works 100
cut_link berlin
ok 'the link to Berlin is cut: the leg is failed' wait_events 1 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=1
ok 'the load goes on' works 200
is "$(health q)" ADA 'without it'
ok 'nobody else is blamed' nobody_blamed q 1
settle q
errors=$(errors_of q 1)
# and of those that were under way, perhaps some more
ok 'its errors are counted' test "$errors" -ge 4
is "$(message q list_mismatches | awk '{ print $1, $5 }' | sort -u)" '1 5' 'and listed'

# --- it comes back: below the linear device, as that is what the quorum has opened
mend_link berlin
ok 'the link is mended, and connected anew' nbd_connect berlin /dev/nbd2 -timeout 600
dm_reload leg1 "0 $size linear /dev/nbd2 0"
ok 'the leg is restored' restored q 1
ok 'and recovered' recovered q
ok 'it is told' wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=1
ok 'the load goes on' works
is "$(errors_of q 1) $(health q)" "$errors AAA" 'without an error'
ok 'and nobody is blamed' nobody_blamed q 1
ok 'the dead device is free' exclusive /dev/nbd0

# --- cut, and NBD waits for ever: somebody fails the leg
cut_link paris
ok 'the link to Paris is cut: the load stands still' poll stands_still
is "$(health q) $(event_count DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=2)" 'AAA 0' 'the leg is not failed by itself'
ok 'it is failed' message q fail 2
ok 'the load goes on' works 200
is "$(health q)" AAD 'without it'
fails 'it cannot be restored' message q restore 2
ok 'it is disconnected' nbd_disconnect /dev/nbd1

# --- it comes back as another device, so in another table
mend_link paris
ok 'the link is mended, and connected anew' nbd_connect paris /dev/nbd3
ok 'it is rebuilt' quorum_reload q 2 "${legs[@]:0:2}" /dev/nbd3 -- max_leg_errors 4 rebuild 2
ok 'and recovered' recovered q
ok 'the load goes on' works
ok 'and is right to the end' load_was_fine
is "$(counters q | sed 's/^\(0 0 0\) [0-9]*/\1 0/') $(health q)" "$nothing AAA" 'nobody is blamed'
is "$(event_count DM_ACTION=QUORUM_FAILURE)" 0 'no request has failed'
is "$(event_values DM_QUORUM_LEG DM_ACTION=QUORUM_REPORT_BAD | sort -u)" 1 'only the leg in Berlin was reported'
ok 'the legs are identical' identical
done_testing
