#!/bin/bash
# With write_ack threshold a flush says that vote_threshold legs have on stable storage all that was acknowledged before it
# (P2): it does not count a leg that has yet to get some of that, and is not sent before enough legs have it all.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

loop_legs 3 4096
wrap_legs
# part LEG START keeps|passes: of a leg that keeps writes to one half of it
part() {
	local at="${legs[$1]} $2"
	if [ "$3" = keeps ]; then echo "delay $at 0 $at 3600000 $at 0"; else echo "linear $at"; fi
}
# keep LEG FIRST-HALF SECOND-HALF
keep() { printf '0 2048 %s\n2048 2048 %s\n' "$(part "$1" 0 "$2")" "$(part "$1" 2048 "$3")"; }
modprobe dm-delay
for leg in 1 2; do
	dm create "half$leg" <<< "$(keep $leg passes passes)"
	devices+=("half$leg")
done
reload() { dm load "half$1" <<< "$(keep "$@")" && dm suspend --noflush "half$1" && dm resume "half$1"; }
quorum_create q 2 "${legs[0]}" /dev/mapper/half1 /dev/mapper/half2 -- write_ack threshold
write_at /dev/mapper/q 0 4096 0x32
ok 'a flush does' flush /dev/mapper/q
is "$(counters q) $(health q)" "$nothing AAA" 'all is well before'

# two legs are late, each with another write
reload 1 passes keeps
reload 2 keeps passes
ok 'leg 2 is late' write_at /dev/mapper/q 8 8 0x40
ok 'leg 1 is late' write_at /dev/mapper/q 3000 8 0x41
was=$(flushed "${disks[0]}") was2=$(flushed "${disks[2]}")
flush /dev/mapper/q &
job=$!
nap 1
ok 'a flush waits' all_running $job
is "$(flushed "${disks[0]}")" "$was" 'and is not sent'
ok 'what is written after it does not' write_at /dev/mapper/q 1000 8 0x42
reload 2 passes passes
ok 'one leg has all: the flush ends' wait $job
ok 'that leg was flushed with it' [ "$(flushed "${disks[2]}")" -gt "$was2" ]
ok 'the other leg has not got its write' holds "$work/disk1" 3000 8 0x32

# a leg that is late does not make up for one that fails the flush
dm_reload leg2 "0 $size flakey ${disks[2]} 0 0 1 1 error_writes"
is "$(outcome flush /dev/mapper/q)" EIO 'one leg is late and one fails the flush: it fails'
dm_reload leg2 "0 $size linear ${disks[2]} 0"
reload 1 passes passes
ok 'a flush does' flush /dev/mapper/q
settle q
ok 'all legs have all' identical
is "$(counts q | cut -d/ -f 1-3) $(health q)" '0 1 0 0 / 0 0 0 0 / 0 0 0 0  AAA' 'nobody else is blamed'

done_testing
