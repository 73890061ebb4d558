#!/bin/bash
# vm: --smp 2
# takes 60 s
# Under a load that verifies what it reads, a leg is replaced by an empty disk with rebuild, one is added, one taken out: no
# request fails, no leg is blamed (P3), the legs are identical in the end (P4). The recovery goes on over suspend and resume.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"

restored() { [ "$(event_count DM_ACTION=QUORUM_LEG_RESTORED "DM_QUORUM_LEG=$1")" -ge "$2" ]; }
no_fault() { is "$(counters q | cut -d/ -f2- | tr -d ' /0')" '' "$1: nobody is blamed"; }
all_legs_at() { dmsetup status q | awk '{ print $6 }'; }

loop_legs 4 16384
quorum_create q 2 "${legs[@]:0:3}"
write_at /dev/mapper/q 0 16384 0
# something old, so that it would be seen if it was read
write_at "$work/disk3" 0 16384 0x66
record_events
start_load 4
ok 'the load has begun' works

# at its first piece, and no further
pace 1
quorum_reload q 2 "${legs[0]}" "${legs[3]}" "${legs[2]}" -- rebuild 1
like "$(all_legs_at) $(dmsetup table q)" '^AaA.* 2 rebuild 1$' 'the new leg is not in sync, and the table says so'
ok 'the load goes on meanwhile' works
dm suspend q
dm resume q
like "$(progress q)" ' recover$' 'and the recovery goes on'
pace 200000
ok 'the leg is in sync some time' poll restored 1 1
wait_idle q
is "$(all_legs_at) $(dmsetup table q | grep -c rebuild)" 'AAA 0' 'and the table is as any other'
no_fault 'replaced'
ok 'the load goes on' works

# the one that was taken out comes back as a fourth
quorum_reload q 2 "${legs[0]}" "${legs[3]}" "${legs[2]}" "${legs[1]}" -- rebuild 3
ok 'a leg is added' poll restored 3 1
ok 'the load goes on' works
no_fault 'added'
quorum_reload q 2 "${legs[3]}" "${legs[2]}" "${legs[1]}"
ok 'a leg is taken out' works
ok 'and is free' exclusive "${disks[0]}"
no_fault 'taken out'

# a leg is failed, and restored
message q fail 0
ok 'a leg is failed' works 300
message q restore 0
ok 'and restored' poll restored 0 1
no_fault 'restored'
message q check
ok 'a check under load' works 300
wait_idle q
no_fault 'checked'
ok 'the load was fine to the end' load_was_fine
no_fault 'in the end'
for leg in 1 2; do ok "leg $leg is identical to leg 3" cmp "$work/disk3" "$work/disk$leg"; done
done_testing
