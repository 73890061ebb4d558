#!/bin/bash
# vm: --smp 2 --mem 1024
# only on the debug kernel
# takes 80 s
# P5, P6: allocations of the module fail at random, and requests of one leg do, alone and together, under a load that
# verifies all it has written: nothing is lost, nobody else is blamed, each failed request is counted. A table that finds no
# memory is refused and leaves nothing behind.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"
. "$(dirname "$0")/faults.sh"

# memory PERCENT: so much of what the module asks for without waiting is not given
memory() { inject failslab "probability=$1"; inject fail_page_alloc "probability=$1"; }
# injected FAULT: how often so far
injected() { echo $((1000000 - $(< "$debug/$1/times"))); }
refused() { [ "$(injected "$1")" -ge "$2" ]; }

loop_legs 3 8192
prepare_faults times=1000000
for fault in failslab fail_page_alloc; do inject $fault ignore-gfp-wait=1; done
nothing='0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0'

# --- no memory
quorum_create q 2 "${legs[@]}"
record_events
start_load 2
ok 'the load has begun' works 300
is "$(counters q)" "$nothing" 'nothing is counted before'
memory 30
ok 'the load goes on when a third of the allocations fail' works 300
memory 100
ok 'and when all do' works 300
ok 'small ones did fail' poll refused failslab 300
ok 'and pages' poll refused fail_page_alloc 300
memory 0
ok 'it was fine' load_was_fine
is "$(counters q)" "$nothing" 'nothing is counted'
for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done

# --- a leg that fails
start_load 2
ok 'the load has begun again' works 300
echo 1 > "/sys/block/${legs[2]#/dev/}/make-it-fail"
inject fail_make_request probability=5
ok 'the load goes on when one leg fails requests' works 300
ok 'a hundred of them' poll refused fail_make_request 100
inject fail_make_request probability=0
ok 'it was fine' load_was_fine
like "$(counters q)" '^0 0 0 [0-9]+ / 0 0 0 0 / 0 0 0 0 / 0 [0-9]+ [0-9]+ 0$' 'only that leg is counted, with errors'
is "$(($(status q read_errors 2) + $(status q write_errors 2)))" "$(injected fail_make_request)" 'and with each of them'
ok 'the other legs are identical' cmp "$work/disk0" "$work/disk1"

# --- both
start_load 2
ok 'the load has begun again' works 300
memory 20
inject fail_make_request probability=5
before=$(injected fail_make_request)
ok 'the load goes on when both happens' works 600
ok 'a hundred requests more fail' poll refused fail_make_request $((before + 100))
memory 0
inject fail_make_request probability=0
ok 'it was fine' load_was_fine
like "$(counters q)" '^0 0 0 [0-9]+ / 0 0 0 0 / 0 0 0 0 / 0 [0-9]+ [0-9]+ 0$' 'only that leg is counted, with errors'
like "$(status q health)" '^AA[AaD]$' 'the others are in sync'
ok 'the other legs are identical' cmp "$work/disk0" "$work/disk1"
ok 'it was told' wait_events 1 DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=2
is "$(event_values DM_QUORUM_LEG | sort -u)" 2 'and nothing of others'
dm remove q
devices=()

# --- a mismatch that is found when there is no memory
quorum_create q 2 "${legs[@]:0:2}" "${disks[2]}"
write_at /dev/mapper/q 0 8192 0x32
is "$(counters q)" "$nothing" 'nothing is counted before'
write_at "$work/disk1" 300 2 0x42
forget_events
memory 100
ok 'data' holds /dev/mapper/q 256 256 0x32
memory 0
is "$(status q mismatches) $(status q mismatches 1)" '1 1' 'the mismatch is counted'
ok 'it is told' wait_events 1 DM_QUORUM_LEG=1
is "$(event_ranges)" 300+2 'with its range'
dm remove q
devices=()

# --- a leg that fails once, where another is known to be bad and only the block engine finds a winner
quorum_create q 2 "${legs[@]:0:2}" "${disks[2]}"
write_at "$work/disk2" 404 2 0x42
ok 'a leg is bad: data' holds /dev/mapper/q 400 8 0x32
is "$(counters q)" '1 0 0 0 / 0 0 0 0 / 0 0 0 0 / 1 0 0 0' 'it is known'
forget_events
echo 1 > "/sys/block/${legs[1]#/dev/}/make-it-fail"
inject fail_make_request times=1 probability=100
ok 'another fails one request: data' holds /dev/mapper/q 400 8 0x32
is "$(< "$debug/fail_make_request/times")" 0 'it did fail'
inject fail_make_request probability=0 times=1000000
is "$(counters q)" '2 0 0 0 / 0 0 0 0 / 0 1 0 0 / 2 0 0 0' 'and is counted, though asked again it did not'
ok 'it is told' wait_events 1 DM_QUORUM_LEG=1 DM_QUORUM_ERROR=5
echo 0 > "/sys/block/${legs[1]#/dev/}/make-it-fail"
write_at /dev/mapper/q 400 8 0x32
dm remove q
devices=()

# --- a table that finds no memory; it may wait for it
for fault in failslab fail_page_alloc; do inject $fault ignore-gfp-wait=0; done
table=$(quorum_table 2 "${legs[@]}" -- max_leg_errors 3)
refused=0 made=0
# try_table PERCENT: of its allocations fail
try_table() {
	memory "$1"
	if dmsetup --noudevsync create q --table "$table" 2> /dev/null; then
		memory 0
		made=$((made + 1))
		dm remove q
	else
		memory 0
		refused=$((refused + 1))
		! dmsetup info q > /dev/null 2>&1 || dm remove q
	fi
}
for percent in 2 5 10 20 50 100; do
	for _ in 1 2 3 4 5; do try_table "$percent"; done
done
# with so many allocations, two percent may be too much, five times in a row
one_is_made() { try_table 1 && [ "$made" -gt 0 ]; }
ok 'tables are refused for want of memory' test $refused -gt 0
ok 'and made, if it suffices' poll one_is_made
diag "$made tables were made, $refused refused"
ok 'those refused leave no leg open' exclusive "${disks[@]}"
ok 'with memory, the table is fine' quorum_create q 2 "${legs[@]}" -- max_leg_errors 3
done_testing
