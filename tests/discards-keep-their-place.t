#!/bin/bash
# P4: a discard that spans chunks takes its place behind what came before it in each of them, and before what comes later: also
# where the chunks go round the range lock's 64 buckets, and one that comes later cannot lock it out.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

# Leg 2 is of three parts, each of which can be hung: chunks 0 to 1, 2 to 62, and 63 to the end
loop_legs 3 20480
dm_create leg2a "0 512 linear ${disks[2]} 0"
dm_create leg2b "0 15616 linear ${disks[2]} 512"
dm_create leg2c "0 4352 linear ${disks[2]} 16128"
dm create leg2 <<< '0 512 linear /dev/mapper/leg2a 0
512 15616 linear /dev/mapper/leg2b 0
16128 4352 linear /dev/mapper/leg2c 0'
devices+=(leg2)
quorum_create q 2 "${legs[@]:0:2}" /dev/mapper/leg2
q=/dev/mapper/q
jobs=()
# begin COUNT COMMAND...: in the background, and waits until so many requests are in flight
begin() {
	"${@:2}" &
	jobs+=($!)
	poll in_flight "$q" 0 "$1"
}
# discard DEVICE FIRST SECTORS: a device on top, because nobody else can write to one that is being discarded
discard() { blkdiscard --force --offset $(($2 * 512)) --length $(($3 * 512)) "/dev/mapper/$1" 2>> "$work/discards"; }
for upper in u v; do dm_create $upper "0 $size linear $q 0"; done

write_at "$q" 0 20480 0x32
ok 'the legs are identical before' identical
hang 2a 2b
begin 1 write_at "$q" 8 8 0x41
first=${jobs[0]}
begin 2 write_at "$q" 776 8 0x42
begin 3 discard u 0 1536
nap 0.5
ok 'a discard waits for a write to its first chunk' holds "$work/disk0" 1280 8 0x32
unhang 2a
ok 'which ends' wait "$first"
nap 0.5
ok 'and for one to a chunk in its middle' holds "$work/disk0" 1280 8 0x32
begin 3 write_at "$q" 264 8 0x44
nap 0.5
ok 'a write to a chunk that it has come to waits for it' holds "$work/disk0" 264 8 0x32
unhang 2b
ok 'all of them end' poll in_flight "$q" 0 0
ok 'without an error' wait "${jobs[@]:1}"
ok 'the discard is over what came before it' holds "$q" 8 248 0
ok 'everywhere' holds "$q" 272 1264 0
ok 'and under what came later' holds "$q" 264 8 0x44
ok 'the legs are identical' identical

# --- chunk 63 is in the last bucket and chunk 64 in the first: those that span both come to the first one first
jobs=()
write_at "$q" 0 20480 0x32
hang 2c
begin 1 write_at "$q" 16136 8 0x45
begin 2 discard u 16128 512
nap 0.5
ok 'a discard that goes round waits for a write to its first chunk' holds "$work/disk0" 16384 8 0x32
begin 3 discard v 0 20480
nap 0.5
ok 'one of the whole device waits for both' holds "$work/disk0" 0 8 0x32
unhang 2c
ok 'all of them end: none waits for one that waits for it' poll in_flight "$q" 0 0
ok 'without an error' wait "${jobs[@]}"
ok 'the whole device reads as zeroes' holds "$q" 0 20480 0
ok 'the legs are identical' identical
is "$(counters q)" "$nothing" 'nobody is blamed'
done_testing
