#!/bin/bash
# vm: --smp 2
# takes 100 s
# P1 to P5: one fault after the other, under a load that verifies what it reads: a leg is
# corrupted, fails reads or writes, is slow, is failed and restored, is replaced; the device is suspended, reloaded, checked,
# repaired. One leg at a time is at fault, so no request may fail; a leg that was not corrupted is never blamed; and after each
# fault the legs are in sync again.
# ROUNDS (6, and 3 on some kernels) is how many faults there are; SEED (1) decides with which options, where, and which once
# each has had its turn. `make torture TIME=...` goes on for so many seconds.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"
. "$(dirname "$0")/torture.sh"

steps=$(rounds 6)
until=$((SECONDS + ${TIME:-0}))
begin_torture
while [ "$step" -lt "$steps" ] || [ "$SECONDS" -lt "$until" ]; do torture || break; done
end_torture
done_testing
