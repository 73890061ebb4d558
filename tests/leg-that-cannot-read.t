#!/bin/bash
# only on the debug kernel
# takes 10 s
# P5: a leg that says of a read that it knows no such thing (a remote one, here by the fault injection of NVMe) is as bad as
# one that fails it: it is counted and reported, and failed if there are too many.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
. "$(dirname "$0")/remote-legs.sh"

loop_legs 3 8192
ip link set lo up
nvme_serve here 2
ok 'a leg over NVMe/TCP' nvme_connect here
quorum_create q 2 "${disks[0]}" "${disks[1]}" "$nvme" -- max_leg_errors 3
write_at /dev/mapper/q 0 64 7
record_events
settle q
is "$(counters q) $(health q)" "$nothing AAA" 'all is well before'

faults=(/sys/kernel/debug/nvme*n1/fault_inject)
is "${#faults[@]}" 1 'its faults are in one place'
echo 1 > "${faults[0]}/status"		# invalid opcode
echo 1 > "${faults[0]}/dont_retry"
echo -1 > "${faults[0]}/times"
echo 100 > "${faults[0]}/probability"
like "$(outcome read_at "$nvme" 8 8)" 'not supported' 'the leg itself says that it cannot read'
ok 'a read of the device is right' holds /dev/mapper/q 8 8 7
ok 'it is reported' wait_events 1 DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=2
is "$(event_values DM_QUORUM_ERROR) $(event_ranges)" '95 8+8' 'with the error and the sectors'
is "$(counters q) $(health q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 1 0 0 AAA' 'and counted, once'
for _ in 1 2; do ok 'another one is right' holds /dev/mapper/q 8 8 7; done
ok 'a leg that does so too often is failed' wait_events 1 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=2
is "$(counters q) $(health q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 3 0 0 AAD' 'the errors are counted'
ok 'what is read then is right' holds /dev/mapper/q 8 8 7
echo 0 > "${faults[0]}/probability"
done_testing
