#!/bin/bash
# rewrite_corrupted: what a leg cannot read is written to it, and can be read from then on. dm-integrity, whose data have been
# changed behind its back, is such a leg. Each failed request is counted once, and a difference that nobody could see before
# is a mismatch (P5).
. "$(dirname "$0")/lib.sh"

modprobe -a dm-integrity 2> "$work/said" || skip_all 'no dm-integrity'

declare -A behind
# integrity_leg LEG: puts dm-integrity over it
integrity_leg() {
	local table="integrity ${disks[$1]} 0 - D 1 internal_hash:crc32c"
	# it says how much room there is once it has formatted the disk
	dm create "leg$1" --table "0 1 $table"
	size=$(dm status "leg$1" | awk '{ print $5 }')
	dm remove --retry "leg$1"
	dm_create "leg$1" "0 $size $table"
	legs[$1]=/dev/mapper/leg$1
}
# find_behind LEG SECTOR: notes which sector of the disk that is
find_behind() {
	write_at "${legs[$1]}" "$2" 1 0x77
	behind[$1,$2]=$(($(LC_ALL=C grep -obUaP '\x77{512}' "$work/disk$1" | head -n 1 | cut -d: -f1) / 512))
	write_at "${legs[$1]}" "$2" 1 0x32
}
# spoil LEG SECTOR: it cannot be read any more
spoil() { write_at "$work/disk$1" "${behind[$1,$2]}" 1 0x55; }
unreadable() { [ "$(outcome read_at "${legs[$1]}" "$2" 1)" = EILSEQ ]; }
readable() { holds "${legs[$1]}" "$2" 1 0x32; }
# read_until BLOCKS: reads 128 KiB until so many have been repaired, as a reader has patience for a second. Sets $reads
read_until() {
	for ((reads = 1; reads <= 20; reads++)); do
		holds /dev/mapper/q 0 256 0x32 || return
		[ "$(status q rewritten)" -lt "$1" ] || return 0
	done
	return 1
}

loop_legs 3 2048
integrity_leg 1
integrity_leg 2
quorum_create q 2 "${legs[@]}" -- rewrite_corrupted
write_at /dev/mapper/q 0 "$size" 0x32
find_behind 1 100
find_behind 1 130
find_behind 2 102
find_behind 2 200
record_events
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'

# --- one leg, two blocks of one request
spoil 1 100
spoil 1 130
ok 'a leg cannot read two sectors' unreadable 1 100
ok 'of 128 KiB: data' read_until 2
is "$(counters q)" "0 0 2 0 / 0 0 0 0 / 0 $reads 0 2 / 0 0 0 0" 'it failed one request, and two blocks have been repaired'
ok 'the first can be read' readable 1 100
ok 'and the second' readable 1 130
ok 'it is told' wait_events 1 DM_QUORUM_LEG=1 DM_QUORUM_ERROR=84
ok 'it is read again' holds /dev/mapper/q 0 256 0x32
is "$(counters q)" "0 0 2 0 / 0 0 0 0 / 0 $reads 0 2 / 0 0 0 0" 'and nothing else is counted'

# --- two legs, in different sectors of one block: no two legs can read the block as a whole
message q reset_counters
spoil 1 100
spoil 2 102
ok 'two legs cannot read parts of one block: data' holds /dev/mapper/q 96 8 0x32
is "$(status q rewritten 1) $(status q rewritten 2)" '1 1' 'both are repaired'
ok 'the first can be read' readable 1 100
ok 'and the second' readable 2 102

# --- two legs, in different blocks of one request
message q reset_counters
spoil 1 130
spoil 2 200
ok 'two legs cannot read different blocks: data' read_until 2
is "$(status q rewritten 1) $(status q rewritten 2)" '1 1' 'both are repaired'
ok 'the first can be read' readable 1 130
ok 'and the second' readable 2 200

# --- a leg that failed the request hides a wrong block
message q reset_counters
forget_events
spoil 1 130
write_at "${legs[1]}" 8 2 0x42
ok 'a leg cannot read a sector, and is wrong in others: data' read_until 2
is "$(counters q)" "1 0 2 0 / 0 0 0 0 / 1 $reads 0 2 / 0 0 0 0" 'an error and a mismatch, both repaired'
ok 'the mismatch is told' wait_events 2 DM_QUORUM_LEG=1
like "$(quorum_events DM_QUORUM_LEG=1 DM_QUORUM_SECTOR=8)" 'DM_QUORUM_NR_SECTORS=8.*DM_QUORUM_VOTES=2/2' 'with its block'
ok 'the one can be read' readable 1 130
ok 'the other is right' holds "${legs[1]}" 8 2 0x32
message q reset_counters
ok 'all can be read' holds /dev/mapper/q 0 256 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'and all is well'
done_testing
