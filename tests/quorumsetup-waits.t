#!/bin/bash
# quorumsetup --wait ends when what was asked for is done, tells what was found, and fails if it was not done: a leg that is
# restored is in sync then, a check that was stopped has not been one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
loop_legs 4 2048
wrap_legs
health() { status "$1" health; }
quorum_create q 2 "${legs[@]:0:3}"
is "$(counters q) $(health q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 AAA' 'no fault before'
ok 'it is written' write_at /dev/mapper/q 0 2048 0x11

ok 'leg 1 is failed' quorumsetup fail q 1
ok 'what it misses' write_at /dev/mapper/q 0 64 0x22
is "$(health q)" ADA 'it is used no more'
ok 'it is restored' quorumsetup restore --wait q "${legs[1]}"
is "$(health q)" AAA 'and is in sync when the command ends'
ok 'it has what it missed' holds "$work/disk1" 0 64 0x22

# it does not take what it missed
quorumsetup fail q 1
write_at /dev/mapper/q 0 64 0x23
fail_writes 1
like "$(quorumsetup restore --wait q 1 2>&1)" 'leg 1 is behind, and nothing goes on' 'that a leg is not in sync is told'
fails 'resync could not do it either' quorumsetup resync --wait q
heal 1
ok 'it can when the leg is well' quorumsetup resync --wait q
is "$(health q)" AAA 'and the leg is in sync'

write_at "$work/disk2" 1000 8 0x99
is "$(quorumsetup check --wait q)" \
	'check has ended: 1 lost votes, 0 blocks without a winner, 0 blocks repaired, 0 sectors recovered' 'check: what was found'
ok 'it is not put right by that' holds "$work/disk2" 1000 8 0x99
is "$(quorumsetup repair --wait q 992 1024)" \
	'repair has ended: 1 lost votes, 0 blocks without a winner, 1 blocks repaired, 0 sectors recovered' 'repair: what was found'
ok 'it is right' holds "$work/disk2" 1000 8 0x11
is "$(quorumsetup check --wait --quiet q)" '' '--quiet: nothing is said'

# a check that goes on until somebody stops it
echo 1 | tee /sys/module/dm_quorum/parameters/sync_speed_{min,max} > "$work/said"
quorumsetup check --wait q > "$work/check" 2>&1 &
check=$!
goes_on() { [[ $(progress q) == *' check' ]]; }
ok 'a check goes on' poll goes_on
quorumsetup stop q
fails 'the command fails' wait $check
like "$(< "$work/check")" 'check was stopped' 'and says why'
echo 200000 > /sys/module/dm_quorum/parameters/sync_speed_max
echo 1000 > /sys/module/dm_quorum/parameters/sync_speed_min
dm remove --retry q
unset 'devices[-1]'

# a new device with a leg to fill
write_at "$work/disk3" 0 2048 0x99
ok 'it is made, and waited for' quorumsetup create --wait --rebuild 2 q "${legs[0]}" "${legs[1]}" "${legs[3]}"
devices+=(q)
is "$(health q)" AAA 'all legs are in sync'
ok 'the new one has the data' holds "$work/disk3" 64 1984 0x11
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody was blamed'

done_testing
